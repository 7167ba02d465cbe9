"""Being shown to be within a margin: the levels, by simulation, and the noncentral t distribution of SciPy."""

import numpy as np
import pytest
from scipy import special, stats

from seedluck.stats import equivalence, estimates


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@pytest.mark.parametrize("seeds", [10, 30])
def test_sides_a_whole_deviation_apart_are_rarely_called_alike(correlation, seeds):
    generator, passed = np.random.default_rng(seeds), 0
    for _ in range(2000):
        common = np.sqrt(correlation) * generator.normal(size=seeds)
        a, b = (common + np.sqrt(1 - correlation) * generator.normal(size=seeds) for _ in range(2))
        margin = estimates.margin(a, b)
        near, _ = equivalence.p_within_estimated(a, b + 1.0, margin, correlation > 0)
        passed += near <= 0.025
    assert passed / 2000 <= 0.03 + 3 * np.sqrt(0.03 / 2000)


def test_the_average_over_the_margins_error_is_the_noncentral_t():
    degrees, away, t = 18.0, 2.0, 0.7
    ratio = np.sqrt(stats.chi2.ppf(special.ndtr(equivalence.ERRORS), degrees) / degrees)
    assert special.ndtr(t * ratio - away) @ equivalence.WEIGHTS == pytest.approx(stats.nct.cdf(t, degrees, away))


def test_a_given_margin_is_tested_exactly():
    a = np.arange(8.0)
    assert equivalence.p_within_given(a, a + 0.5, 100.0, False) == pytest.approx(1 / 12870)
    assert equivalence.p_within_given(a, a + 0.5, 0.1, False) > 0.4
    assert equivalence.p_within_given(a, a, 0.0, True) == pytest.approx(1 / 12870)
    assert equivalence.p_within_given(a[:3], a[:3], 0.0, True) == pytest.approx(1 / 20)  # three seeds show nothing
    assert equivalence.p_within_given(np.ones(8), np.ones(8), 0.0, False) == pytest.approx(1 / 12870)


def test_no_difference_at_all_is_within_any_margin_and_a_constant_one_beyond_it_is_not():
    a = np.full(6, 2.0)
    assert equivalence.p_within_estimated(a, a, estimates.margin(a, a), False)[0] == pytest.approx(1 / 924)
    b = a + 1.0
    assert equivalence.p_within_estimated(a, b, estimates.margin(a, b), False)[0] > 0.9
    zero = np.zeros(6)
    assert equivalence.p_within_estimated(zero, zero, 0.0, False)[0] == pytest.approx(1 / 924)
    assert equivalence.p_within_estimated(zero, zero + 1e-9, 0.0, False) == (1.0, 1.0)


@pytest.mark.parametrize("seeds", [10, 30])
def test_ties_show_no_more_than_the_means_do(seeds):
    """Rates of 0 and a third are about a deviation apart; ranks see no shift between them."""
    generator, passed = np.random.default_rng(seeds), 0
    for _ in range(500):
        a, b = np.zeros(seeds), (generator.random(seeds) < 1 / 3).astype(float)
        passed += max(equivalence.p_within_estimated(a, b, estimates.margin(a, b), False)) <= 0.025
    assert passed / 500 <= 0.06


@pytest.mark.parametrize("paired", [False, True])
def test_no_side_comes_first(paired):
    generator = np.random.default_rng(9)
    for _ in range(50):
        a, b = generator.normal(size=9), generator.normal(size=9) + 0.3
        one, other = (equivalence.p_within_estimated(*sides, 1.0, paired) for sides in ((a, b), (b, a)))
        assert one == other


def test_means_a_given_margin_apart_are_rarely_within_it_where_shapes_differ():
    generator, passed = np.random.default_rng(13), 0
    apart = np.exp(0.5) - np.exp(0.125)  # of the means of the two
    for _ in range(300):
        a, b = np.exp(0.5 * generator.normal(size=50)), np.exp(generator.normal(size=50))
        passed += equivalence.p_within_given(a, b, apart, False) <= 0.025
    assert passed / 300 <= 0.05
