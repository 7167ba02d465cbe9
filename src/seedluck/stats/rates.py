"""How often the seeds of two sides fail."""

from functools import lru_cache

import numpy as np
from scipy import stats

from seedluck.stats.ranks import MOST_EXACT


@lru_cache(maxsize=4096)
def p_rates(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int) -> float:
    """Return the two-sided p-value of "a seed fails as often on either side".

    Boschloo's test (1970), which is exact; Fisher's for more than 200 runs.
    """
    table = [[bad_a, bad_b], [seeds_a - bad_a, seeds_b - bad_b]]
    if 0 in (bad_a + bad_b, seeds_a + seeds_b - bad_a - bad_b, seeds_a, seeds_b):
        return 1.0
    if seeds_a + seeds_b > 2 * MOST_EXACT:
        return float(stats.fisher_exact(table).pvalue)
    if seeds_a == seeds_b and bad_a > bad_b:  # so that rounding cannot tell the sides apart
        return p_rates(bad_b, seeds_b, bad_a, seeds_a)
    return float(stats.boschloo_exact(table).pvalue)


def smallest_p_rates(bad: int, seeds_a: int, seeds_b: int) -> float:
    """Return the smallest p-value that :func:`p_rates` can give where so many failed, on whichever side they are."""
    most_a, most_b = min(bad, seeds_a), min(bad, seeds_b)
    ways = ((most_a, bad - most_a), (bad - most_b, most_b))
    return min(p_rates(of_a, seeds_a, of_b, seeds_b) for of_a, of_b in ways)


@lru_cache(maxsize=4096)
def rates_interval(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int, level: float = 0.95) -> tuple[float, float]:
    """Return an interval of the difference in rates, b less a: Newcombe's, of two of Wilson's (1998, method 10)."""
    rates, lows, highs = [], [], []
    for bad, seeds in ((bad_a, seeds_a), (bad_b, seeds_b)):
        wilson = stats.binomtest(bad, seeds).proportion_ci(level, method="wilson")
        rates.append(bad / seeds)
        lows.append(wilson.low)
        highs.append(wilson.high)
    difference = rates[1] - rates[0]
    down = np.hypot(rates[1] - lows[1], highs[0] - rates[0])
    up = np.hypot(highs[1] - rates[1], rates[0] - lows[0])
    return float(difference - down), float(difference + up)
