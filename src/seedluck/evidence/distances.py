"""How far the weights of two trainings are apart."""

import numpy as np

from seedluck_worker.shared import weights


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest absolute difference between two arrays of the same shape.

    It is infinity if an entry is finite in one array only. Entries that are finite in neither array are ignored.
    """
    if a.size == 0:
        return 0.0
    finite = np.isfinite(a), np.isfinite(b)
    if not np.array_equal(*finite):
        return float("inf")
    both = finite[0]
    return float(np.max(np.abs(a[both].astype("float64") - b[both].astype("float64")), initial=0.0))


def matched(baseline: dict, variant: dict) -> dict[str, str]:
    """Return name in the baseline → name in the variant, of variables that are the same.

    baseline, variant: name → array, before training. As shared/weights.py has it; where names tell some apart, the
    others are matched by their places only if every one begins the same.
    """
    return weights.matched(baseline, variant, by_place=np.array_equal)
