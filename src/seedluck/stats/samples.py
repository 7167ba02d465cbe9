"""What few seeds would have shown, told by many: samples drawn from the outcomes of many seeds."""

import warnings

import numpy as np
from scipy import stats

DRAWS = 4000  # samples; a share of 5 % is then known to 0.7 %, as a 95 % interval
LEVEL = 0.05
TAIL = 0.01


def misled(a: np.ndarray, b: np.ndarray, size: int) -> dict | None:
    """Return how often so few seeds a side would have misled; None where there are too few to draw from.

    ``other_way``: the share of samples whose means stand in the other order than those of all.
    ``called_different``: the share that Welch's t (1947) calls different at 5 %. a, b: outcomes of shape (seeds,);
    those not finite are left out. Samples are drawn without replacement, each side by itself, the same ones every time.
    """
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if min(len(a), len(b)) < 10 * size:
        return None
    generator = np.random.default_rng(0)
    drawn = [side[_places(generator, len(side), size)] for side in (a, b)]
    apart = drawn[1].mean(1) - drawn[0].mean(1)
    whole = b.mean() - a.mean()
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)  # of samples whose numbers are all the same
        p = stats.ttest_ind(*drawn, axis=1, equal_var=False).pvalue
    return {
        "other_way": float(np.mean(np.sign(apart) == -np.sign(whole))) if whole else None,
        "called_different": float(np.mean(p <= LEVEL)),
    }


def tail(losses: np.ndarray) -> float:
    """Return where the worst hundredth begins; infinity where so many diverged.

    losses: of shape (seeds,), lower is better, NaN or infinity: diverged.
    """
    ordered = np.sort(np.where(np.isfinite(losses), losses, np.inf))
    return float(ordered[int((1 - TAIL) * len(ordered))])


def _places(generator, seeds, size):
    """Places of samples without replacement, shape (DRAWS, size): those that name one twice are drawn again."""
    places = generator.integers(seeds, size=(DRAWS, size))
    while (twice := (np.diff(np.sort(places, axis=1), axis=1) == 0).any(axis=1)).any():
        places[twice] = generator.integers(seeds, size=(twice.sum(), size))
    return places


def standing(mine: np.ndarray, among: np.ndarray) -> dict:
    """Return where outcomes stand in a distribution; lower is better, and NaN the worst.

    mine: shape (runs,). among: shape (seeds,). ``better``, ``same``, ``worse``: how many of ``among`` end so, held
    against the mean of mine. ``as_good``: the chance that as many runs drawn from ``among``, with replacement, are at
    least as good on average: exact for one run, else of samples, of which the observed one counts as one (Phipson and
    Smyth 2010).
    """
    among = np.where(np.isfinite(among), among, np.inf)
    here = float(np.mean(np.where(np.isfinite(mine), mine, np.inf)))
    told = {"better": int((among < here).sum()), "same": int((among == here).sum()), "worse": int((among > here).sum())}
    if len(mine) == 1:
        return {**told, "as_good": (told["better"] + told["same"]) / len(among)}
    drawn = np.random.default_rng(0).choice(among, (DRAWS, len(mine))).mean(1)
    return {**told, "as_good": float((1 + (drawn <= here).sum()) / (1 + DRAWS))}
