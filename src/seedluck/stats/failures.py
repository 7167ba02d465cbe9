"""Which seeds failed: those that are not finite, and those that end apart from the bulk of both sides together.

Outcomes have shape (seeds of each side,), lower being better. One notion for all: whether a seed ends at NaN, at 1e30
or eight deviations out, it counts once, by the exact test of rates, and takes no part in margin, means or shift.
"""

import numpy as np

NORMAL_MAD = 1.4826  # standard deviations of a normal distribution in its median absolute deviation
ROUNDING = 1e-6  # of an outcome's size; outcomes nearer than that are one value
FAR, FAR_OF_FEW = 4.0, 25.0  # deviations out that a seed must lie at least, and how many more, divided by the seeds
JUMP, JUMP_ALONE = 1.5, 2.5  # times as far out as the farthest of the bulk; more is asked of a seed that is alone there
MOST = 1 / 3  # of all that are finite; where more lie apart, that is another way to end and no failure
BY_FAR = 50.0  # times as far behind the limit of convergence as the seeds that converged lie before it
FEWEST = 4  # finite outcomes, of both sides together, below which there is no bulk


def failed(a: np.ndarray, b: np.ndarray, limit: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return for each side which seeds failed: two arrays of bool, shapes (seeds of each side,).

    A seed failed if its outcome is not finite; or lies far behind ``limit``, below which an outcome has converged; or
    if, of both sides together, it belongs to a minority that is set apart from all others by a gap: at most a third of
    the finite ones, 4 + 25 / seeds robust deviations from the median, and 1.5 times as far from it as the farthest of
    the others (a single one 2.5, two 1.6 times: a long tail often has a gap before its last seed, and rarely before its
    third). A whole side that lies elsewhere is shifted, and has not failed. The robust deviation is that of a normal
    distribution with the same median absolute deviation (the identifier of Hampel 1974; of few seeds it is itself
    uncertain, so that more is asked: of normal outcomes about 1 sweep in 100 has a failure). Where most outcomes are
    equal it is the smallest difference between any two, and where there are only two values, the rare one has failed.

    Which seeds fail depends on all outcomes together and hardly on whose they are. So under "both sides draw from one
    distribution" they are dealt out at random, and tests of their rates, and of the others, hold their levels.
    """
    sides = [np.asarray(side, float) for side in (a, b)]
    every = np.concatenate(sides)
    finite = np.isfinite(every)
    bad = ~finite
    apart = np.zeros(len(every), bool)
    apart[finite] = _apart(every[finite])
    of_first = np.arange(len(every)) < len(sides[0])
    for of_side in (of_first, ~of_first):  # a whole side that lies elsewhere is shifted, and has not failed
        if (of_side & finite).any() and apart[of_side & finite].all():
            apart[:] = False
    bad |= apart
    bad[finite] |= _behind(every[finite], limit)
    return bad[of_first], bad[~of_first]


def _apart(values):
    """Which finite outcomes are set apart from the bulk, and are few."""
    if len(values) < FEWEST:
        return np.zeros(len(values), bool)
    middle = np.median(values)
    away = np.abs(values - middle)
    deviation = _deviation(values, away, middle)
    order = np.argsort(away, kind="stable")
    apart = away[order]
    nearer = np.concatenate([[0.0], apart[:-1]])
    beyond = len(values) - np.arange(len(values))  # how many would have failed, were the gap before each of them
    jump = np.maximum(JUMP, JUMP_ALONE ** (1 / beyond))
    gap = (apart > (FAR + FAR_OF_FEW / len(values)) * deviation) & (apart >= jump * nearer)
    gap &= beyond <= MOST * len(values)  # a gap before more of them leads to another way to end
    far = np.zeros(len(values), bool)
    if gap.any():
        far[order[np.argmax(gap) :]] = True
    return far


def _deviation(values, away, middle):
    """The robust deviation of outcomes; where most are equal, what tells two of them apart at least."""
    least = ROUNDING * abs(middle)
    robust = NORMAL_MAD * np.median(away)
    if robust > least:
        return robust
    gaps = np.diff(np.sort(values))
    gaps = gaps[gaps > max(least, 0.0)]
    return float(gaps.min()) if len(gaps) > 1 else least


def _behind(values, limit):
    """Which finite outcomes lie far behind the limit of convergence, measured by those that converged."""
    converged = values[values < limit] if limit is not None else values[:0]
    if len(converged) < FEWEST - 1:
        return np.zeros(len(values), bool)
    middle = np.median(converged)
    ruler = max(limit - middle, _deviation(converged, np.abs(converged - middle), middle))
    return values - limit > BY_FAR * ruler
