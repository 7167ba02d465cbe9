"""Dropout masks and noise are the same in two packages, from layers that nobody prepared for it."""

import numpy as np
import pytest


@pytest.mark.parametrize("variant", ["dropped", "noisy", "recurrent"])
def test_two_packages_draw_alike(train, variant):
    common = ["scenario=classes", f"variant={variant}", "seed=shared", "scenario.epochs=1", "seed.value=3"]
    runs = [train(*common, f"framework={package}") for package in ("tf_keras", "keras")]
    start = runs[0].weights("initial")
    ends = []
    for run in runs:
        final = run.weights("final")
        ends.append(final["answers/kernel"])
        assert run.result["audits"]["dropout"]["not_held"] == []
        assert not np.array_equal(final["answers/kernel"], start["answers/kernel"])
    if variant != "recurrent":  # whose own weights the packages draw each in its way, unless they are carried over
        np.testing.assert_allclose(*ends, rtol=1e-4, atol=1e-6)


def test_what_a_layer_of_its_own_draws_is_said_not_to_be_held(train):
    run = train("scenario=classes", "variant=own", "seed=shared", "scenario.epochs=1", "framework=keras")
    assert run.result["audits"]["dropout"]["not_held"] == ["a layer of its own"]


def test_another_seed_draws_other_masks(train):
    common = ["scenario=classes", "variant=dropped", "seed=shared", "scenario.epochs=1", "framework=keras"]
    common += ["framework.shuffle=none"]
    first = train(*common, "seed.value=0")
    held = [*common, f"seed.start={first.result['run_id']}"]  # so that the masks alone are other ones
    same, other = (train(*held, f"seed.value={seed}") for seed in (0, 1))
    for run in (same, other):
        np.testing.assert_array_equal(
            run.weights("initial")["answers/kernel"], first.weights("initial")["answers/kernel"]
        )
    ends = [run.weights("final")["answers/kernel"] for run in (first, same, other)]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert not np.array_equal(ends[0], ends[2])
