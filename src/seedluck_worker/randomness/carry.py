"""Initial weights of one training, put into another: by layer, name and shape, whatever drew them."""

import numpy as np

from seedluck_worker.shared.weights import matched


def initial_weights(start, now, ulp_copy):
    """Return name → array of the weights to begin with, and the names that start has not.

    start: name → array, of the training that is followed. now: the same of this one, as it was drawn here. ulp_copy:
    0, or the number of a copy in which every weight is moved by one unit in the last place, up or down. A weight that
    is already start's, moved or not, was drawn by the scenario's kit, and stays.
    """
    mover = np.random.RandomState(ulp_copy)
    pairs = matched(start, now)
    begun = {}
    for theirs, mine in pairs.items():
        wanted, drawn = start[theirs], now[mine]
        if ulp_copy and wanted.dtype.kind == "f":
            up = np.where(mover.rand(*wanted.shape) < 0.5, -np.inf, np.inf).astype(wanted.dtype)
            if not np.array_equal(wanted, drawn) and _within_an_ulp(wanted, drawn):
                continue
            wanted = np.nextafter(wanted, up)
        if wanted.tobytes() != drawn.tobytes():
            begun[mine] = wanted
    return begun, [name for name in now if name not in pairs.values()]


def _within_an_ulp(a, b):
    return bool(np.all((a == b) | (np.nextafter(a, b) == b)))
