"""Checks of any run that need no word from the scenario.

Each gives ``{"ok": True, False or None, "says": sentence}`` and its figures; None: it could not be made, and why.
"""

import math

import numpy as np

from src.worker.batches import count

TOLERANCE = 1e-4  # relative; float32 sums of some thousand terms stay two orders below
_BY_NUMPY = {
    "mse": lambda targets, predictions: np.mean((targets - predictions) ** 2),
    "mae": lambda targets, predictions: np.mean(np.abs(targets - predictions)),
}
_LONG_NAMES = {"mean_squared_error": "mse", "mean_absolute_error": "mae"}


def is_stateful(model):
    """Whether a call of the model changes what its next call answers, as a stateful recurrent layer does."""
    return any(getattr(layer, "stateful", False) for layer in list(model.layers) + [model])


def has_dropout(model):
    """Whether a layer of the model drops units while it trains."""
    return any("Dropout" in type(layer).__name__ and getattr(layer, "rate", 0) for layer in model.layers)


def aligned_loss(kit, scenario, predictions, targets):
    """The loss in float64, every prediction held against its own target: a float, or None where it has no meaning.

    predictions, targets: arrays with as many numbers each, first axis rows.
    """
    if predictions.size != targets.size:
        return None
    predictions = predictions.astype("float64")
    targets = targets.astype("float64").reshape(predictions.shape)
    if callable(scenario.loss):
        return kit.number(lambda wrap: scenario.loss(kit, wrap(targets), wrap(predictions)))
    by_numpy = _BY_NUMPY.get(_LONG_NAMES.get(scenario.loss, scenario.loss))
    return None if by_numpy is None else float(by_numpy(targets, predictions))


def loss(reported, recomputed):
    """The loss that the path reports for the first step against :func:`aligned_loss` of the same rows and weights."""
    if recomputed is None or not math.isfinite(reported):
        return _not_made("the first step's loss was not finite" if recomputed is not None else None)
    gap = abs(reported - recomputed) / max(abs(recomputed), 1e-30)
    same = "is" if gap <= TOLERANCE else "is not"
    return {
        "ok": gap <= TOLERANCE,
        "says": f"the loss reported for the first step, {reported:.6g}, {same} that of its rows and targets, "
        f"{recomputed:.6g}",
        "reported": reported,
        "recomputed": recomputed,
    }


def shapes(seen, loss_is_right):
    """The shapes of targets and predictions as the loss saw them: (rows,) against (rows, 1) is a table of all pairs.

    seen: a pair of shapes, or None where the framework's own fit aligns them. loss_is_right: the audit ``loss``; some
    frameworks align what they are given, so that broadcasting is held against a path only if its loss is off.
    """
    if seen is None:
        return {"ok": True, "says": "fit itself aligns targets and predictions"}
    targets, predictions = ([None if n is None else int(n) for n in shape] for shape in seen)
    broadcast = len(targets) != len(predictions)
    said = f"targets of shape {_shown(targets)} meet predictions of shape {_shown(predictions)} in the loss"
    return {
        "ok": not broadcast or (True if loss_is_right else None if loss_is_right is None else False),
        "says": said + (", which broadcasts unless the framework aligns them" if broadcast else ""),
        "targets": targets,
        "predictions": predictions,
    }


def unmoved(initial, final, trainable):
    """Trainable variables that end exactly where they began. initial, final: name → array."""
    still = [name for name in trainable if name in final and np.array_equal(initial[name], final[name])]
    said = "every trainable variable moved" if not still else "never moved: " + ", ".join(still)
    return {"ok": not still, "says": said, "variables": still}


def finite(found):
    """found: the first step at which a number was not finite, ``{"epoch", "step", "variable"}``, or None."""
    if found is None:
        return {"ok": True, "says": "loss and weights stayed finite"}
    said = "first not finite in epoch {epoch}, step {step}: {variable}".format(**found)
    return dict(found, ok=False, says=said)


def dropout(kit, model, x):
    """Whether the model's answers differ between training and inference, asked after training."""
    if not has_dropout(model):
        return {"ok": True, "says": "the model has no dropout"}
    rows = slice(0, min(256, count(x)))
    few = [one[rows] for one in x] if isinstance(x, list) else x[rows]
    try:
        training, inference = kit.call(model, few, True), kit.call(model, few, False)
    except Exception as error:
        return _not_made(f"{type(error).__name__}: {error}")
    if not np.all(np.isfinite(inference)):
        return _not_made("the model's answers are not finite")
    active = not np.array_equal(training, inference)
    return {"ok": active, "says": "dropout is {} while training".format("active" if active else "inactive")}


def _not_made(why):
    return {"ok": None, "says": "could not be checked" + (": " + why if why else "")}


def _shown(shape):
    return "(" + ", ".join("rows" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
