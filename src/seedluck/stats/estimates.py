"""How far two sides are apart, with intervals that cover what they say; and the margin that both determine alike.

Arrays have shape (seeds of each side,) and hold finite outcomes; in pairs, a[i] and b[i] come from the same seed.
"""

import numpy as np
from scipy import special

from seedluck.stats.differences import Differences
from seedluck.stats.ranks import MOST_EXACT, distribution, placements

ROUNDING = 1e-6  # of an outcome's size: float32 keeps seven digits, and a metric sums many numbers
NORMAL_MAD = 1.4826  # standard deviations of a normal distribution in its median absolute deviation
MANY = 1e9  # degrees of freedom where nothing is uncertain
NEAREST = 0.93  # an interval of so few seeds that it covers less is not given as one of 95 %


def variance(side: np.ndarray) -> float:
    """Return the variance of one side, or that of a normal distribution with its median absolute deviation if smaller.

    A few seeds in a long tail would otherwise widen the margin until everything lies inside (Rousseeuw and Croux 1993).
    A median absolute deviation of 0, as where most outcomes are equal, says nothing and is not taken. 0 for one seed.
    Seeds that failed are not among them: stats/failures.py.
    """
    if len(side) < 2:
        return 0.0
    robust = NORMAL_MAD * np.median(np.abs(side - np.median(side)))
    return float(min(side.var(ddof=1), robust**2) if robust else side.var(ddof=1))


def short_by(seeds: float) -> float:
    """Return the part of a normal deviation that the root of :func:`variance` is on average, as simulated."""
    return 1 - 0.38 / np.sqrt(seeds) - 0.22 / seeds


def margin(a: np.ndarray, b: np.ndarray) -> float:
    """Return one seed-to-seed deviation, of both sides together; NaN if a side has fewer than two outcomes.

    The root of the mean of both variances, of :func:`variance`. These are too small on average, as the smaller of two
    is taken; that is corrected as simulated for normal outcomes. Never below the outcomes' own rounding. The same
    whichever side comes first.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    seeds = (len(a) + len(b)) / 2
    spread = np.sqrt((variance(a) + variance(b)) / 2) / short_by(seeds)
    return float(max(spread, ROUNDING * max(abs(np.median(a)), abs(np.median(b)))))


def p_spread(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return the two-sided p-value of "the seeds of both sides spread alike"; 1 for fewer than two seeds.

    Student's or Welch's t test of how far each outcome lies from its own side's median (Brown and Forsythe 1974). Its
    level of 5 % holds as simulated: 3 to 5 % from 8 seeds on, for normal, skewed and heavy-tailed outcomes.
    """
    apart = [np.abs(side - np.median(side)) for side in (a, b)]
    if min(len(a), len(b)) < 2:
        return 1.0
    middle, error, degrees = _means(*apart, paired)
    if abs(middle) <= ROUNDING * max(np.abs(side).max() for side in (a, b)):  # what rounding makes of one spread
        return 1.0
    if not any(np.ptp(side) for side in apart):
        return 0.0
    return float(2 * special.stdtr(degrees, -abs(middle) / error)) if error else 1.0


