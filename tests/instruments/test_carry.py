"""Initial weights are matched by name, by what a name says without its number, or by place."""

import numpy as np
import pytest

from src.instruments.carry import initial_weights, matched


def weights(**shapes):
    return {name.replace("__", "/"): np.full(shape, i, "float32") for i, (name, shape) in enumerate(shapes.items())}


@pytest.mark.parametrize(
    ("start", "here", "pairs"),
    [
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
    ],
)
def test_what_is_the_same_weight(start, here, pairs):
    pairs = dict(zip(start, here, strict=True)) if pairs == "by place" else pairs
    assert matched(start, here) == pairs


def test_weights_are_taken_over_and_what_has_none_is_named():
    start, here = weights(a__kernel=(2, 3)), {"a/kernel": np.zeros((2, 3), "float32") + 5, "own": np.zeros(1)}
    begun, alone = initial_weights(start, here, 0)
    np.testing.assert_array_equal(begun["a/kernel"], start["a/kernel"])
    assert alone == ["own"]


def test_a_copy_is_moved_by_one_unit_in_the_last_place_up_or_down():
    start = {"a/kernel": np.random.RandomState(0).rand(50).astype("float32")}
    begun, _ = initial_weights(start, {"a/kernel": np.zeros(50, "float32")}, 1)
    steps = begun["a/kernel"].view("int32") - start["a/kernel"].view("int32")
    assert set(steps) == {-1, 1}


def test_what_the_kit_drew_and_moved_already_stays():
    start = {"a/kernel": np.ones(4, "float32")}
    moved = {"a/kernel": np.nextafter(np.ones(4, "float32"), np.float32(np.inf))}
    assert initial_weights(start, moved, 1) == ({}, [])
    assert initial_weights(start, start, 0) == ({}, [])
