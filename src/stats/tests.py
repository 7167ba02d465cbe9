"""Two sides' outcomes over seeds: do they differ by more than the margin, or by less, or can these seeds not tell.

Pure functions on arrays. An outcome is the scenario's metric, lower being better; a run that diverged counts as
infinity, and may be given as NaN. Where a function takes two arrays of the same length, seeds[i] gave a[i] and b[i].
"""

from functools import lru_cache
from math import comb

import numpy as np
from scipy import stats

MOST_EXACT = 100  # numbers in both sides together; above, the normal approximation is as good
PAIRED_FROM = 0.5  # Spearman's correlation across seeds
RATES_APART = 0.5  # divergence rates are called alike only if their interval stays within this


def deviation(baseline: np.ndarray) -> float:
    """Seed-to-seed deviation, float, of outcomes of shape (seeds,); NaN for fewer than two finite ones.

    The standard deviation, or 1.4826 times the median absolute deviation where that is smaller and not 0: one seed
    in a long tail would otherwise widen the margin until everything lies inside. Rousseeuw and Croux (1993).
    """
    finite = baseline[np.isfinite(baseline)]
    if len(finite) < 2:
        return float("nan")
    standard = finite.std(ddof=1)
    robust = 1.4826 * np.median(np.abs(finite - np.median(finite)))
    return float(min(standard, robust) if robust else standard)


def pair_up(a: np.ndarray, b: np.ndarray, level: float) -> bool:
    """Return whether outcomes of shape (seeds,) each are to be compared pair by pair: the seed decides part of them.

    Only where so many flips of signs leave room below the level; with fewer pairs dealing out all numbers, which
    positive correlation makes a cautious test, sees more.
    """
    both = np.isfinite(a) & np.isfinite(b)
    if 4 * 0.5 ** both.sum() > level:
        return False
    if np.array_equal(a[both], b[both]):
        return True
    if np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:
        return False
    return bool(stats.spearmanr(a[both], b[both]).statistic >= PAIRED_FROM)


def p_above(a: np.ndarray, b: np.ndarray, shift: float, paired: bool) -> float:
    """One-sided p-value of "b is not above a + shift", for finite outcomes of shape (seeds of each side,).

    Unpaired: Wilcoxon's rank sum over all ways to deal the numbers out (Wilcoxon 1945, Mann and Whitney 1947).
    Paired: his signed ranks over all flips of signs. Both exact with ties, by counting; both hold their level for
    any distribution, and lose little where tails are long.
    """
    return _signed_rank(b - a - shift) if paired else _rank_sum(a + shift, b)


def smallest_p(seeds_a: int, seeds_b: int, paired: bool) -> float:
    """Return the smallest one-sided p-value that :func:`p_above` can give for so many seeds."""
    return 0.5**seeds_a if paired else 1 / comb(seeds_a + seeds_b, seeds_a)


@lru_cache(maxsize=1024)
def p_rates(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int) -> float:
    """Two-sided p-value of "a run goes bad as often on either side" (Boschloo 1970; Fisher's test for many seeds)."""
    table = [[bad_a, bad_b], [seeds_a - bad_a, seeds_b - bad_b]]
    if 0 in (bad_a + bad_b, seeds_a + seeds_b - bad_a - bad_b, seeds_a, seeds_b):
        return 1.0
    if seeds_a + seeds_b > 2 * MOST_EXACT:
        return float(stats.fisher_exact(table).pvalue)
    return float(stats.boschloo_exact(table).pvalue)


