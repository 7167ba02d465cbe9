"""What few seeds would have shown, against distributions whose answer is known."""

import math

import numpy as np
import pytest
from scipy import stats

from seedluck.stats.samples import misled, standing, tail


def test_means_of_few_stand_the_other_way_as_often_as_theory_says():
    generator = np.random.default_rng(1)
    a, b = generator.normal(0, 1, 4000), generator.normal(0.5, 1, 4000)
    told = misled(a, b, 3)
    shift = b.mean() - a.mean()
    assert told["other_way"] == pytest.approx(stats.norm.cdf(-shift / math.sqrt(2 / 3)), abs=0.03)


def test_alike_sides_are_called_different_in_a_twentieth():
    generator = np.random.default_rng(2)
    a, b = generator.normal(0, 1, 4000), generator.normal(0, 1, 4000)
    assert misled(a, b, 10)["called_different"] == pytest.approx(0.05, abs=0.015)


def test_too_few_tell_nothing_and_runs_that_diverged_are_left_out():
    assert misled(np.arange(29.0), np.arange(29.0), 3) is None
    a = np.append(np.arange(40.0), np.full(10, np.nan))
    assert misled(a, a, 3) == {"other_way": None, "called_different": misled(a[:40], a[:40], 3)["called_different"]}


def test_the_worst_hundredth_begins_where_the_ordered_outcomes_say():
    losses = np.random.default_rng(4).permutation(np.arange(1000.0))
    assert tail(losses) == 990.0
    assert tail(np.append(losses[losses < 992], np.full(8, np.nan))) == 990.0
    assert tail(np.append(losses[losses < 980], np.full(20, np.nan))) == math.inf


def test_one_run_stands_where_it_stands():
    among = np.arange(100.0)
    assert standing(np.array([2.0]), among) == {"better": 2, "same": 1, "worse": 97, "as_good": 0.03}
    assert standing(np.array([np.nan]), among)["better"] == 100


def test_three_runs_stand_as_theory_says():
    among = np.random.default_rng(3).normal(0, 1, 5000)
    told = standing(np.full(3, -0.5), among)
    assert told["as_good"] == pytest.approx(stats.norm.cdf(-0.5 * math.sqrt(3)), abs=0.025)
