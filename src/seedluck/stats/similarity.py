"""Which of two known sides does a third configuration train like, and how much of their difference is gone.

Pure functions on arrays: the question behind every test of a search. An outcome is any number; infinity, or NaN, stands
for a run that diverged and ranks worst.
"""

import numpy as np
from scipy import special

from seedluck.stats.estimates import shift, short_by, variance
from seedluck.stats.ranks import p_above

LEVEL = 0.002  # one-sided, of one test against one side, over all its looks
SHARES = (0.5, 0.2, 0.1, 0.1, 0.1)  # of the level, look by look
DOUBT = 0.015  # one-sided; what is nearly told apart from a side is not called like it
NEAR = 0.25  # of the way from one side to the other
MOST = 0.1  # of the way: who is so near has nine tenths of the difference behind, told apart or not
TOLD_APART = 0.05  # two-sided; of a side from which the seeds cannot tell it, no part of the way is left
ROBUST_FROM = 8  # seeds, from which on the spread of one is told by medians
RANKS = np.pi / 3  # variance of a shift by ranks, in those of the mean of normal outcomes
GOOD, BAD, NEITHER, UNKNOWN, REFUSED = "good", "bad", "neither", "unknown", "cannot_run"


def resembles(good: np.ndarray, bad: np.ndarray, seen: np.ndarray, look: int, whole: bool = False) -> dict:
    """Compare outcomes of shape (seeds of each,) with both sides'; look: counts the looks at ``seen``, 1 to 5.

    Two exact one-sided rank sum tests (Wilcoxon 1945): ``p_bad`` of "no nearer to good than the bad side", ``p_good``
    of "no nearer to bad than the good side", each against this look's share of the level, so that looking again keeps
    it. ``way`` is how far it lies from good (0) to bad (1), ``way_interval`` its 95 % interval; see :func:`way`.
    ``share`` is the part of the difference that is gone, from 0 to 1, with ``share_interval``. ``state``:

    - ``good``: told apart from the bad side, and either not from the good one and within a quarter of the way from it;
      or within a tenth of the way, and within a quarter for sure;
    - ``bad``: the same the other way round, and what is worse still;
    - ``neither``: told apart from both, in between or on the far side of the good one;
    - ``unknown``: these seeds cannot tell yet.

    whole: only the first of the two ways to be ``good`` or ``bad`` counts, so that the last tenth matters too.
    """
    good, bad, seen = (np.where(np.isfinite(side), side, np.inf) for side in (good, bad, seen))
    if _centre(good, bad)(bad) < _centre(good, bad)(good):
        good, bad, seen = -good, -bad, -seen
    p_bad, p_good = p_above(seen, bad), p_above(good, seen)
    gone, (low, high) = way(good, bad, seen)
    level = LEVEL * SHARES[look - 1]
    not_bad, not_good = p_bad <= level, p_good <= level
    beyond = gone < -NEAR and p_above(seen, good) <= level
    nearly_good = not whole and not_bad and abs(gone) <= MOST and low >= -NEAR and high <= NEAR
    nearly_bad = not whole and not_good and abs(1 - gone) <= MOST and low >= 1 - NEAR
    state = UNKNOWN
    if nearly_good:
        state = GOOD
    elif nearly_bad:
        state = BAD
    elif not_bad and (not_good or beyond):
        state = NEITHER
    elif not_bad and gone <= NEAR and p_good > DOUBT:
        state = GOOD
    elif not_good and gone >= 1 - NEAR and p_bad > DOUBT:
        state = BAD
    return {
        "state": state,
        "p_bad": p_bad,
        "p_good": p_good,
        "way": gone,
        "way_interval": (low, high),
        **_share(gone, (low, high), p_good, p_bad),
    }