@lru_cache(maxsize=1024)
def rates_interval(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of the difference in rates, b less a: Newcombe's hybrid of Wilson's intervals (1998, method 10)."""
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


def probability_better(a: np.ndarray, b: np.ndarray) -> float:
    """Probability that a run of b ends lower than one of a, ties counted half; outcomes of shape (seeds of each,).

    Diverged runs rank worst, equal among themselves. Vargha and Delaney (2000).
    """
    first, second = np.sort(_worst_last(a)), _worst_last(b)
    below = np.searchsorted(first, second, "left")
    not_above = np.searchsorted(first, second, "right")
    return float(1 - np.mean(below + not_above) / (2 * len(first)))


def p_ranks(a: np.ndarray, b: np.ndarray) -> float:
    """Two-sided exact permutation p-value of "the sides end alike", diverged runs ranked worst."""
    first, second = _worst_last(a), _worst_last(b)
    return min(1.0, 2 * min(_rank_sum(first, second), _rank_sum(second, first)))


def p_above_by_ranks(a: np.ndarray, b: np.ndarray) -> float:
    """One-sided exact p-value of "b is not above a", shapes (seeds of each,); infinities rank as any number does."""
    return _rank_sum(a, b)


def shift_estimate(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """By how much finite outcomes of b lie above those of a: Hodges and Lehmann's (1963) median of differences."""
    if paired:
        d = b - a
        return float(np.median(np.add.outer(d, d)[np.triu_indices(len(d))] / 2))
    return float(np.median(np.subtract.outer(b, a)))


def bootstrap_interval(a: np.ndarray, b: np.ndarray, paired: bool, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the difference of means, b less a, of finite outcomes; seeds are resampled.

    4000 resamples from a fixed generator, so that a verdict can be repeated. Efron (1979).
    """
    generator = np.random.default_rng(0)
    if paired:
        d = b - a
        means = d[generator.integers(len(d), size=(4000, len(d)))].mean(axis=1)
    else:
        means = b[generator.integers(len(b), size=(4000, len(b)))].mean(axis=1)
        means = means - a[generator.integers(len(a), size=(4000, len(a)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def seeds_to_decide(shift: float, spread: float, margin: float, alpha: float, inside: float) -> int | None:
    """About how many seeds a side would decide, with 80 % power, if the shift and spread seen are the true ones.

    alpha, inside: one-sided levels for "outside" and "inside the margin". None if the shift sits on the margin,
    or where more than 10 000 would be needed. Normal approximation of the rank test (efficiency 3/π).
    """
    gap = abs(abs(shift) - margin)
    if not (np.isfinite([gap, spread]).all() and gap > 0):
        return None
    level = alpha if abs(shift) > margin else inside
    z = stats.norm.isf(level) + stats.norm.isf(0.2)
    seeds = max(5, int(np.ceil(2 * (z * spread / gap) ** 2 * np.pi / 3)))
    return seeds if seeds <= 10_000 else None


def seeds_to_tell_rates(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int, alpha: float) -> int | None:
    """About how many seeds a side would tell the rates apart, with 80 % power, if those seen are the true ones.

    alpha: two-sided. None if both are alike, or where more than 10 000 would be needed. Normal approximation
    (Fleiss, Levin and Paik 2003, section 4.2).
    """
    rates = np.array([bad_a / seeds_a, bad_b / seeds_b])
    if rates[0] == rates[1]:
        return None
    mean = rates.mean()
    z = stats.norm.isf([alpha / 2, 0.2]) * np.sqrt([2 * mean * (1 - mean), (rates * (1 - rates)).sum()])
    seeds = max(5, int(np.ceil((z.sum() / np.diff(rates)[0]) ** 2)))
    return seeds if seeds <= 10_000 else None


def holm(p: list[float]) -> list[float]:
    """p-values adjusted for their number, in the order given (Holm 1979)."""
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = worst
    return adjusted


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


@lru_cache(maxsize=64)
def _tail_of_sums(ranks, taken):
    """P(sum of ``taken`` of the ranks, drawn without replacement, >= s) for every s, shape (sum(ranks) + 1,)."""
    ways = np.zeros((taken + 1, sum(ranks) + 1))
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    tail = ways[taken][::-1].cumsum()[::-1]
    return tail / tail[0]


@lru_cache(maxsize=64)
def _tail_of_flips(ranks):
    """P(sum of a random subset of the ranks >= s) for every s, shape (sum(ranks) + 1,)."""
    ways = np.zeros(sum(ranks) + 1)
    ways[0] = 1
    for rank in ranks:
        ways[rank:] += ways[: len(ways) - rank].copy()
        ways /= 2
    return ways[::-1].cumsum()[::-1]
