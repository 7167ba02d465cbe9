"""How many seeds would decide: whether so many do."""

import numpy as np
import pytest

from seedluck.stats import decision, power
from seedluck.stats.rates import p_rates


@pytest.mark.parametrize("shift", [0.0, 0.7, 1.5])
def test_the_seeds_that_are_asked_for_do_decide(shift):
    seeds = 8
    error = np.sqrt(2 / seeds)
    size = power.seeds_to_decide(shift, error, seeds, 1.0, decision.LEVEL, decision.INSIDE, True)
    generator, decided = np.random.default_rng(5), 0
    for _ in range(300):
        true = shift + error * generator.normal()
        a, b = generator.normal(size=(2, size))
        seen = decision.outcome(a, b + true)
        decided += decision.verdict(seen, seen["p"], [], None) != decision.INCONCLUSIVE
    assert 0.7 <= decided / 300 <= 0.95


def test_nothing_is_asked_for_where_nothing_is_known():
    assert power.seeds_to_decide(np.nan, 1.0, 5, 1.0, 0.01, 0.025, True) is None
    assert power.seeds_to_decide(0.5, 0.0, 5, 1.0, 0.01, 0.025, True) is None


@pytest.mark.parametrize("rates", [(0.0, 0.8), (0.1, 0.6)])
def test_the_seeds_that_are_asked_for_tell_rates_apart(rates):
    bad = [round(10 * rate) for rate in rates]
    need = power.seeds_to_tell_rates(bad[0], 10, bad[1], 10, level=0.005)
    drawn = np.random.default_rng(6).binomial(need, rates, size=(300, 2))
    passed = np.mean([p_rates(int(a), need, int(b), need) <= 0.005 for a, b in drawn])
    assert 0.65 <= passed <= 0.95
    assert power.seeds_to_tell_rates(3, 10, 3, 10, 0.005) is None


def test_the_shift_that_is_told_is_called_real_four_times_in_five():
    generator, real, seeds = np.random.default_rng(9), 0, 200
    error = np.sqrt(2 / seeds * np.pi / 3)  # of a shift by ranks, normal outcomes
    told = power.shift_told(error, decision.LEVEL)
    for _ in range(300):
        a, b = generator.normal(size=(2, seeds))
        real += decision.outcome(a, b + told)["p"] <= decision.LEVEL
    assert real / 300 == pytest.approx(0.8, abs=0.08)
