"""Rank tests, against enumeration and other implementations."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from seedluck.stats import ranks


def test_the_rank_sum_counts_every_way_to_deal_the_numbers_out():
    a, b = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 3.0, 7.0])
    ranked = stats.rankdata(np.concatenate([a, b]))
    sums = [sum(ranked[list(chosen)]) for chosen in combinations(range(7), 3)]
    assert ranks.p_above(a, b) == pytest.approx(np.mean(np.array(sums) >= ranked[4:].sum()))


def test_without_ties_the_rank_sum_is_that_of_scipy():
    generator = np.random.default_rng(0)
    for _ in range(20):
        a, b = generator.normal(size=9), generator.normal(size=7) + 0.5
        expected = stats.mannwhitneyu(b - 0.3, a, alternative="greater", method="exact").pvalue
        assert ranks.p_above(a, b, 0.3) == pytest.approx(expected)


def test_the_signed_rank_counts_every_flip_of_signs():
    d = np.array([0.5, -1.0, 2.0, 2.0, -3.0, 4.0])
    ranked = stats.rankdata(np.abs(d))
    sums = [sum(ranked * signs) for signs in product((0, 1), repeat=6)]
    expected = np.mean(np.array(sums) >= sum(ranked[d > 0]))
    assert ranks.p_above(np.zeros(6), d, 0.0, True) == pytest.approx(expected)


def test_many_seeds_give_what_few_would_in_the_limit():
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=50), generator.normal(size=50) + 0.4
    exact = ranks.p_above(a, b)
    normal = stats.mannwhitneyu(b, a, alternative="greater", method="asymptotic").pvalue
    assert exact == pytest.approx(normal, rel=0.05)
    assert ranks.p_above(np.repeat(a, 2), np.repeat(b, 2)) < exact  # 200 numbers: approximated


def test_complete_separation_reaches_the_smallest_p():
    a, b = np.arange(5.0), np.arange(5.0) + 10
    assert ranks.p_above(a, b) == pytest.approx(ranks.smallest_p(5, 5, False)) == pytest.approx(1 / 252)
    assert ranks.p_above(a, b, 0.0, True) == pytest.approx(ranks.smallest_p(5, 5, True)) == pytest.approx(1 / 32)
    assert ranks.p_apart(a, b) == ranks.p_apart(b, a) == pytest.approx(2 / 252)


@pytest.mark.parametrize("paired", [False, True])
def test_a_p_value_keeps_its_level_on_heavy_tails(paired):
    generator, passed = np.random.default_rng(2), 0
    for _ in range(2000):
        common = generator.standard_t(2, size=12) if paired else 0
        a, b = (common + generator.standard_t(2, size=12) for _ in range(2))
        passed += ranks.p_apart(a, b, paired) <= 0.05
    assert passed / 2000 < 0.07


def test_a_diverged_run_is_worse_than_any_other():
    a, b = np.array([1.0, np.nan, 3.0]), np.array([0.0, 9.0, np.inf])
    wins = [[1, 0, 0], [1, 1, 0.5], [1, 0, 0]]  # b below a, by (a, b)
    assert ranks.probability_better(a, b) == pytest.approx(np.mean(wins))


def test_the_distribution_of_the_statistics_is_that_of_a_count():
    both = [[(b > a) for a in dealt_a for b in {*range(5)} - {*dealt_a}] for dealt_a in combinations(range(5), 3)]
    counts = np.bincount([sum(pairs) for pairs in both], minlength=7)
    assert ranks.distribution(3, 2, False) == pytest.approx(np.cumsum(counts) / counts.sum())
    sums = np.bincount([sum(signs * np.arange(1, 5)) for signs in product((0, 1), repeat=4)])
    assert ranks.distribution(4, 4, True) == pytest.approx(np.cumsum(sums) / sums.sum())


@pytest.mark.parametrize("spread", [1.0, 3.0])
@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0])
def test_the_probability_of_ending_better_is_covered(shift, spread):
    generator, covered = np.random.default_rng(12), 0
    truth = ranks.probability_better(generator.normal(size=20_000), spread * generator.normal(size=20_000) + shift)
    for _ in range(400):
        a, b = generator.normal(size=10), spread * generator.normal(size=10) + shift
        low, high = ranks.probability_interval(a, b)
        covered += low <= truth <= high
        assert 0 <= low <= ranks.probability_better(a, b) <= high <= 1
    assert covered / 400 >= 0.92


def test_complete_separation_leaves_an_interval():
    low, high = ranks.probability_interval(np.arange(10.0) + 100, np.arange(10.0))
    assert high == 1.0
    assert 0.6 < low < 0.9
    assert ranks.probability_interval(np.ones(1), np.ones(5)) is None
