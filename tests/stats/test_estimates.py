"""Shifts, their intervals and the margin, against worked examples, SciPy and simulation."""

import numpy as np
import pytest
from scipy import stats

from seedluck.stats import estimates


def test_the_shift_is_found_through_an_outlier_and_by_pairs():
    a = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    assert estimates.shift(a, a + 2.0, True) == 2.0
    assert estimates.shift(a[:4], a[:4] + 2.0, False) == 2.0
    assert estimates.shift(a + 2.0, a, True) == -2.0


@pytest.mark.parametrize("seeds", [5, 10, 20, 60])
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("interval", [estimates.shift_interval, estimates.mean_interval])
def test_an_interval_covers_what_it_says(interval, paired, seeds):
    generator, covered = np.random.default_rng(4), 0
    for _ in range(1500):
        common = 2 * generator.normal(size=seeds) if paired else 0
        a, b = (common + generator.normal(size=seeds) for _ in range(2))
        low, high = interval(a, b + 1.0, paired)
        covered += low <= 1.0 <= high
    assert 0.92 <= covered / 1500 <= (0.998 if interval is estimates.shift_interval and not paired else 0.98)


@pytest.mark.parametrize("spread", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("kind", ["normal", "lognormal", "bimodal"])
def test_the_interval_of_the_shift_covers_it_where_spreads_are_unequal(kind, spread):
    generator = np.random.default_rng(11)
    draw = {
        "normal": lambda seeds: generator.normal(size=seeds),
        "lognormal": lambda seeds: np.exp(generator.normal(size=seeds)),
        "bimodal": lambda seeds: np.where(generator.random(seeds) < 0.4, -3, 3) + generator.normal(size=seeds),
    }[kind]
    truth = np.median(spread * draw(200_000) - draw(200_000))
    covered = 0
    for _ in range(400):
        low, high = estimates.shift_interval(draw(20), spread * draw(20), False)
        covered += low <= truth <= high
    assert covered / 400 >= 0.925


def test_spreads_that_differ_by_rounding_alone_are_alike():
    a = np.array([0.3, 1.3])
    assert estimates.p_spread(a, a + [1e-12, 0.0], True) == 1.0
    assert estimates.p_spread(np.ones(5), np.ones(5), False) == 1.0


def test_the_interval_of_means_is_that_of_scipy():
    generator = np.random.default_rng(5)
    a, b = generator.normal(size=9), 2 * generator.normal(size=9)
    welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    assert estimates.mean_interval(a, b, False) == pytest.approx((welch.low, welch.high))
    pairs = stats.ttest_rel(b, a).confidence_interval()
    assert estimates.mean_interval(a, b, True) == pytest.approx((pairs.low, pairs.high))


def test_too_few_seeds_have_no_interval():
    a = np.array([1.0, 2.0, 3.0])
    assert estimates.shift_interval(a, a + 1, True) is None
    assert estimates.mean_interval(a[:1], a[:1], False) is None
    assert np.isnan(estimates.shift_error(a[:1], a[:1], False))


def test_the_error_of_the_shift_is_its_deviation():
    generator = np.random.default_rng(6)
    shifts, errors = [], []
    for _ in range(1000):
        a, b = generator.normal(size=20), generator.normal(size=20)
        shifts.append(estimates.shift(a, b, False))
        errors.append(estimates.shift_error(a, b, False))
    assert np.mean(errors) == pytest.approx(np.std(shifts), rel=0.1)


def test_a_seed_in_a_long_tail_does_not_widen_the_margin():
    values = np.array([1.0, 1.1, 0.9, 1.2, 0.8, 1.05, 50.0])
    assert estimates.margin(values, values) < 0.4
    assert estimates.margin(values, values[::-1] + 7) == pytest.approx(estimates.margin(values, values))


@pytest.mark.parametrize("seeds", [5, 10, 30])
def test_the_margin_of_normal_outcomes_is_their_deviation(seeds):
    generator = np.random.default_rng(7)
    margins = [estimates.margin(*generator.normal(size=(2, seeds))) for _ in range(2000)]
    assert np.mean(margins) == pytest.approx(1.0, abs=0.03)


def test_both_sides_determine_the_margin_alike():
    generator = np.random.default_rng(8)
    a, b = generator.normal(size=12), 5 + 3 * generator.normal(size=12)
    assert estimates.margin(a, b) == estimates.margin(b, a)
    assert np.isnan(estimates.margin(a[:1], b))


def test_the_margin_is_not_finer_than_an_outcomes_rounding():
    assert estimates.margin(np.full(5, 100.0), np.full(5, 100.0 + 1e-12)) == pytest.approx(1e-4)
    assert estimates.margin(np.zeros(5), np.zeros(5)) == 0.0


@pytest.mark.parametrize("seeds", [9, 10, 20, 21])
def test_a_constant_side_halves_the_variance_and_no_more(seeds):
    generator = np.random.default_rng(10)
    margins = [estimates.margin(np.ones(seeds), 1 + generator.normal(size=seeds)) for _ in range(300)]
    assert np.mean(margins) == pytest.approx(np.sqrt(0.5), rel=0.1)
    assert np.quantile(margins, 0.01) > 0.2


@pytest.mark.parametrize("draw", ["normal", "exponential", "lognormal"])
@pytest.mark.parametrize("paired", [False, True])
def test_spreads_are_told_apart_at_their_level(draw, paired):
    generator, passed = np.random.default_rng(11), 0
    for _ in range(1500):
        a, b = getattr(generator, draw)(size=(2, 12))
        passed += estimates.p_spread(a, b, paired) <= 0.05
    assert passed / 1500 <= 0.065


def test_a_wider_spread_is_seen_whatever_the_location():
    generator = np.random.default_rng(3)
    a, b = generator.normal(size=40), 3 * generator.normal(size=40)
    assert estimates.p_spread(a, b, False) < 0.001
    assert estimates.p_spread(b, a, False) == estimates.p_spread(a, b, False)
    assert estimates.p_spread(a, b + 100, False) == pytest.approx(estimates.p_spread(a, b, False), rel=0.01)
    assert estimates.p_spread(np.ones(5), np.ones(5), False) == 1.0
