"""Where two trainings from the same start part, held against how far one training drifts from itself.

A training is given as its checkpoints, ``{step: {variable: array}}``, in order; step counts batches, 0 is the start.
The *noise floor* is the largest distance, at a checkpoint and variable, between the baseline and copies of it whose
initial weights were moved by one unit in the last place.
"""

import numpy as np

FACTOR = 10  # times the floor: two frameworks round every step apart, a copy only its start
ROUNDING = 1e-5  # of the way that a variable has come; what float32 sums in another order amount to


def compare(baseline: dict, variant: dict, copies: list[dict]) -> dict:
    """Compare checkpoint by checkpoint; variables are matched by name, or by place where all shapes agree.

    A distance is the largest absolute difference of one entry. A checkpoint differs where that is above FACTOR times
    the floor and above ROUNDING times the farthest that the variable has been from its start, or where one side alone
    is not finite.

    Returns ``same_start``, ``identical`` (bit for bit, at every checkpoint), ``differs``, ``first`` (step, variable,
    distance, floor, times_floor; None where nothing differs), ``not_compared`` (variables of one side alone) and
    ``curve``: for each checkpoint its step, distance and floor, the largest over variables. Where the sides have no
    variable or no checkpoint in common, ``same_start`` and ``differs`` are None: nothing was compared.
    """
    names = _matched(baseline, variant)
    start = next(iter(baseline))
    alone = sorted(set(baseline[start]) - set(names)) + sorted(set(variant[start]) - set(names.values()))
    if not names or not any(step in variant for step in baseline if step != start):
        nothing = {"same_start": None, "identical": False, "differs": None, "first": None}
        return {**nothing, "not_compared": alone, "curve": []}
    curve, first, identical, same_start = [], None, True, True
    way = dict.fromkeys(names, 0.0)  # the farthest that each variable has been from its start
    for step in [step for step in baseline if step in variant]:
        worst = {"distance": 0.0, "floor": 0.0}
        for name, other in names.items():
            mine, theirs = baseline[step][name], variant[step][other]
            gap = _distance(mine, theirs)
            floor = max((_distance(mine, copy[step][name]) for copy in copies if step in copy), default=0.0)
            worst = {"distance": max(worst["distance"], gap), "floor": max(worst["floor"], floor)}
            identical = identical and np.array_equal(mine, theirs, equal_nan=True)
            if step == start:
                same_start = same_start and gap == 0
                continue
            way[name] = max(way[name], _distance(mine, baseline[start][name]))
            allowed = max(FACTOR * floor, ROUNDING * way[name])
            if first is None and gap > allowed:
                first = {"step": step, "variable": name, "distance": gap, "floor": floor}
                first["times_floor"] = gap / floor if floor else None
        curve.append({"step": step, **worst})
    return {
        "same_start": same_start,
        "identical": identical and not alone,
        "differs": first is not None,
        "first": first,
        "not_compared": alone,
        "curve": curve,
    }


def repeat(first: dict, second: dict) -> dict:
    """Two runs of the same job, as final weights (name → array): whether they agree bit for bit, and the gap."""
    gaps = {name: _distance(first[name], second[name]) for name in first}
    worst = max(gaps, key=gaps.get)
    return {
        "identical": all(np.array_equal(first[name], second[name], equal_nan=True) for name in first),
        "gap": gaps[worst],
        "variable": worst,
    }


def _matched(baseline, variant):
    """Name in the baseline → name in the variant."""
    one, other = (next(iter(side.values())) for side in (baseline, variant))
    common = {name: name for name in one if name in other and one[name].shape == other[name].shape}
    if not common and [v.shape for v in one.values()] == [v.shape for v in other.values()]:
        return dict(zip(one, other, strict=True))
    return common


def _distance(a, b):
    """The largest absolute difference; infinity where one of a pair alone is not finite, 0 where both are not."""
    if a.size == 0:
        return 0.0
    finite = np.isfinite(a), np.isfinite(b)
    if not np.array_equal(*finite):
        return float("inf")
    both = finite[0]
    return float(np.max(np.abs(a[both].astype("float64") - b[both].astype("float64")), initial=0.0))