def way(good: np.ndarray, bad: np.ndarray, seen: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Return how far ``seen`` lies from good (0) to bad (1), and a 95 % interval; infinities rank worst.

    The ratio of two shifts by Hodges and Lehmann (1963), or of two differences of means where ties leave no shift; its
    variance by the delta method. Where a side has diverged for the most part, it is 0 or 1 without an interval: to
    diverge or not to is the whole way. Not a number where the sides have nothing between them.
    """
    middles = [float(np.median(side)) for side in (good, bad, seen)]
    if not np.isfinite(middles).all():
        there = float(_without_numbers(*middles))
        return there, (there, there)
    sides = [side[np.isfinite(side)] for side in (good, bad, seen)]
    between, apart = shift(sides[0], sides[2], False), shift(sides[0], sides[1], False)
    spreads = [_variance(side) * RANKS for side in sides]
    if apart == 0 or _binary(*sides):
        means = [side.mean() for side in sides]
        between, apart = means[2] - means[0], means[1] - means[0]
        spreads = [_of_rate(side) if _binary(*sides) else side.var(ddof=1) for side in sides]
    if apart == 0:
        return np.nan, (np.nan, np.nan)
    gone = between / apart
    weights = ((1 - gone) ** 2, gone**2, 1.0)
    parts = [spread * weight / len(side) for spread, weight, side in zip(spreads, weights, sides, strict=True)]
    freedom = sum(part**2 / max(1, len(side) - 1) for part, side in zip(parts, sides, strict=True))
    degrees = sum(parts) ** 2 / freedom if freedom else len(seen)  # Welch's: the few seeds of ``seen`` count for most
    half = -special.stdtrit(degrees, 0.025) * np.sqrt(sum(parts)) / abs(apart)
    return float(gone), (float(gone - half), float(gone + half))


def _variance(side):
    """The variance of a side, its bias corrected; of few seeds the plain one, since a median of so few says little."""
    if len(side) < ROBUST_FROM:
        return float(side.var(ddof=1)) if len(side) > 1 else 0.0
    return variance(side) / short_by(len(side)) ** 2


def nearer_good(good: np.ndarray, bad: np.ndarray, seen: np.ndarray) -> int:
    """Return how many of ``seen`` are nearer to the centre of ``good`` than of ``bad``; each of shape (seeds,)."""
    good, bad, seen = (np.where(np.isfinite(side), side, np.inf) for side in (good, bad, seen))
    a, b = map(_centre(good, bad, seen), (good, bad))
    if np.isinf(a) or np.isinf(b):  # then to be finite, or not to be, is what counts
        return int((np.isinf(seen) if np.isinf(a) else np.isfinite(seen)).sum())
    return int((np.abs(seen - a) < np.abs(seen - b)).sum())


def effect(good: np.ndarray, bad: np.ndarray) -> float:
    """Return how many deviations of one seed the sides are apart; infinity if a side diverged or nothing varies.

    By their centres, or where that is less by how often a seed of one is above a seed of the other: of normal outcomes
    that are d apart, with a chance of Phi(d / sqrt 2). A side that ends in several places may have a centre far from
    the other's, and overlap with it all the same.
    """
    good, bad = (np.where(np.isfinite(side), side, np.inf) for side in (good, bad))
    centre = _centre(good, bad)
    apart = abs(centre(bad) - centre(good))
    if not np.isfinite(apart):
        return float("inf")
    spread = np.mean([variance(side[np.isfinite(side)]) for side in (good, bad)])
    by_centres = float(apart / np.sqrt(spread)) if spread else float("inf")
    if _binary(good, bad):  # rates say it all
        return by_centres
    above = (good[:, None] < bad).mean() + (good[:, None] == bad).mean() / 2
    by_ranks = float(np.sqrt(2) * special.ndtri(max(above, 1 - above)))
    return min(by_centres, by_ranks)


def _share(gone, interval, p_good, p_bad):
    """The part of the difference that is gone. All, or none, where the seeds cannot tell from one side, but from the
    other; the interval tells what else it may be."""
    if np.isnan(gone):
        return {"share": None, "share_interval": None}
    low, high = (float(np.clip(1 - end, 0, 1)) for end in interval[::-1])
    share = float(np.clip(1 - gone, 0, 1))
    if 2 * p_bad <= TOLD_APART < 2 * p_good:
        share = high = 1.0
    elif 2 * p_good <= TOLD_APART < 2 * p_bad:
        share = low = 0.0
    return {"share": share, "share_interval": (low, high)}


def _binary(*sides):
    return bool(np.isin(np.concatenate(sides), (-1, 0, 1)).all())


def _centre(good, bad, *others):
    """The median; the mean where medians say nothing: of zeros and ones, and where both sides have the same one."""
    finite = np.isfinite(np.concatenate([good, bad])).all()
    return np.mean if _binary(good, bad, *others) or (finite and np.median(good) == np.median(bad)) else np.median


def _of_rate(side):
    """The variance of zeros and ones, never quite 0: none of ten is not never (Agresti and Coull 1998)."""
    rate = (np.abs(side).sum() + 1) / (len(side) + 2)
    return rate * (1 - rate)


def _without_numbers(good, bad, seen):
    """The way where a median is infinite."""
    if good == bad:
        return seen != good
    if np.isinf(good):
        return np.isfinite(seen)
    if np.isinf(bad):
        return np.isinf(seen)
    return np.sign(seen) * np.inf
