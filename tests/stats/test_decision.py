"""The verdict table, and how often it is wrong."""

import numpy as np
import pytest

from benchmarks import calibration
from src.stats import decision

SAME = {"differs": False, "identical": False, "all_held": True}
IDENTICAL = {"differs": False, "identical": True, "all_held": True}
DIFFERS = {"differs": True, "identical": False, "all_held": True}


@pytest.mark.parametrize(
    ("p", "inside", "broken", "replay", "expected"),
    [
        (1.0, True, ["tied"], IDENTICAL, "true_bug"),
        (0.001, False, [], SAME, "true_bug"),
        (0.001, True, [], None, "true_bug"),
        (1.0, True, [], SAME, "seed_luck"),
        (1.0, True, [], None, "seed_luck"),
        (1.0, True, [], DIFFERS, "benign_difference"),
        (1.0, False, [], IDENTICAL, "seed_luck"),
        (1.0, False, [], {**IDENTICAL, "all_held": False}, "inconclusive"),
        (0.04, False, [], SAME, "inconclusive"),
        (1.0, False, [], None, "inconclusive"),
    ],
)
def test_the_table(p, inside, broken, replay, expected):
    assert decision.verdict(p, inside, broken, replay) == expected


def test_most_runs_of_one_side_diverging_is_always_a_bug():
    a = np.random.default_rng(0).normal(size=10)
    for finite in (a, a * 0, a + 100):
        b = np.where(np.arange(10) < 8, np.nan, finite)
        assert decision.outcome(a, b)["p"] <= decision.ALPHA


def test_no_test_is_run_that_three_seeds_could_not_pass():
    found = decision.outcome(np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))
    assert found["p_outside"] is None
    assert found["smallest_p"] == pytest.approx(0.1)
    assert decision.verdict(found["p"], found["inside"], [], None) == "inconclusive"


def test_half_of_the_runs_diverging_is_never_called_alike():
    a = np.random.default_rng(1).normal(size=60)
    b = np.where(np.arange(60) < 10, np.nan, a)
    assert not decision.outcome(a[:14], b[4:18], margin=100.0)["inside"]
    assert decision.outcome(a, a, margin=100.0)["inside"]


def test_a_margin_in_absolute_units_decides():
    generator = np.random.default_rng(2)
    a, b = generator.normal(size=20), generator.normal(size=20) + 2.0
    verdicts = []
    for margin in (0.1, 10.0):
        found = decision.outcome(a, b, margin)
        verdicts.append(decision.verdict(found["p"], found["inside"], [], None))
    assert verdicts == ["true_bug", "seed_luck"]


def test_an_invariant_must_hold_everywhere_on_one_side_and_nowhere_on_the_other():
    assert decision.invariants_differ({"tied": [True, True]}, {"tied": [False, False]}) == ["tied"]
    assert decision.invariants_differ({"tied": [False]}, {"tied": [True]}) == ["tied"]
    assert decision.invariants_differ({"tied": [True, True]}, {"tied": [True, False]}) == []
    assert decision.invariants_differ({"tied": [True]}, {}) == []


def test_looks_never_spend_more_than_there_is():
    assert sum(decision.spent(look) for look in range(1, 1000)) < 1


@pytest.mark.parametrize("kind", calibration.KINDS)
@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_error_bounds_on_simulated_sweeps(kind, correlation):
    """A small version of benchmarks/calibration.py; the seeds are fixed, so it passes always or never."""
    nothing = calibration.cell(kind, 10, correlation, 0.0, 100)
    two = calibration.cell(kind, 20, correlation, 2.0, 100)
    four = calibration.cell(kind, 10, correlation, 4.0, 100)
    assert nothing["true_bug"] <= 0.01
    assert two["seed_luck"] <= 0.01
    assert four["true_bug"] >= 0.95
    assert calibration.sequential(kind, correlation, 0.0, 30)["true_bug"] <= 0.04
    assert calibration.sequential(kind, correlation, 2.0, 30)["seed_luck"] <= 0.04
