"""Initial weights are taken over, and moved."""

import numpy as np

from seedluck_worker.randomness.carry import initial_weights


def weights(**shapes):
    return {name.replace("__", "/"): np.full(shape, i, "float32") for i, (name, shape) in enumerate(shapes.items())}


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
