"""Exact rank tests: do the outcomes of one side lie above those of the other.

Pure functions on arrays. An outcome is the scenario's metric, lower being better; a run that diverged counts as
infinity, and may be given as NaN where a function says so. In pairs, a[i] and b[i] come from the same seed.
"""

from functools import lru_cache
from math import comb

import numpy as np
from scipy import optimize, special, stats

MOST_FREE = 1e6  # degrees of freedom, beyond which Student's t is the normal distribution
MOST_EXACT = 100  # numbers in both sides together; above, the normal approximation is as good


def p_above(a: np.ndarray, b: np.ndarray, shift: float = 0.0, paired: bool = False) -> float:
    """Return the one-sided p-value of "b is not above a + shift"; shapes (seeds of each side,).

    Unpaired: Wilcoxon's rank sum over all ways to deal the numbers out (Wilcoxon 1945, Mann and Whitney 1947); an
    infinity ranks as any number does. Paired: his signed ranks over all flips of signs, for finite outcomes. Both are
    exact by counting, with ties too. Under "both sides draw from one distribution" they hold their level whatever that
    distribution is.
    """
    return _signed_rank(b - a - shift) if paired else _rank_sum(a + shift, b)


def p_apart(a: np.ndarray, b: np.ndarray, paired: bool = False) -> float:
    """Return the two-sided p-value of "the sides end alike"; arguments as of :func:`p_above`."""
    return min(1.0, 2 * min(p_above(a, b, 0.0, paired), p_above(b, a, 0.0, paired)))


def smallest_p(seeds_a: int, seeds_b: int, paired: bool) -> float:
    """Return the smallest one-sided p-value that :func:`p_above` can give for so many seeds."""
    return 0.5**seeds_a if paired else 1 / comb(seeds_a + seeds_b, seeds_a)


def probability_better(a: np.ndarray, b: np.ndarray) -> float:
    """Return the probability that a run of b ends lower than one of a, ties counted half; shapes (seeds of each,).

    Diverged runs rank worst, equal among themselves. Vargha and Delaney (2000).
    """
    first, second = np.sort(_worst_last(a)), _worst_last(b)
    below = np.searchsorted(first, second, "left")
    not_above = np.searchsorted(first, second, "right")
    return float(1 - np.mean(below + not_above) / (2 * len(first)))


def placements(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Return the share of pairs in which b is above a, ties counted half, its standard error and degrees of freedom.

    The error is that of how the outcomes of each side are placed among those of the other (DeLong and others 1988), so
    that no side need be spread as the other; degrees of freedom after Brunner and Munzel (2000). a, b: shape (seeds of
    each,), two or more.
    """
    first, second = np.sort(a), np.sort(b)
    placed, parts = [], []
    for mine, others in ((first, second), (second, first)):
        places = (np.searchsorted(others, mine, "left") + np.searchsorted(others, mine, "right")) / (2 * len(others))
        placed.append(float(places.mean()))
        parts.append(float(places.var(ddof=1)) / len(mine))
    error = float(np.sqrt(sum(parts)))
    freedom = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (a, b), strict=True))
    return placed[1], error, sum(parts) ** 2 / freedom if freedom else np.inf


def probability_interval(a: np.ndarray, b: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """Return an interval of :func:`probability_better`, for independent sides; None for fewer than two seeds.

    The wider of two: Newcombe's method 5 (2006), with the variance of Hanley and McNeil (1982) at the limit itself,
    which holds also where one side is better in every pair of seeds; and by :func:`placements`, which holds where one
    side spreads further.
    """
    if min(len(a), len(b)) < 2:
        return None
    tail = (1 - level) / 2
    low, high = _score_limits(probability_better(a, b), len(a), len(b), stats.norm.isf(tail))
    above, error, degrees = placements(_worst_last(b), _worst_last(a))
    half = -special.stdtrit(min(degrees, MOST_FREE), tail) * error
    return float(max(0.0, min(low, above - half))), float(min(1.0, max(high, above + half)))


def _score_limits(seen, seeds_a, seeds_b, z):
    """Limits by Newcombe's method 5."""
    size, nearly = (seeds_a + seeds_b) / 2 - 1, 1e-12  # the estimate itself is no limit, though it may be a root

    def beyond(theta):
        spread = 1 + size * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (seen - theta) ** 2 - z**2 * theta * (1 - theta) * spread / (seeds_a * seeds_b)

    low = 0.0 if seen == 0 else optimize.brentq(beyond, 0.0, seen * (1 - nearly))
    high = 1.0 if seen == 1 else optimize.brentq(beyond, seen + nearly * (1 - seen), 1.0)
    return low, high


def distribution(seeds_a: int, seeds_b: int, paired: bool) -> np.ndarray:
    """Return P(statistic <= s) for s = 0, 1, ..., of the statistic that counts differences (pairs: averages of two
    differences) above 0, where both sides draw from one distribution without ties."""
    if paired:
        tail = _tail_of_flips(tuple(range(1, seeds_a + 1)))
    else:
        ranks = tuple(range(1, seeds_a + seeds_b + 1))
        tail = _tail_of_sums(ranks, seeds_b)[seeds_b * (seeds_b + 1) // 2 :][: seeds_a * seeds_b + 1]
    return 1 - np.append(tail[1:], 0.0)


def _worst_last(outcomes):
    return np.where(np.isfinite(outcomes), outcomes, np.inf)


def _rank_sum(a, b):
    """P(ranks of b sum to as much as seen, or more) over all ways to deal the numbers out."""
    if len(a) + len(b) > MOST_EXACT:
        return float(stats.mannwhitneyu(b, a, alternative="greater", method="asymptotic").pvalue)
    ranks = np.round(2 * stats.rankdata(np.concatenate([a, b]))).astype(int)
    return float(_tail_of_sums(tuple(sorted(ranks.tolist())), len(b))[ranks[len(a) :].sum()])


def _signed_rank(d):
    """P(ranks of the positive sum to as much as seen, or more) over all flips of signs; zeros are left out."""
    d = d[d != 0]
    if len(d) == 0:
        return 1.0
    if len(d) > 2 * MOST_EXACT:
        return float(stats.wilcoxon(d, alternative="greater", method="asymptotic").pvalue)
    ranks = np.round(2 * stats.rankdata(np.abs(d))).astype(int)
    return float(_tail_of_flips(tuple(sorted(ranks.tolist())))[ranks[d > 0].sum()])


@lru_cache(maxsize=256)
def _tail_of_sums(ranks, taken):
    """P(sum of ``taken`` of the ranks, drawn without replacement, >= s) for every s, shape (sum(ranks) + 1,)."""
    ways = np.zeros((taken + 1, sum(ranks) + 1))
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    tail = ways[taken][::-1].cumsum()[::-1]
    return tail / tail[0]


@lru_cache(maxsize=256)
def _tail_of_flips(ranks):
    """P(sum of a random subset of the ranks >= s) for every s, shape (sum(ranks) + 1,)."""
    ways = np.zeros(sum(ranks) + 1)
    ways[0] = 1
    for rank in ranks:
        ways[rank:] += ways[: len(ways) - rank].copy()
        ways /= 2
    return ways[::-1].cumsum()[::-1]
