"""Which of two known sides does a third configuration train like: the question behind every test of a search.

Pure functions on arrays. An outcome is any number; infinity, or NaN, stands for a run that diverged and ranks worst.
"""

import numpy as np

from src.stats.tests import p_above_by_ranks

LEVEL = 0.002  # one-sided, of one test against one side, over all its looks
SHARES = (0.5, 0.3, 0.2)  # of the level, look by look
DOUBT = 0.005  # one-sided; what is nearly told apart from a side is not called like it
NEAR = 0.25  # of the way from one side's median to the other's
GOOD, BAD, NEITHER, UNKNOWN, REFUSED = "good", "bad", "neither", "unknown", "cannot_run"


def resembles(good: np.ndarray, bad: np.ndarray, seen: np.ndarray, look: int) -> dict:
    """Compare outcomes of shape (seeds of each,) with both sides'; look: counts the looks at ``seen``, 1 to 3.

    Two exact one-sided rank sum tests (Wilcoxon 1945): ``p_bad`` of "no nearer to good than the bad side", ``p_good``
    of "no nearer to bad than the good side", each against this look's share of the level, so that looking again keeps
    it. ``way`` is how far the median (of zeros and ones the mean) lies from good (0) to bad (1). The key ``state``:

    - ``good``: told apart from the bad side alone, and within a quarter of the way from the good one;
    - ``bad``: the same the other way round, and what is worse still;
    - ``neither``: told apart from both, in between or on the far side of the good one;
    - ``unknown``: these seeds cannot tell yet.
    """
    good, bad, seen = (np.where(np.isfinite(side), side, np.inf) for side in (good, bad, seen))
    centre = _centre(good, bad, seen)
    if centre(bad) < centre(good):
        good, bad, seen = -good, -bad, -seen
    p_bad, p_good = p_above_by_ranks(seen, bad), p_above_by_ranks(good, seen)
    way, level = _way(*map(centre, (good, bad, seen))), LEVEL * SHARES[look - 1]
    not_bad, not_good = p_bad <= level, p_good <= level
    beyond = way < -NEAR and p_above_by_ranks(seen, good) <= level
    state = UNKNOWN
    if not_bad and (not_good or beyond):
        state = NEITHER
    elif not_bad and way <= NEAR and p_good > DOUBT:
        state = GOOD
    elif not_good and way >= 1 - NEAR and p_bad > DOUBT:
        state = BAD
    return {"state": state, "p_bad": p_bad, "p_good": p_good, "way": way}


def nearer_good(good: np.ndarray, bad: np.ndarray, seen: np.ndarray) -> int:
    """Return how many of ``seen`` are nearer to the centre of ``good`` than of ``bad``; each of shape (seeds,)."""
    good, bad, seen = (np.where(np.isfinite(side), side, np.inf) for side in (good, bad, seen))
    a, b = map(_centre(good, bad, seen), (good, bad))
    if np.isinf(a) or np.isinf(b):  # then to be finite, or not to be, is what counts
        return int((np.isinf(seen) if np.isinf(a) else np.isfinite(seen)).sum())
    return int((np.abs(seen - a) < np.abs(seen - b)).sum())


def _centre(*sides):
    """The median; of zeros and ones the mean, since their median says nothing where both sides have some of each."""
    return np.mean if np.isin(np.concatenate(sides), (-1, 0, 1)).all() else np.median


def _way(good, bad, seen):
    if good == bad:
        return float(seen != good)
    if np.isinf(good):
        return float(np.isfinite(seen))
    if np.isinf(bad):
        return float(np.isinf(seen))
    return float((seen - good) / (bad - good)) if np.isfinite(seen) else float(np.sign(seen) * np.inf)
