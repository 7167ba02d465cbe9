"""Checks of any run that need no word from the scenario.

Each gives ``{"ok": True, False or None, "says": sentence}`` and its figures; None: it could not be made, and why.
"""

import math

import numpy as np

from seedluck_worker.randomness.batches import count

REACHED = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout")
TOLERANCE = 1e-4  # relative; float32 sums of some thousand terms stay two orders below
_BY_NUMPY = {
    "mse": lambda targets, predictions: np.mean((targets - predictions) ** 2),
    "mae": lambda targets, predictions: np.mean(np.abs(targets - predictions)),
}
_LONG_NAMES = {"mean_squared_error": "mse", "mean_absolute_error": "mae"}


def is_stateful(model):
    """Return whether a call of the model changes what its next call answers, as a stateful recurrent layer does."""
    return any(getattr(layer, "stateful", False) for layer in list(model.layers) + [model])


def modes(kit, model, x):
    """Return how the model's answers in training stand to each other and to those in inference; asked after training.

    Returns ``draws`` (two answers in training to the same rows differ, as with dropout or noise; None: it could not be
    told) and ``agrees`` (an answer in training is that in inference, which batch normalization does not give either;
    None as before). Where the model cannot be asked, its layers are: one of somebody's own leaves it open.
    """
    rows = slice(0, min(256, count(x)))
    few = [array[rows] for array in x] if isinstance(x, list) else x[rows]
    answers = None
    if not is_stateful(model):
        try:
            answers = [kit.call(model, few, training) for training in (True, True, False)]
        except Exception:  # whatever a framework raises of a model that trained elsewhere
            answers = None
    if answers is None or not all(np.all(np.isfinite(array)) for array in answers):
        drawing = [_may_draw(layer) for layer in _every(model)]
        draws = True if True in drawing else None if None in drawing else False
        return {"draws": draws, "agrees": False if draws else None}
    first, second, inference = answers
    agrees = np.allclose(first, inference, rtol=1e-5, atol=1e-7)
    return {"draws": not np.array_equal(first, second), "agrees": bool(agrees)}


def _every(model):
    """Every layer of a model, those inside of other layers included, each once."""
    seen, waiting = {}, list(getattr(model, "layers", None) or [])
    while waiting:
        layer = waiting.pop(0)
        if id(layer) in seen:
            continue
        seen[id(layer)] = layer
        waiting += list(getattr(layer, "layers", None) or [])
        waiting += list(getattr(layer, "cells", None) or [])
        inside = (getattr(layer, name, None) for name in ("layer", "forward_layer", "backward_layer", "cell"))
        waiting += [inner for inner in inside if hasattr(inner, "get_config")]
    return list(seen.values())


def _may_draw(layer):
    """Whether a layer is built to draw while it trains, by what it is called and its rates; None: not Keras's own."""
    kind = type(layer)
    rates = [getattr(layer, name, 0) for name in ("dropout", "recurrent_dropout")]
    if "Dropout" in kind.__name__:
        rates.append(getattr(layer, "rate", 0))
    if "Gaussian" in kind.__name__:
        rates += [getattr(layer, name, 0) for name in ("stddev", "rate")]
    if any(isinstance(rate, (int, float)) and rate > 0 for rate in rates) or kind.__name__.startswith("Random"):
        return True
    known = ("keras.", "tf_keras.", "tensorflow.")
    return False if (kind.__module__ + ".").startswith(known) else None


def aligned_loss(kit, scenario, predictions, targets):
    """Return the loss in float64, every prediction held against its own target: a float, or None if it has no meaning.

    predictions, targets: arrays with as many numbers each, first axis rows.
    """
    if not isinstance(targets, np.ndarray) or predictions.size != targets.size:
        return None
    predictions = predictions.astype("float64")
    targets = targets.astype("float64").reshape(predictions.shape)
    if callable(scenario.loss):
        return kit.number(lambda wrap: scenario.loss(kit, wrap(targets), wrap(predictions)))
    name = scenario.loss if isinstance(scenario.loss, str) else None
    by_numpy = _BY_NUMPY.get(_LONG_NAMES.get(name, name))
    return None if by_numpy is None else float(by_numpy(targets, predictions))


