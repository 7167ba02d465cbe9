"""From evidence to a verdict: the table of the design, with every level written down.

A difference is called real at 1 % over all comparisons of a sweep together (Holm), and called small where both
one-sided tests against the margin pass at 2.5 % (two one-sided tests, Schuirmann 1987). The first of these bounds
holds whatever the margin is, since a test against a margin passes more rarely than one against 0.
"""

import numpy as np

from src.stats import tests

ALPHA = 0.01  # of all comparisons together: how often a sweep of nothing may end in true_bug
INSIDE = 0.025  # one-sided, each
VERDICTS = ("true_bug", "seed_luck", "benign_difference", "inconclusive")


def spent(look: int) -> float:
    """Return the share of a level that the look of this number, from 1, may use: 1/2, 1/6, 1/12, ... which sum to 1.

    By the union bound a sweep may so be judged after every round, and stopped at any, and the level still holds.
    """
    return 1 / (look * (look + 1))


def outcome(
    a: np.ndarray, b: np.ndarray, margin: float | None = None, alpha: float = ALPHA, inside: float = INSIDE
) -> dict:
    """Return what outcomes over seeds show. a, b: shape (seeds,), paired by place; NaN or infinity: diverged.

    margin: in the metric's units; None: one seed-to-seed deviation of a. alpha: two-sided, of this comparison; a test
    that so many seeds cannot pass at it is not run. inside: one-sided. The key ``p`` is the p-value of "no more than
    the margin apart and diverging as often", ``inside`` whether they are shown to be no further apart.
    """
    finite_a, finite_b = np.isfinite(a), np.isfinite(b)
    bad = (int((~finite_a).sum()), len(a), int((~finite_b).sum()), len(b))
    questions = 1 + (bad[0] + bad[2] > 0)
    paired = tests.pair_up(a, b, alpha / questions)
    x, y = (a[finite_a & finite_b], b[finite_a & finite_b]) if paired else (a[finite_a], b[finite_b])
    margin = tests.deviation(a) if margin is None else margin
    smallest = tests.smallest_p(len(x), len(y), paired)
    p_outside = p_inside = p_diverged = None
    if len(x) and len(y) and np.isfinite(margin):
        if 2 * smallest * questions <= alpha:
            p_outside = min(1.0, 2 * min(tests.p_above(*sides, margin, paired) for sides in ((x, y), (y, x))))
        if paired and np.array_equal(x, y):
            p_inside = 0.0
        elif smallest <= inside:
            p_inside = max(tests.p_above(*sides, -margin, paired) for sides in ((x, y), (y, x)))
    if bad[0] + bad[2]:
        p_diverged = tests.p_rates(*bad)
    # Each of the two tests has its half of the level also where the other could not be run: what is run must not
    # depend on how the runs were dealt out.
    run = [p for p in (p_outside, p_diverged) if p is not None]
    rates_alike = not bad[0] + bad[2] or max(map(abs, tests.rates_interval(*bad))) <= tests.RATES_APART
    return {
        "seeds": len(a),
        "diverged": [bad[0], bad[2]],
        "paired": paired,
        "margin": margin,
        "smallest_p": 2 * smallest,
        "p_outside": p_outside,
        "p_inside": p_inside,
        "p_diverged": p_diverged,
        "p": min(1.0, questions * min(run)) if run else 1.0,
        "inside": bool(p_inside is not None and p_inside <= inside and rates_alike),
    }


def described(a: np.ndarray, b: np.ndarray, paired: bool) -> dict:
    """Return what a reader wants to see beside the tests; a, b: shape (seeds,), NaN or infinity: diverged."""
    both = np.isfinite(a) & np.isfinite(b)
    x, y = (a[both], b[both]) if paired else (a[np.isfinite(a)], b[np.isfinite(b)])
    some, several = min(len(x), len(y)) > 0, min(len(x), len(y)) > 1
    return {
        "p_ranks": tests.p_ranks(a, b),
        "probability_variant_better": tests.probability_better(a, b),
        "shift": tests.shift_estimate(x, y, paired) if some else None,
        "interval": tests.bootstrap_interval(x, y, paired) if several else None,
    }


def invariants_differ(baseline: dict, variant: dict) -> list[str]:
    """Names of invariants that hold in every run of one side and are broken in every run of the other.

    baseline, variant: name → list of whether it held, one entry a run.
    """
    return [
        name
        for name in baseline
        if baseline[name]
        and variant.get(name)
        and ((all(baseline[name]) and not any(variant[name])) or (not any(baseline[name]) and all(variant[name])))
    ]


def verdict(adjusted_p: float, inside: bool, broken: list[str], replay: dict | None, alpha: float = ALPHA) -> str:
    """Return the verdict on one comparison.

    adjusted_p: ``outcome(...)["p"]`` after Holm. inside: whether the sides are shown to be inside the margin.
    broken: of :func:`invariants_differ`. replay: of src/evidence/replay.py; None if none was made.
    """
    if broken or adjusted_p <= alpha:
        return "true_bug"
    if inside:
        return "benign_difference" if replay and replay["differs"] else "seed_luck"
    if replay and replay["identical"] and replay["all_held"]:
        return "seed_luck"
    return "inconclusive"
