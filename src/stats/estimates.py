"""How far two sides are apart, with intervals that cover what they say; and the margin that both determine alike.

Arrays have shape (seeds of each side,) and hold finite outcomes; in pairs, a[i] and b[i] come from the same seed.
"""

import numpy as np
from scipy import stats

from src.stats.ranks import MOST_EXACT, distribution

ROUNDING = 1e-6  # of an outcome's size: float32 keeps seven digits, and a metric sums many numbers
NORMAL_MAD = 1.4826  # standard deviations of a normal distribution in its median absolute deviation
NEAREST = 0.93  # an interval of so few seeds that it covers less is not given as one of 95 %


def margin(a: np.ndarray, b: np.ndarray) -> float:
    """Return one seed-to-seed deviation, of both sides together; NaN if a side has fewer than two outcomes.

    Of the outcomes' distances from their own side's centre, the standard deviation, or 1.4826 times the median where
    that is smaller and not 0: a few seeds in a long tail would otherwise widen the margin until everything lies inside
    (Rousseeuw and Croux 1993). The smaller of the two is too small on average, and is corrected for that as simulated
    for normal outcomes. Never below the outcomes' own rounding. The same whichever side comes first.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    seeds = (len(a) + len(b)) / 2
    variance = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)
    distances = np.concatenate([np.abs(a - np.median(a)), np.abs(b - np.median(b))])
    robust = NORMAL_MAD * np.median(distances) * np.sqrt(seeds / (seeds - 1))
    spread = min(np.sqrt(variance), robust) if robust else np.sqrt(variance)
    rounding = ROUNDING * max(abs(np.median(a)), abs(np.median(b)))
    return float(max(spread / (1 - 0.25 / np.sqrt(seeds) - 0.43 / seeds), rounding))


def shift(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return by how much outcomes of b lie above those of a: the median of differences of Hodges and Lehmann (1963).

    Pairs: the median of the averages of any two differences.
    """
    return float(np.median(_differences(a, b, paired)))


def shift_interval(a: np.ndarray, b: np.ndarray, paired: bool, level: float = 0.95) -> tuple[float, float] | None:
    """Return the interval of all shifts that the exact rank test does not refuse; None for too few seeds.

    Its limits are two of the ordered differences (Moses 1953; Hollander, Wolfe and Chicken 2014, sections 3.3 and 4.3).
    It covers a shift at the level it says whatever the distribution of outcomes is. Of 5 pairs it covers 93.75 %.
    """
    ordered = np.sort(_differences(a, b, paired))
    below = _refused_below(len(a), len(b), paired, (1 - level) / 2)
    if below is None:
        return None
    return float(ordered[below]), float(ordered[len(ordered) - 1 - below])


def shift_error(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return the standard error of :func:`shift`, from the width of its interval; NaN for too few seeds.

    The interval is the normal approximation's at 1.5 standard deviations of the rank statistic, or at 1 or 0.7 where
    fewer seeds allow no wider one.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    ordered = np.sort(_differences(a, b, paired))
    middle, deviation = _moments(len(a), len(b), paired)
    for wide in (1.5, 1.0, 0.7):
        if (low := middle - wide * deviation - 0.5) >= 0:
            break
    place, part = divmod(max(low, 0.0), 1.0)
    widths = (ordered[::-1] - ordered)[[int(place), int(place) + 1]]
    return float((widths[0] * (1 - part) + widths[1] * part) / (2 * wide))


def mean_interval(a: np.ndarray, b: np.ndarray, paired: bool, level: float = 0.95) -> tuple[float, float] | None:
    """Return an interval of the difference of means, b less a, by Student's t; None for fewer than two seeds.

    Unpaired with Welch's degrees of freedom (1947). Exact for normal outcomes, in pairs; near it otherwise.
    """
    if min(len(a), len(b)) < 2:
        return None
    if paired:
        error, degrees = np.std(b - a, ddof=1) / np.sqrt(len(a)), len(a) - 1
    else:
        parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
        error = np.sqrt(parts.sum())
        degrees = parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if error else np.inf
    half = stats.t.isf((1 - level) / 2, degrees) * error
    middle = b.mean() - a.mean()
    return float(middle - half), float(middle + half)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return the correlation of pairs, with the variance of both sides together; 0 where nothing varies."""
    variance = (a.var(ddof=1) + b.var(ddof=1)) / 2
    together = ((a - a.mean()) * (b - b.mean())).sum() / (len(a) - 1)
    return float(np.clip(together / variance, -1, 1)) if variance else 0.0


def _differences(a, b, paired):
    if not paired:
        return np.subtract.outer(b, a).ravel()
    d = b - a
    return (np.add.outer(d, d) / 2)[np.triu_indices(len(d))]


def _moments(seeds_a, seeds_b, paired):
    """Mean and deviation of the rank statistic where both sides draw from one distribution."""
    if paired:
        return seeds_a * (seeds_a + 1) / 4, np.sqrt(seeds_a * (seeds_a + 1) * (2 * seeds_a + 1) / 24)
    return seeds_a * seeds_b / 2, np.sqrt(seeds_a * seeds_b * (seeds_a + seeds_b + 1) / 12)


def _refused_below(seeds_a, seeds_b, paired, tail):
    """How many of the smallest differences the interval leaves out; None where not even the whole range covers."""
    if seeds_a + seeds_b > MOST_EXACT:
        middle, deviation = _moments(seeds_a, seeds_b, paired)
        return max(0, int(middle - 0.5 + stats.norm.ppf(tail) * deviation))
    lower = distribution(seeds_a, seeds_b, paired)
    below = int((lower <= tail).sum())
    if below == 0 and 2 * lower[0] > 1 - NEAREST:
        return None
    return max(0, below - 1) if lower[0] <= tail else 0