def shift(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return by how much outcomes of b lie above those of a: the median of differences of Hodges and Lehmann (1963).

    Pairs: the median of the averages of any two differences.
    """
    return Differences(a, b, paired).median()


def tied(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return which share of the differences is equal to the median one: 0 to 1, next to 0 without ties."""
    differences = Differences(a, b, paired)
    return (differences.equal(differences.median()) - 1) / len(differences)


def shift_interval(a: np.ndarray, b: np.ndarray, paired: bool, level: float = 0.95) -> tuple[float, float] | None:
    """Return an interval of :func:`shift`; None for too few seeds.

    Its limits are two of the ordered differences. It holds all shifts that the exact rank test does not refuse (Moses
    1953; Hollander, Wolfe and Chicken 2014, sections 3.3 and 4.3), which is exact where the sides are the same but for
    the shift. Where one spreads further, that is too narrow: so for independent sides it is no narrower than by the
    variance of placements (Fligner and Policello 1981, with the degrees of freedom of Brunner and Munzel 2000). Of 5
    pairs it covers 93.75 %.
    """
    tail = (1 - level) / 2
    below = _refused_below(len(a), len(b), paired, tail)
    if below is None:
        return None
    differences = Differences(a, b, paired)
    if not paired and min(len(a), len(b)) > 1:
        below = min(below, _refused_by_placements(a, b, differences.median(), tail))
    low, high = differences.at([below, len(differences) - 1 - below])
    return float(low), float(high)


def _refused_by_placements(a, b, apart, tail):
    """How many of the smallest differences the interval leaves out, by how the sides are placed in each other."""
    _, error, degrees = placements(a, b - apart)
    if not error:
        return len(a) * len(b)
    return max(0, int(len(a) * len(b) * (0.5 + special.stdtrit(degrees, tail) * error) - 0.5))


def shift_error(a: np.ndarray, b: np.ndarray, paired: bool) -> float:
    """Return the standard error of :func:`shift`, from the width of its interval; NaN for too few seeds.

    The interval is the normal approximation's at 1.5 standard deviations of the rank statistic, or at 1 or 0.7 where
    fewer seeds allow no wider one.
    """
    if min(len(a), len(b)) < 2:
        return float("nan")
    middle, deviation = _moments(len(a), len(b), paired)
    for wide in (1.5, 1.0, 0.7):
        if (low := middle - wide * deviation - 0.5) >= 0:
            break
    place, part = divmod(max(low, 0.0), 1.0)
    differences = Differences(a, b, paired)
    places = np.array([int(place), int(place) + 1])
    lowest, highest = differences.at([*places, *(len(differences) - 1 - places)]).reshape(2, 2)
    widths = highest - lowest
    return float((widths[0] * (1 - part) + widths[1] * part) / (2 * wide))


def mean_interval(a: np.ndarray, b: np.ndarray, paired: bool, level: float = 0.95) -> tuple[float, float] | None:
    """Return an interval of the difference of means, b less a, by Student's t; None for fewer than two seeds.

    Unpaired with Welch's degrees of freedom (1947). Exact for normal outcomes, in pairs; near it otherwise.
    """
    if min(len(a), len(b)) < 2:
        return None
    middle, error, degrees = _means(a, b, paired)
    half = -special.stdtrit(degrees, (1 - level) / 2) * error
    return float(middle - half), float(middle + half)


def p_means_within(a: np.ndarray, b: np.ndarray, margin: float, paired: bool) -> float:
    """Return the p-value of "the means are a margin apart, or more", by Student's or Welch's t; 1 for one seed."""
    if min(len(a), len(b)) < 2:
        return 1.0
    middle, error, degrees = _means(a, b, paired)
    if not error:
        return float(abs(middle) >= margin)
    return float(special.stdtr(degrees, (abs(middle) - margin) / error))


def shift_of_means(a: np.ndarray, b: np.ndarray, paired: bool) -> tuple[float, float]:
    """Return the difference of means, b less a, and its standard error; for two seeds or more."""
    return _means(a, b, paired)[:2]


def _means(a, b, paired):
    """The difference of means, its standard error and the degrees of freedom of its t distribution."""
    middle = float(b.mean() - a.mean())
    if paired:
        return middle, float(np.std(b - a, ddof=1) / np.sqrt(len(a))), len(a) - 1
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    error = float(np.sqrt(parts.sum()))
    degrees = parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if error else MANY
    return middle, error, degrees


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return the correlation of pairs, with the variance of both sides together; 0 where nothing varies."""
    of_both = (a.var(ddof=1) + b.var(ddof=1)) / 2
    together = ((a - a.mean()) * (b - b.mean())).sum() / (len(a) - 1)
    return float(np.clip(together / of_both, -1, 1)) if of_both else 0.0


def _moments(seeds_a, seeds_b, paired):
    """Mean and deviation of the rank statistic where both sides draw from one distribution."""
    if paired:
        return seeds_a * (seeds_a + 1) / 4, np.sqrt(seeds_a * (seeds_a + 1) * (2 * seeds_a + 1) / 24)
    return seeds_a * seeds_b / 2, np.sqrt(seeds_a * seeds_b * (seeds_a + seeds_b + 1) / 12)


def _refused_below(seeds_a, seeds_b, paired, tail):
    """How many of the smallest differences the interval leaves out; None where not even the whole range covers."""
    if seeds_a + seeds_b > MOST_EXACT:
        middle, deviation = _moments(seeds_a, seeds_b, paired)
        return max(0, int(middle - 0.5 + special.ndtri(tail) * deviation))
    lower = distribution(seeds_a, seeds_b, paired)
    below = int((lower <= tail).sum())
    if below == 0 and 2 * lower[0] > 1 - NEAREST:
        return None
    return max(0, below - 1) if lower[0] <= tail else 0
