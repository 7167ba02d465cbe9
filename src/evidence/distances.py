"""How far the weights of two trainings are apart."""

import numpy as np


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

    baseline, variant: name → array, before training. Matched by name, or by place where no name agrees and all shapes
    do. What is left is matched by place where all shapes agree and every one begins the same.
    """
    common = {name: name for name in baseline if name in variant and baseline[name].shape == variant[name].shape}
    mine, others = ([name for name in side if name not in common] for side in (baseline, variant))
    alike = [baseline[name].shape for name in mine] == [variant[name].shape for name in others]
    pairs = list(zip(mine, others, strict=alike))
    if alike and (not common or all(np.array_equal(baseline[a], variant[b]) for a, b in pairs)):
        common.update(pairs)
    return common
