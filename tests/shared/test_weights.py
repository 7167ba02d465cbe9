"""Weights are matched by name, by what a name says without its number, or by place."""

import numpy as np
import pytest

from seedluck.evidence import distances
from seedluck_worker.shared.weights import matched


def weights(**shapes):
    return {name.replace("__", "/"): np.full(shape, i, "float32") for i, (name, shape) in enumerate(shapes.items())}


CASES = [
    (weights(a__kernel=(2, 3)), weights(a__kernel=(2, 3)), {"a/kernel": "a/kernel"}),
    (weights(a__kernel=(2, 3)), weights(a__kernel=(3, 2)), {}),
    (weights(conv2d__kernel=(3, 3)), weights(conv2d_4__kernel=(3, 3)), {"conv2d/kernel": "conv2d_4/kernel"}),
    (
        weights(dense__kernel=(2, 2), dense_1__kernel=(2, 2)),
        weights(dense_7__kernel=(2, 2), dense_8__kernel=(2, 2)),
        {"dense/kernel": "dense_7/kernel", "dense_1/kernel": "dense_8/kernel"},
    ),
    (weights(one__kernel=(2, 3), one__bias=(3,)), weights(two__w=(2, 3), two__b=(3,)), "by place"),
    (weights(one__kernel=(2, 3), more__kernel=(1,)), weights(two__w=(2, 3)), {}),
    (
        weights(dense__kernel=(2, 2), dense_1__kernel=(2, 2), dense_2__kernel=(2, 2)),
        weights(dense_2__kernel=(2, 2), dense_5__kernel=(2, 2), dense_3__kernel=(2, 2)),
        {"dense_2/kernel": "dense_2/kernel", "dense/kernel": "dense_5/kernel", "dense_1/kernel": "dense_3/kernel"},
    ),
]


@pytest.mark.parametrize(("one", "other", "pairs"), CASES)
@pytest.mark.parametrize("matcher", [matched, distances.matched])
def test_what_is_the_same_weight(matcher, one, other, pairs):
    pairs = dict(zip(one, other, strict=True)) if pairs == "by place" else pairs
    assert matcher(one, other) == pairs


def test_places_count_beside_names_where_they_may():
    one, other = weights(a__kernel=(2,), mine__kernel=(3,)), weights(a__kernel=(2,), own__kernel=(3,))
    assert matched(one, other)["mine/kernel"] == "own/kernel"
    assert distances.matched(one, other)["mine/kernel"] == "own/kernel"  # both begin the same
    other["own/kernel"] = other["own/kernel"] + 1
    assert matched(one, other)["mine/kernel"] == "own/kernel"
    assert distances.matched(one, other) == {"a/kernel": "a/kernel"}
