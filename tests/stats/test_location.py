"""Where a side ends, with intervals that cover what they say."""

import numpy as np
import pytest
from scipy import stats

from seedluck.stats import location

DRAWS = {
    "normal": lambda generator, size: generator.normal(size=size),
    "lognormal": lambda generator, size: np.exp(generator.normal(size=size)),
    "tied": lambda generator, size: generator.poisson(1.5, size=size).astype(float),
}


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("seeds", [5, 10, 30])
def test_the_median_is_covered_whatever_the_distribution_is(kind, seeds):
    generator, covered = np.random.default_rng(0), 0
    truth = np.median(DRAWS[kind](generator, 200_001))
    for _ in range(400):
        low, high = location.median_interval(DRAWS[kind](generator, seeds))
        covered += low <= truth <= high
    assert covered / 400 >= 0.92


@pytest.mark.parametrize("kind", DRAWS)
def test_the_interquartile_mean_is_covered(kind):
    generator, covered = np.random.default_rng(1), 0
    truth = location.interquartile_mean(DRAWS[kind](generator, 1_000_000))
    for _ in range(200):
        low, high = location.interquartile_mean_interval(DRAWS[kind](generator, 12))
        covered += low <= truth <= high
    assert covered / 200 >= 0.9


def test_the_interquartile_mean_is_that_of_scipy_and_needs_ten_seeds_for_an_interval():
    outcomes = np.random.default_rng(2).normal(size=9)
    assert location.interquartile_mean(outcomes) == stats.trim_mean(outcomes, 0.25)
    assert location.interquartile_mean_interval(outcomes) is None
    assert location.median_interval(outcomes[:4]) is None
