"""Which of two known sides a third is like."""

import numpy as np
import pytest

from seedluck.stats.similarity import LEVEL, nearer_good, resembles

GOOD, BAD = np.arange(10.0), 100 + np.arange(10.0)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (GOOD[:4] + 0.5, "good"),
        (BAD[:4] + 0.5, "bad"),
        (np.full(4, 50.0), "neither"),
        (GOOD[:4] - 60, "neither"),  # as far from the good side as from it to the bad one, on the far side
        (BAD[:4] + 60, "bad"),
        (GOOD[:2], "unknown"),  # two seeds against ten cannot pass the test
        (np.array([1.0, 2.0, 101.0, 102.0]), "unknown"),
    ],
)
def test_the_state_and_the_same_with_the_sides_upside_down(seen, state):
    assert resembles(GOOD, BAD, seen, 1)["state"] == state
    assert resembles(-GOOD, -BAD, -seen, 1)["state"] == state


def test_diverged_runs_rank_worst_and_are_nowhere_near_a_finite_side():
    bad = np.where(np.arange(10) < 8, np.nan, 5.0)
    assert resembles(GOOD, bad, np.full(10, np.inf), 1)["state"] == "bad"
    assert resembles(GOOD / 10, np.full(10, np.inf), GOOD[:4] / 10, 1)["state"] == "good"
    assert nearer_good(GOOD, bad, np.array([1.0, np.nan, 7.0])) == 2
    assert resembles(np.full(10, np.inf), GOOD, GOOD[::-1] + 0.5, 2)["state"] == "bad"
    assert resembles(np.full(10, np.inf), GOOD, np.full(10, np.inf), 2)["state"] == "good"


def test_rates_are_compared_where_less_than_half_of_a_side_diverges():
    good, bad = np.zeros(50), (np.arange(50) < 20).astype(float)
    assert resembles(good, bad, np.zeros(50), 2)["state"] == "good"
    assert resembles(good, bad, bad, 2)["state"] == "bad"
    assert nearer_good(good, bad, bad) == 30


def test_the_unit_of_two_valued_outcomes_changes_nothing():
    good, bad, seen = np.zeros(30), (np.arange(30) < 12) * 1.0, (np.arange(50) < 20) * 1.0
    assert resembles(good, bad, seen, 5)["state"] == "bad"
    assert resembles(good, 2 * bad, 2 * seen, 5)["state"] == "bad"
    assert resembles(good, good, good, 5)["share"] is None  # nothing lies between them


def test_a_main_part_of_the_difference_is_good_though_told_apart():
    generator = np.random.default_rng(12)
    good, bad, seen = (centre + 0.01 * generator.normal(size=10) for centre in (0.0, 1.0, 0.05))
    compared = resembles(good, bad, seen, 2)
    assert compared["state"] == "good"
    low, high = compared["share_interval"]
    assert low < 0.95 < high
    assert high - low < 0.1
    assert resembles(good, bad, seen, 2, whole=True)["state"] == "neither"


def test_p_values_are_those_of_the_rank_sum():
    assert resembles(GOOD, BAD, GOOD[:4], 1)["p_bad"] == pytest.approx(1 / 1001)  # 14 over 4
    assert resembles(GOOD, BAD, BAD[:4], 1)["p_good"] == pytest.approx(1 / 1001)


def test_a_side_is_told_apart_from_itself_no_more_often_than_the_level_says():
    generator = np.random.default_rng(0)
    false = 0
    for _ in range(4000):
        good, seen = generator.normal(size=10), generator.normal(size=10)
        looks = [resembles(good, good + 100, seen[:n], look)["p_good"] for look, n in ((1, 4), (2, 10))]
        false += looks[0] <= LEVEL / 2 or looks[1] <= 0.3 * LEVEL
    assert false / 4000 <= LEVEL + 3 * np.sqrt(LEVEL / 4000)
