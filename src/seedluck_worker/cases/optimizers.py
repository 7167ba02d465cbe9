"""Optimizers, alone and with what every optimizer takes, on gradients of several kinds.

Each case takes four steps with two variables of different size. Looking up an embedding gives the gradient of a few
rows; where an example names a row twice, its gradient is the sum. The formulas are those of formulas/optimizers.py,
from the papers that are named there; tests/formulas/ holds them against optax.
"""

import itertools

import numpy as np

from seedluck_worker.cases.case import Case, random, rounded
from seedluck_worker.cases.steps import Steps

LEFT_OUT = (
    "Adafactor, Muon, ScheduleFreeAdamW, LossScaleOptimizer, schedules, variables without a gradient, constraints, "
    "types other than float32 and float64."
)
RATE, STEPS, ROWS, WIDTH = 0.125, 4, 6, 3

SETTINGS = {
    "SGD": [{}, {"momentum": 0.875}, {"momentum": 0.875, "nesterov": True}],
    "RMSprop": [{}, {"momentum": 0.875}, {"centered": True}, {"centered": True, "momentum": 0.875}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.0}],
    "Adadelta": [{}],
    "Adam": [{}, {"amsgrad": True}, {"epsilon": 0.01}],
    "AdamW": [{}, {"amsgrad": True}],
    "Adamax": [{}],
    "Nadam": [{}],
    "Lion": [{}],
    "Ftrl": [{}, {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.01}, {"beta": 0.5}],
    "Lamb": [{}],
}
COMMON = {
    "none": {},
    "weight_decay": {"weight_decay": 0.25},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 0.5},
    "clipvalue": {"clipvalue": 0.125},
    "ema": {"use_ema": True, "ema_momentum": 0.75},
    "ema_every_step": {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 1},
    "ema_every_second_step": {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2},
    "accumulation": {"gradient_accumulation_steps": 2},
    "accumulation_clipnorm": {"gradient_accumulation_steps": 2, "clipnorm": 0.5},
    "accumulation_ema": {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.75},
}
#: What an argument's value means to those who train.
PHRASES = {
    "gradients=repeated_rows": "an embedding that looks the same row up twice in a batch",
    "gradients=unique_rows": "an embedding that looks each row up at most once",
    "common=clipnorm": "clipnorm",
    "common=global_clipnorm": "global_clipnorm",
    "common=clipvalue": "clipvalue",
}
#: A package, what a case has, and where that package documents that it computes otherwise.
DOCUMENTED = tuple(
    (
        "torch",
        {"optimizer": name},
        f"torch.optim.{name}: epsilon is added to the root, after the correction of its bias",
    )
    for name in ("RMSprop", "Adam", "AdamW", "Adamax")
)
#: Settings of PyTorch's optimizer of the same paper, which is another team's work.
WITNESSES = {
    "SGD": {},
    "RMSprop": {"alpha": 0.9},
    "Adadelta": {"rho": 0.95},
    "Adam": {},
    "AdamW": {"weight_decay": 0.004},
    "Adamax": {},
    "Nadam": {},
}
GRADIENTS = ("dense", "unique_rows", "repeated_rows", "zero", "tiny", "huge")


def cases():
    """Yield the family's cases."""
    for optimizer, several in SETTINGS.items():
        for settings, gradients in itertools.product(several, GRADIENTS):
            for common in COMMON if settings == several[0] else ["none"]:
                if optimizer in ("Lamb", "Ftrl") and common == "weight_decay":
                    continue  # the papers' own decay is not the one that Keras applies to every optimizer
                arguments = {"optimizer": optimizer, "settings": settings, "common": common, "gradients": gradients}
                readings = ({"average_from": "initial"}, {"average_from": "first"}) if "ema" in common else ({},)
                has_witness = optimizer in WITNESSES and common == "none" and "rows" not in gradients
                yield Case(
                    "optimizers",
                    optimizer,
                    arguments,
                    inputs,
                    compute,
                    formula,
                    readings,
                    witness if has_witness else None,
                )


def inputs(gradients, **_):
    """weight: (rows, width); bias: (width,); values: (steps, looked up, width); looked_up: (steps, looked up)."""
    draw = random()
    looked_up = draw.randint(0, ROWS - 1, (STEPS, 4))  # the last row is never looked up
    if gradients == "repeated_rows":
        looked_up[:, 1] = looked_up[:, 0]
    else:
        looked_up = np.array([draw.permutation(ROWS - 1)[:4] for _ in range(STEPS)])
    scale = {"tiny": 2.0**-30, "huge": 2.0**30, "zero": 0.0}.get(gradients, 1.0)
    return {
        "weight": rounded(draw.randn(ROWS, WIDTH)),
        "bias": rounded(draw.randn(WIDTH)),
        "values": np.float32(scale) * rounded(draw.randn(STEPS, 4, WIDTH)),
        "of_bias": np.float32(scale) * rounded(draw.randn(STEPS, WIDTH)),
        "looked_up": looked_up.astype("int32"),
    }


def compute(stack, inputs, optimizer, settings, common, gradients):
    """Take the steps with the framework's optimizer."""
    variables = [stack.variable(inputs["weight"]), stack.variable(inputs["bias"])]
    made = getattr(stack.keras.optimizers, optimizer)(learning_rate=RATE, **settings, **COMMON[common])
    made.build(variables)
    for values, of_bias, rows in zip(inputs["values"], inputs["of_bias"], inputs["looked_up"]):
        if gradients in ("unique_rows", "repeated_rows"):
            of_weight = stack.rows(values, rows, [ROWS, WIDTH])
        else:
            of_weight = stack.tensor(summed(values, rows))
        stack.apply(made, [of_weight, stack.tensor(of_bias)], variables)
    if "ema" in common:
        made.finalize_variable_values(variables)
    return {"weight": stack.numpy(variables[0]), "bias": stack.numpy(variables[1])}


def witness(torch, inputs, optimizer, settings, common, gradients):
    """Take them with PyTorch's own optimizer."""
    variables = [torch.nn.Parameter(torch.tensor(inputs[name])) for name in ("weight", "bias")]
    words = {"lr": RATE, "eps": 1e-7, **WITNESSES[optimizer], **settings}
    if optimizer == "SGD":
        del words["eps"]
    if "epsilon" in words:
        words["eps"] = words.pop("epsilon")
    made = getattr(torch.optim, {"Nadam": "NAdam"}.get(optimizer, optimizer))(variables, **words)
    for values, of_bias, rows in zip(inputs["values"], inputs["of_bias"], inputs["looked_up"]):
        variables[0].grad, variables[1].grad = torch.tensor(summed(values, rows)), torch.tensor(of_bias)
        made.step()
    return {name: variable.detach().numpy() for name, variable in zip(("weight", "bias"), variables)}


def formula(inputs, optimizer, settings, common, gradients, average_from="first"):
    """Take them by the formula."""
    step = Steps([inputs["weight"], inputs["bias"]], optimizer, {**settings, **COMMON[common]}, average_from)
    for values, of_bias, rows in zip(inputs["values"], inputs["of_bias"], inputs["looked_up"]):
        step.take([summed(values, rows), of_bias], RATE)
    return dict(zip(("weight", "bias"), step.ended()))


def summed(values, rows):
    """The gradient of the whole table: that of a row is the sum over its places."""
    dense = np.zeros((ROWS, WIDTH), values.dtype)
    np.add.at(dense, rows, values)
    return dense
