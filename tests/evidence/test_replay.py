"""A replay's parting, on gradient descent in NumPy whose differences are known."""

import numpy as np

from seedluck.evidence import repeat, replay


def descend(steps=60, rate=0.05, ulp=0, other_from=None, blow_up=None, order=1):
    """Linear regression in float32; checkpoints by step. other_from: a step from which another rate is used."""
    generator = np.random.RandomState(0)
    x, w = generator.rand(32, 5).astype("float32"), generator.rand(5).astype("float32")
    y = (x @ np.arange(5)).astype("float32")
    if ulp:
        w = np.nextafter(w, np.where(np.random.RandomState(ulp).rand(5) < 0.5, -9, 9).astype("float32"))
    b, kept = np.zeros(1, "float32"), {}
    kept[0] = {"kernel": w.copy(), "bias": b.copy()}
    for step in range(1, steps + 1):
        error = (x @ w + b - y)[::order]
        scale = 2 * rate if other_from is not None and step >= other_from else rate
        w = w - np.float32(scale) * (x[::order].T @ error / 32)
        b = b - np.float32(rate) * error.mean()
        if blow_up == step:
            b = np.full(1, np.inf, "float32")
        kept[step] = {"kernel": w.copy(), "bias": b.copy()}
    return kept


COPIES = [descend(ulp=k) for k in (1, 2, 3)]


def test_the_same_training_is_identical():
    found = replay.compare(descend(), descend(), COPIES)
    assert found["identical"]
    assert found["same_start"]
    assert not found["differs"]
    assert found["first"] is None
    assert len(found["curve"]) == 61


def test_sides_without_a_variable_in_common_are_not_compared():
    other = {step: {"table": np.zeros((3, 3)) + step} for step in range(61)}
    found = replay.compare(descend(), other, COPIES)
    assert (found["differs"], found["same_start"], found["identical"]) == (None, None, False)
    assert found["not_compared"] == ["bias", "kernel", "table"]
    assert found["curve"] == []
    early = replay.compare({0: descend()[0]}, {0: descend()[0]}, [])
    assert early["differs"] is None  # a start alone tells nothing of the training


def test_sums_in_another_order_do_not_count_as_a_difference():
    found = replay.compare(descend(), descend(order=-1), COPIES)
    assert not found["identical"]
    assert not found["differs"]


def test_the_first_step_and_variable_that_part_are_named():
    found = replay.compare(descend(), descend(other_from=7), COPIES)
    assert found["differs"]
    assert (found["first"]["step"], found["first"]["variable"]) == (7, "kernel")
    assert found["first"]["times_floor"] > replay.FACTOR


def test_sides_that_update_at_other_steps_are_not_said_to_part_at_one():
    every = {step: {"w": np.array([1.0 + step])} for step in range(5)}
    second = {step: {"w": np.array([1.0 + 2 * (step // 2)])} for step in range(5)}
    moved = {step: {"w": values["w"] + 1e-7} for step, values in every.items()}
    content = replay.compare(every, second, [moved])
    assert content["first"]["waits"] == [False, True]
    told = {**content, "inactive": None, "not_held": [], "seeds": [], "own": []}
    assert replay.say(told, ("a", "b")).startswith("step by step they cannot be compared")
    assert "at step 1 `a` does and `b` does not" in replay.say(told, ("a", "b"))
    turned = {**told, **replay.compare(second, every, [])}
    assert "at step 1 `a` does and `b` does not" in replay.say(turned, ("b", "a"))


def test_a_side_that_never_trains_parts_from_one_that_does():
    every = {step: {"w": np.array([1.0 + step])} for step in range(3)}
    never = {step: {"w": np.array([1.0])} for step in range(3)}
    assert replay.compare(every, never, [])["first"]["waits"] == [False, False]


def test_one_side_that_is_not_finite_parts_there():
    found = replay.compare(descend(), descend(steps=5, blow_up=5), COPIES)
    assert (found["first"]["step"], found["first"]["variable"]) == (5, "bias")
    assert found["first"]["distance"] == np.inf
    both = replay.compare(descend(steps=5, blow_up=5), descend(steps=5, blow_up=5), COPIES)
    assert both["identical"]


def test_variables_are_matched_by_name_or_by_place():
    renamed = {step: {f"line/{name}": array for name, array in kept.items()} for step, kept in descend().items()}
    assert replay.compare(descend(), renamed, [])["identical"]
    more = {step: {**kept, "extra": np.zeros(1)} for step, kept in descend().items()}
    found = replay.compare(descend(), more, [])
    assert found["not_compared"] == ["extra"]
    assert not found["identical"]


def test_another_start_is_said():
    assert not replay.compare(descend(), descend(ulp=1), [])["same_start"]


def test_a_repeated_run_tells_its_largest_gap():
    one, other = {"a": np.ones(3), "b": np.zeros(2)}, {"a": np.ones(3), "b": np.array([0.0, 0.5])}
    assert repeat.same(one, one)["identical"]
    assert repeat.same(one, other) == {"identical": False, "gap": 0.5, "variable": "b"}
