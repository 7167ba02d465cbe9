"""The statistics, against enumeration, published examples and other implementations."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from src.stats import tests


def test_the_rank_sum_counts_every_way_to_deal_the_numbers_out():
    a, b = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 3.0, 7.0])
    ranks = stats.rankdata(np.concatenate([a, b]))
    sums = [sum(ranks[list(chosen)]) for chosen in combinations(range(7), 3)]
    assert tests.p_above(a, b, 0.0, False) == pytest.approx(np.mean(np.array(sums) >= ranks[4:].sum()))


def test_without_ties_the_rank_sum_is_that_of_scipy():
    generator = np.random.default_rng(0)
    for _ in range(20):
        a, b = generator.normal(size=9), generator.normal(size=7) + 0.5
        expected = stats.mannwhitneyu(b - 0.3, a, alternative="greater", method="exact").pvalue
        assert tests.p_above(a, b, 0.3, False) == pytest.approx(expected)


def test_the_signed_rank_counts_every_flip_of_signs():
    d = np.array([0.5, -1.0, 2.0, 2.0, -3.0, 4.0])
    ranks = stats.rankdata(np.abs(d))
    sums = [sum(ranks * signs) for signs in product((0, 1), repeat=6)]
    expected = np.mean(np.array(sums) >= sum(ranks[d > 0]))
    assert tests.p_above(np.zeros(6), d, 0.0, True) == pytest.approx(expected)


def test_many_seeds_give_what_few_would_in_the_limit():
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=50), generator.normal(size=50) + 0.4
    exact = tests.p_above(a, b, 0.0, False)
    normal = stats.mannwhitneyu(b, a, alternative="greater", method="asymptotic").pvalue
    assert exact == pytest.approx(normal, rel=0.05)
    assert tests.p_above(np.repeat(a, 2), np.repeat(b, 2), 0.0, False) < exact  # 200 numbers: approximated


def test_complete_separation_reaches_the_smallest_p():
    a, b = np.arange(5.0), np.arange(5.0) + 10
    assert tests.p_above(a, b, 0.0, False) == pytest.approx(tests.smallest_p(5, 5, False)) == pytest.approx(1 / 252)
    assert tests.p_above(a, b, 0.0, True) == pytest.approx(tests.smallest_p(5, 5, True)) == pytest.approx(1 / 32)


def test_a_p_value_keeps_its_level_for_any_distribution():
    generator = np.random.default_rng(2)
    for paired in (False, True):
        passed = 0
        for _ in range(2000):
            common = generator.standard_t(2, size=8) if paired else 0
            a, b = (common + generator.standard_t(2, size=8) for _ in range(2))
            passed += tests.p_above(a, b, 0.0, paired) <= 0.05
        assert passed / 2000 < 0.065


def test_rates_are_told_apart_where_they_differ_and_only_there():
    assert tests.p_rates(8, 10, 0, 10) < 0.001
    assert tests.p_rates(3, 10, 3, 10) > 0.5
    assert tests.p_rates(0, 10, 0, 10) == 1.0
    # Boschloo's test never needs more than Fisher's, on which it is built.
    assert tests.p_rates(7, 12, 2, 12) <= stats.fisher_exact([[7, 2], [5, 10]]).pvalue
    assert tests.p_rates(700, 1000, 600, 1000) < 1e-5


def test_the_interval_of_rates_is_that_of_newcombes_example():
    low, high = tests.rates_interval(48, 80, 56, 70)  # Newcombe 1998, table II (a): 56/70 - 48/80
    assert (low, high) == (pytest.approx(0.0524, abs=2e-4), pytest.approx(0.3339, abs=2e-4))


def test_a_diverged_run_is_worse_than_any_other():
    a, b = np.array([1.0, np.nan, 3.0]), np.array([0.0, 9.0, np.inf])
    wins = [[1, 0, 0], [1, 1, 0.5], [1, 0, 0]]  # b below a, by (a, b)
    assert tests.probability_better(a, b) == pytest.approx(np.mean(wins))


def test_the_shift_is_found_through_an_outlier_and_by_pairs():
    a = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    assert tests.shift_estimate(a, a + 2.0, True) == 2.0
    assert tests.shift_estimate(a[:4], a[:4] + 2.0, False) == 2.0


def test_a_seed_in_a_long_tail_does_not_widen_the_margin():
    values = np.array([1.0, 1.1, 0.9, 1.2, 0.8, 1.05, 50.0])
    assert tests.deviation(values) < 0.3
    assert tests.deviation(np.array([2.0, 2.0, 2.0])) == 0.0
    assert tests.deviation(np.array([1.0, 3.0, np.nan])) == pytest.approx(np.sqrt(2))
    assert np.isnan(tests.deviation(np.array([np.nan, 1.0])))


def test_pairs_are_used_where_the_seed_decides_and_enough_are_there():
    generator = np.random.default_rng(3)
    seed = generator.normal(size=12)
    near, far = seed + 0.1 * generator.normal(size=12), generator.normal(size=12)
    assert tests.pair_up(seed, near, 0.01)
    assert not tests.pair_up(seed, far, 0.01)
    assert not tests.pair_up(seed[:6], near[:6], 0.01)


def test_holm_against_a_worked_example():
    assert tests.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_the_bootstrap_interval_covers_the_truth():
    generator, covered = np.random.default_rng(4), 0
    for _ in range(200):
        a, b = generator.normal(size=30), generator.normal(size=30) + 1.0
        low, high = tests.bootstrap_interval(a, b, False)
        covered += low <= 1.0 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_the_seeds_that_are_asked_for_do_decide():
    need = tests.seeds_to_decide(shift=2.0, spread=1.0, margin=1.0, alpha=0.005, inside=0.025)
    generator, passed = np.random.default_rng(5), 0
    for _ in range(300):
        a, b = generator.normal(size=need), generator.normal(size=need) + 2.0
        passed += tests.p_above(a, b, 1.0, False) <= 0.005
    assert 0.7 <= passed / 300 <= 0.92
    assert tests.seeds_to_decide(1.0, 1.0, 1.0, 0.005, 0.025) is None


@pytest.mark.parametrize("rates", [(0.0, 0.8), (0.1, 0.6)])
def test_the_seeds_that_are_asked_for_tell_rates_apart(rates):
    bad = [round(10 * rate) for rate in rates]
    need = tests.seeds_to_tell_rates(bad[0], 10, bad[1], 10, alpha=0.005)
    drawn = np.random.default_rng(6).binomial(need, rates, size=(300, 2))
    passed = np.mean([tests.p_rates(int(a), need, int(b), need) <= 0.005 for a, b in drawn])
    assert 0.65 <= passed <= 0.95
    assert tests.seeds_to_tell_rates(3, 10, 3, 10, 0.005) is None
