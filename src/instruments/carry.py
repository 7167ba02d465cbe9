"""Initial weights of one training, put into another: by layer, name and shape, whatever drew them."""

import re

import numpy as np


def matched(start, variables):
    """Return name in start → name in variables, of those that are the same weight.

    start, variables: name → array or variable, both with a ``shape``, in their models' order. Matched by name and
    shape; then, among what is left, by the name without the numbers that a package counts its layers with; then by
    place, if the shapes of all that is left agree.
    """
    pairs = {name: name for name in start if name in variables and _shape(start[name]) == _shape(variables[name])}
    for key in (lambda name, one: (_unnumbered(name), _shape(one)), None):
        mine = [name for name in start if name not in pairs]
        taken = set(pairs.values())
        others = [name for name in variables if name not in taken]
        if key is None:
            if [_shape(start[name]) for name in mine] == [_shape(variables[name]) for name in others]:
                pairs.update(zip(mine, others))
            break
        for wanted in dict.fromkeys(key(name, start[name]) for name in mine):
            here = [name for name in mine if key(name, start[name]) == wanted]
            there = [name for name in others if key(name, variables[name]) == wanted]
            if len(here) == len(there):
                pairs.update(zip(here, there))
    return pairs


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


def _shape(one):
    return tuple(int(getattr(n, "value", n)) for n in one.shape)


def _unnumbered(name):
    """``conv2d/kernel`` of ``conv2d_3/kernel``."""
    layer, slash, weight = name.rpartition("/")
    return re.sub(r"_\d+$", "", layer) + slash + weight
