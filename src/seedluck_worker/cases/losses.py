"""Losses with every reduction, on predictions of rank 2 and 3, with weights of rows, masks, logits and smoothing.

The formulas of single rows are those of formulas/losses.py. The documentation of ``keras.losses.Loss`` says how
they are brought together: a weight rescales the loss of its row, or of its step where it has a weight of its own;
``sum_over_batch_size`` divides by how many losses there are; what is masked is neither summed nor counted.
"""

import itertools

import numpy as np

from seedluck_worker.cases.case import Case, random, rounded
from seedluck_worker.formulas.losses import LOSSES

LEFT_OUT = (
    "CTC, Circle, Dice, Tversky, the focal losses, predictions at which a logarithm is clipped, gradients of losses, "
    "distribution strategies."
)
ROWS, STEPS, OUTPUTS = 4, 4, 3  # as many steps as rows, so that one cannot be told from the other by its size

KINDS = {
    "MeanSquaredError": ("real", [{}]),
    "MeanAbsoluteError": ("real", [{}]),
    "MeanAbsolutePercentageError": ("real", [{}]),
    "MeanSquaredLogarithmicError": ("positive", [{}]),
    "Huber": ("real", [{}, {"delta": 0.25}]),
    "LogCosh": ("real", [{}]),
    "CosineSimilarity": ("real", [{}]),
    "Hinge": ("signs", [{}]),
    "SquaredHinge": ("signs", [{}]),
    "CategoricalHinge": ("classes", [{}]),
    "KLDivergence": ("distribution", [{}]),
    "Poisson": ("positive", [{}]),
    "BinaryCrossentropy": ("labels", [{}, {"label_smoothing": 0.25}]),
    "CategoricalCrossentropy": ("classes", [{}, {"label_smoothing": 0.25}]),
    "SparseCategoricalCrossentropy": ("numbers", [{}, {"ignore_class": 1}]),
}
#: What an argument's value means to those who train.
PHRASES = {
    "rank=3": "an output for every step of a sequence",
    "weights=rows": "one weight a row, where a batch has as many rows as steps",
    "weights=with_zeros": "one weight a row, some of them zero",
}
REDUCTIONS = ("sum_over_batch_size", "sum", "none")
WEIGHTS = ("none", "rows", "rows_as_column", "steps", "with_zeros", "all_zero")


def cases():
    """Yield the family's cases."""
    for loss, (kind, several) in KINDS.items():
        logits = (False, True) if loss.endswith("Crossentropy") else (False,)
        for settings, is_logits, rank, reduction in itertools.product(several, logits, (2, 3), REDUCTIONS):
            for weights, masked in itertools.product(WEIGHTS, (False, True)):
                if (rank == 2 and (weights == "steps" or masked)) or (masked and kind == "distribution"):
                    continue
                if masked and weights in ("all_zero", "rows_as_column"):
                    continue
                if weights == "rows_as_column" and (reduction == "none" or rank == 3):
                    continue  # the shape that comes of it is nowhere said
                told = {**settings, **({"from_logits": True} if is_logits else {})}
                arguments = {"loss": loss, "settings": told, "rank": rank, "reduction": reduction}
                arguments.update(weights=weights, masked=masked)
                yield Case("losses", loss, arguments, inputs, compute, formula)


def inputs(loss, settings, rank, weights, masked, **_):
    """targets, predictions: (rows, outputs) or (rows, steps, outputs); weight: of rows or steps; mask: of steps."""
    draw, kind = random(), KINDS[loss][0]
    lead = (ROWS,) if rank == 2 else (ROWS, STEPS)
    shape = (*lead, OUTPUTS)
    targets, predictions = rounded(draw.randn(*shape)), rounded(draw.randn(*shape))
    numbers = draw.randint(0, OUTPUTS, lead).astype("int32")
    if kind == "positive":
        targets, predictions = abs(targets), abs(predictions) + np.float32(0.125)
    if kind == "signs":
        targets = np.sign(targets) + (targets == 0)
    if kind == "labels":
        targets = (targets > 0).astype("float32")
    if kind == "classes":
        targets = np.eye(OUTPUTS, dtype="float32")[numbers]
    if kind == "numbers":
        targets = numbers
    if kind in ("labels", "classes", "numbers", "distribution") and not settings.get("from_logits"):
        predictions = rounded(draw.uniform(0.125, 0.875, shape))
    if kind == "distribution":
        targets = rounded(draw.uniform(0.125, 0.875, shape))
    told = {"targets": targets, "predictions": predictions}
    own = draw.uniform(0.25, 2, lead if weights == "steps" else (ROWS, 1) if weights == "rows_as_column" else (ROWS,))
    own = rounded(own * {"all_zero": 0}.get(weights, 1))
    if weights == "with_zeros":
        own[::2] = 0
    if weights != "none":
        told["weight"] = own
    if masked:
        mask = np.ones(lead, bool)
        mask[0, 2:] = mask[2, 1:] = False
        told["mask"] = mask
    return told


def compute(stack, inputs, loss, settings, rank, reduction, weights, masked):
    """Call the framework's loss once."""
    made = getattr(stack.keras.losses, loss)(reduction=reduction, **settings)
    predictions = stack.tensor(inputs["predictions"])
    if masked:  # a layer that masks what is -9 says which steps count
        predictions = np.where(inputs["mask"][..., None], inputs["predictions"], np.float32(-9))
        predictions = stack.keras.layers.Masking(-9.0)(stack.tensor(predictions))
        kept = predictions._keras_mask
        predictions = predictions * 1 + 10 * (1 - stack.tensor(inputs["mask"][..., None].astype("float32")))
        predictions._keras_mask = kept
    weight = stack.tensor(inputs["weight"]) if "weight" in inputs else None
    return {"loss": stack.numpy(made(stack.tensor(inputs["targets"]), predictions, sample_weight=weight))}


def formula(inputs, loss, settings, rank, reduction, weights, masked):
    """Weigh the rows' losses and bring them together."""
    settings, targets = dict(settings), inputs["targets"]
    ignored = settings.pop("ignore_class", None)
    values = LOSSES[loss.lower()](np, targets, inputs["predictions"], **settings)
    counted = np.ones(values.shape, bool)
    if masked:
        counted &= inputs["mask"]
    if ignored is not None:
        counted &= targets != ignored
    values = np.where(counted, values, 0)
    if "weight" in inputs:
        weight = inputs["weight"].reshape(ROWS) if weights == "rows_as_column" else inputs["weight"]
        values = values * weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
    if reduction == "none":
        return {"loss": values}
    return {"loss": values.sum() / (1 if reduction == "sum" else max(counted.sum(), 1))}
