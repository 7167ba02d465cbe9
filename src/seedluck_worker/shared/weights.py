"""Which weights of two models are the same one, whatever their packages call them."""

import re


def matched(one, other, by_place=None):
    """Return name in one → name in the other, of weights that are the same.

    one, other: name → array or variable, both with a ``shape``, in their models' order. Matched by name and shape;
    then, among what is left, by shape and the name without the numbers that a package counts its layers with, where
    both models have as many; then by place, if the shapes of all that is left agree. by_place: two weights → whether
    their places may count where some names agree; None: they may.
    """
    pairs = {name: name for name in one if name in other and _shape(one[name]) == _shape(other[name])}
    mine, others = _left(one, pairs), _left(other, pairs.values())
    for wanted in dict.fromkeys(_unnumbered(name, one[name]) for name in mine):
        here = [name for name in mine if _unnumbered(name, one[name]) == wanted]
        there = [name for name in others if _unnumbered(name, other[name]) == wanted]
        if len(here) == len(there):
            pairs.update(zip(here, there))
    mine, others = _left(one, pairs), _left(other, pairs.values())
    if [_shape(one[name]) for name in mine] == [_shape(other[name]) for name in others]:
        placed = list(zip(mine, others))
        if not pairs or by_place is None or all(by_place(one[name], other[theirs]) for name, theirs in placed):
            pairs.update(placed)
    return pairs


def _left(weights, taken):
    taken = set(taken)
    return [name for name in weights if name not in taken]


def _shape(weight):
    return tuple(int(getattr(n, "value", n)) for n in weight.shape)  # TensorFlow 1 has dimensions


def _unnumbered(name, weight):
    """``conv2d/kernel`` of ``conv2d_3/kernel``, and the shape."""
    layer, slash, own = name.rpartition("/")
    return re.sub(r"_\d+$", "", layer) + slash + own, _shape(weight)