def loss(reported, recomputed, modes):
    """Return whether the loss that the path reports for the first step is :func:`aligned_loss` of its rows and weights.

    reported, recomputed: floats, or None if there is none. modes: of :func:`modes`; a model that answers otherwise
    while it trains has another loss than the one recomputed from its answers in inference.
    """
    if modes["draws"] or modes["agrees"] is False:
        return _not_made("the model answers otherwise while it trains than after")
    if reported is None or recomputed is None or modes["draws"] is None:
        return _not_made(None)
    if not math.isfinite(reported):
        return _not_made("the first step's loss was not finite")
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
    """Return whether targets and predictions have alike shapes in the loss: (rows,) against (rows, 1) makes all pairs.

    seen: a pair of shapes, or None if the framework's own fit aligns them. loss_is_right: the audit ``loss``; some
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


def finite(first):
    """found: the first step at which a number was not finite, ``{"epoch", "step", "variable"}``, or None."""
    if first is None:
        return {"ok": True, "says": "loss and weights stayed finite"}
    said = "first not finite in epoch {epoch}, step {step}: {variable}".format(**first)
    return dict(first, ok=False, says=said)


def dropout(model, modes, held):
    """Return whether layers that are built to draw do so while the model trains. modes: of :func:`modes`.

    held: layers whose draws were held, adapters/masks.py; None if none were to be. The key ``draws``: whether
    anything is drawn while it trains, by whatever layer; None: not known. ``not_held``: names of layers that draw in
    their package's own way. ``idle``: names of layers whose draws would have been held, and that never drew.
    """
    every = [layer for layer in _every(model) if _may_draw(layer)]
    drawing = [layer.name for layer in every]
    ids = {id(layer) for layer in held or []}
    idle = [layer for layer in every if held is not None and _is_reached(layer) and id(layer) not in ids]
    not_held = _not_held([layer for layer in every if layer not in idle], held or [])
    if not not_held and not every and modes["draws"]:
        not_held = ["a layer of its own"]
    told = {"draws": modes["draws"], "layers": drawing, "not_held": not_held, "idle": [layer.name for layer in idle]}
    if idle:
        return dict(told, ok=False, says=f"{', '.join(told['idle'])} drew nothing while the model trained")
    if modes["draws"] is None:
        return dict(_not_made("the model's answers in training could not be compared"), **told)
    if not drawing:
        what = "a layer of its own draws while it trains" if modes["draws"] else "nothing of the model draws"
        return dict(told, ok=True, says=what)
    active = "active" if modes["draws"] else "inactive"
    return dict(told, ok=modes["draws"], says=f"dropout is {active} while training")


def _is_reached(layer):
    """Whether a layer draws by a function that adapters/masks.py replaces, so that it is seen if it does."""
    rate = getattr(layer, "rate", getattr(layer, "stddev", None))
    return type(layer).__name__ in REACHED and isinstance(rate, (int, float)) and rate > 0


def _not_held(drawing, held):
    """Names of layers that draw and of which neither they nor a cell inside of them is among those held."""
    ids = {id(layer) for layer in held}
    reached = [layer for layer in drawing if id(layer) in ids or ids & {id(one) for one in _cells(layer)}]
    inside = {id(cell) for layer in reached for cell in _cells(layer)}
    return [layer.name for layer in drawing if layer not in reached and id(layer) not in inside]


def _cells(layer):
    cell = getattr(layer, "cell", None)
    return [one for one in [cell, *(getattr(cell, "cells", None) or [])] if one is not None]


def _not_made(why):
    return {"ok": None, "says": "could not be checked" + (": " + why if why else "")}


def _shown(shape):
    return "(" + ", ".join("rows" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
