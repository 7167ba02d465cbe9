"""Fit, with the rows in an order that NumPy draws: the same for every package."""

import math

import numpy as np

from src.frameworks.fit import over_epochs
from src.instruments.batches import count, order_of_epochs, take
from src.instruments.seeds import Seeds
from src.scripts.given import arrays_of


def fit_in_order(kit, original, model, given, seed, tell):
    """Call fit once an epoch, with the rows in the order of the seed's; return the joined history.

    original: fit. given: what it is handed, arrays as x and y. tell: a callback that is to see each batch and epoch.
    """
    x, y = _arrays(given["x"]), _arrays(given["y"])
    weights = given.get("sample_weight")
    split = given.pop("validation_split", None) or 0.0
    kept = math.floor(count(x) * (1 - split))
    if split and given.get("validation_data") is None:
        rest = slice(kept, None)
        given["validation_data"] = (take(x, rest), take(y, rest))
        x, y = take(x, slice(kept)), take(y, slice(kept))
        weights = None if weights is None else np.asarray(weights)[:kept]
    epochs, first = given.pop("epochs"), given.pop("initial_epoch", 0) or 0
    callbacks = [over_epochs(kit, one, epochs) for one in as_list(given.pop("callbacks", None))]
    orders = order_of_epochs(count(x), "each_epoch", None, Seeds("shared", seed).batch_order())
    joined = None
    for epoch, order in zip(range(first, epochs), orders):
        turn = dict(given, x=take(x, order), y=take(y, order), shuffle=False, initial_epoch=epoch, epochs=epoch + 1)
        turn["callbacks"] = callbacks + [tell]
        if weights is not None:
            turn["sample_weight"] = np.asarray(weights)[order]
        history = original(model, **accepted(turn))
        joined = _joined(joined, history)
        if model.stop_training:
            break
    return joined


def accepted(given):
    """What the method takes by name; what a version does not know is not handed over as None."""
    return {name: value for name, value in given.items() if value is not None or name in ("x", "y")}


def as_list(callbacks):
    """One callback, or several, as a list."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _joined(history, more):
    if history is None:
        return more
    for name, values in more.history.items():
        history.history.setdefault(name, []).extend(values)
    history.epoch.extend(more.epoch)
    return history


def _arrays(value):
    arrays = arrays_of(value)
    return arrays if isinstance(value, (list, tuple)) else arrays[0]
