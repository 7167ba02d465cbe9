"""Rates of runs that go bad, against a published example and another test."""

import pytest
from scipy import stats

from seedluck.stats import rates


def test_rates_are_told_apart_where_they_differ_and_only_there():
    assert rates.p_rates(8, 10, 0, 10) < 0.001
    assert rates.p_rates(3, 10, 3, 10) > 0.5
    assert rates.p_rates(0, 10, 0, 10) == 1.0
    # Boschloo's test never needs more than Fisher's, on which it is built.
    assert rates.p_rates(7, 12, 2, 12) <= stats.fisher_exact([[7, 2], [5, 10]]).pvalue
    assert rates.p_rates(700, 1000, 600, 1000) < 1e-5


@pytest.mark.parametrize(("bad", "other"), [(0, 4), (2, 7), (9, 1)])
def test_no_side_comes_first(bad, other):
    assert rates.p_rates(bad, 12, other, 12) == rates.p_rates(other, 12, bad, 12)


def test_the_interval_of_rates_is_that_of_newcombes_example():
    low, high = rates.rates_interval(48, 80, 56, 70)  # Newcombe 1998, table II (a): 56/70 - 48/80
    assert (low, high) == (pytest.approx(0.0524, abs=2e-4), pytest.approx(0.3339, abs=2e-4))


def test_the_smallest_p_value_is_that_of_all_failures_on_one_side():
    assert rates.smallest_p_rates(3, 10, 10) == rates.p_rates(0, 10, 3, 10)
    assert rates.smallest_p_rates(12, 10, 10) == rates.p_rates(2, 10, 10, 10)
    assert rates.smallest_p_rates(0, 10, 10) == 1.0
