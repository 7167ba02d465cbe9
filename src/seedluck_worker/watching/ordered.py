"""Fit, with the rows in an order that NumPy draws: the same for every package."""

import math

import numpy as np

from seedluck_worker.paths.fit import over_epochs
from seedluck_worker.randomness.batches import order_of_epochs
from seedluck_worker.randomness.seeds import Seeds
from seedluck_worker.watching.fed import Rows
from seedluck_worker.watching.given import arrays_of, as_array, flat


def fit_in_order(adapter, original, model, given, seed, tell, fed):
    """Call fit once an epoch, with the rows in the order of the seed's; return the joined history.

    original: fit. given: what it is handed, arrays as x and y. tell: a callback that is to see each batch and epoch.
    fed: Fed that is to see the batches; None if nobody wants them.
    """
    x, y = _arrays(given["x"]), _arrays(given["y"])
    weights = given.get("sample_weight")
    split = given.pop("validation_split", None) or 0.0
    rows = len(flat(x)[0])
    kept = trained_rows(rows, split)
    if split and given.get("validation_data") is None:
        rest = slice(kept, None)
        given["validation_data"] = (_take(x, rest), _take(y, rest))
        x, y, rows = _take(x, slice(kept)), _take(y, slice(kept)), kept
        weights = None if weights is None else np.asarray(weights)[:kept]
    epochs, first = given.pop("epochs"), given.pop("initial_epoch", 0) or 0
    callbacks = [over_epochs(adapter, one, epochs) for one in as_list(given.pop("callbacks", None))]
    orders = order_of_epochs(rows, "each_epoch", None, Seeds("shared", seed).batch_order())
    seen = None if fed is None else Rows(flat(x), flat(y))
    joined = None
    for epoch, order in zip(range(first, epochs), orders):
        turn = dict(given, x=_take(x, order), y=_take(y, order), shuffle=False, initial_epoch=epoch, epochs=epoch + 1)
        turn["callbacks"] = callbacks + [tell]
        if weights is not None:
            turn["sample_weight"] = np.asarray(weights)[order]
        if seen is not None:
            fed.see_all(seen.batches(order, given["batch_size"]))
        history = original(model, **accepted(turn))
        joined = _joined(joined, history)
        if model.stop_training:
            break
    return joined


def trained_rows(rows, split):
    """Return how many of the rows fit trains on; split: its ``validation_split``."""
    return math.floor(rows * (1 - split))


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
    """The same with every part an array of NumPy."""
    if isinstance(value, dict):
        return {key: as_array(one) for key, one in value.items()}
    arrays = arrays_of(value)
    return arrays if isinstance(value, (list, tuple)) else arrays[0]


def _take(value, rows):
    """The given rows of an array, or of each array in a list or a dictionary."""
    if isinstance(value, dict):
        return {key: one[rows] for key, one in value.items()}
    return [array[rows] for array in value] if isinstance(value, list) else value[rows]
