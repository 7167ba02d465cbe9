"""From outcomes over seeds, and what else was seen, to a verdict: the table of the design, with every level.

Three questions, each with its own level: is there a difference at all (exact tests against zero), is it shown to be
within the margin, and does anything speak against "it is only the seeds". No answer depends on which side comes first.
"""

import numpy as np

from src.stats.equivalence import p_within_estimated, p_within_given
from src.stats.estimates import margin as seed_to_seed
from src.stats.estimates import mean_interval, p_spread, shift, shift_error, shift_interval
from src.stats.ranks import p_apart, probability_better, smallest_p
from src.stats.rates import p_rates, rates_interval

LEVEL = 0.01  # of all comparisons together: how often a sweep of nothing may end in a real difference
INSIDE = 0.025  # of one comparison: how often sides that are a margin apart may be called alike
DOUBT = 0.05  # what is as unlikely as this, of divergence rates, spreads or outcomes, speaks against luck
MANY = 100  # seeds a side beyond which less is put down to chance
RATES_APART = 0.3  # divergence rates are called alike only if their interval stays within this
MARGINS_APART = 2  # luck is not called while the interval of the difference of means leaves so many margins
FAR = 50  # margins, or deviations if wider, from the middle: a seed further out has failed, whatever it ends with
RARE = 0.05  # of all seeds; more of them so far out are a way to end, whose distance counts

TRUE_BUG, REAL, BENIGN, LUCK, INCONCLUSIVE = VERDICTS = (
    "true_bug",
    "real_difference",
    "benign_difference",
    "seed_luck",
    "inconclusive",
)
SAME, DIFFERENT = "same", "different"  # what may be expected of two sides


def outcome(
    a: np.ndarray,
    b: np.ndarray,
    same_start: bool = False,
    margin: float | None = None,
    level: float = LEVEL,
    inside: float = INSIDE,
) -> dict:
    """Return what outcomes over seeds show. a, b: shape (seeds,), in pairs by seed; NaN or infinity: diverged.

    same_start: whether a seed gives both sides the same initial weights. Then they are compared pair by pair, by the
    exact test where there are pairs enough to pass it; outcomes have no say in that, since choosing by them would break
    the level.
    margin: in the metric's units; None: one seed-to-seed deviation of both sides. level: two-sided, of this comparison.
    inside: of "within the margin". Raises ValueError for a margin that is not a number.

    ``p`` is the p-value of "the sides end alike and diverge as often", exact; ``p_within`` that of "a margin apart";
    ``inside`` whether they are shown to be nearer. ``against`` lists what speaks against luck, of: diverged, spread,
    mean, shift. ``far`` counts the seeds of either side that end so far out that they count as less far in ``p_spread``
    and ``mean_interval``: else one seed that blew up would decide alone.
    """
    if margin is not None and not np.isfinite(margin):
        raise ValueError(f"margin is {margin}; allowed: a number, or None")
    finite_a, finite_b = np.isfinite(a), np.isfinite(b)
    bad = (int((~finite_a).sum()), len(a), int((~finite_b).sum()), len(b))
    both = finite_a & finite_b
    questions = 1 + (bad[0] + bad[2] > 0)
    paired = bool(same_start and 4 * smallest_p(both.sum(), both.sum(), True) <= level / questions)
    x, y = (a[both], b[both]) if paired else (a[finite_a], b[finite_b])
    p_shift = p_apart(x, y, paired) if len(x) and len(y) else None
    least = 2 * smallest_p(len(x), len(y), paired) if len(x) and len(y) else None
    if same_start:  # for estimates there are always pairs enough
        x, y = a[both], b[both]
    some = min(len(x), len(y)) > 0
    deviation = seed_to_seed(x, y)
    used = deviation if margin is None else margin
    held, far = _within_reach(x, y, np.fmax(used, deviation))
    doubt = DOUBT * less_by_chance(len(a))
    p_diverged = p_rates(*bad) if bad[0] + bad[2] else None
    run = [p for p in (p_shift, p_diverged) if p is not None]
    means = mean_interval(*held, same_start, 1 - LEVEL)
    content = {
        "seeds": len(a),
        "diverged": [bad[0], bad[2]],
        "paired": paired,
        "margin": used,
        "deviation": deviation,
        "smallest_p": least,
        "p_shift": p_shift,
        "p_diverged": p_diverged,
        "p_spread": p_spread(*held, same_start) if some else None,
        "p_within": None,
        # Each of the two tests has its half of the level also where the other could not be run: what is run must not
        # depend on how the runs were dealt out.
        "p": min(1.0, questions * min(run)) if run else 1.0,
        "shift": shift(x, y, same_start) if some else None,
        "error": shift_error(x, y, same_start),
        "interval": shift_interval(x, y, same_start) if some else None,
        "mean_interval": mean_interval(*held, same_start),
        "far": far,
        "probability_variant_better": probability_better(a, b) if len(a) else None,
    }
    rates_alike = not bad[0] + bad[2] or max(map(abs, rates_interval(*bad))) <= RATES_APART
    if some and margin is not None:
        content["p_within"] = p_within_given(x, y, margin, same_start)
    elif some and np.isfinite(used):
        near, below = p_within_estimated(x, y, used, same_start)
        content["p_within"] = max(near, below / 2)  # which passes at half of the usual 5 % and at 5 %
    small = content["p_within"] is not None and content["p_within"] <= inside
    content["inside"] = bool(small and rates_alike and _means_near(means, used))
    # A replay can speak for luck where a given margin is narrower than seeds spread, so the wider of the two counts.
    content["against"] = [
        *(["diverged"] if p_diverged is not None and p_diverged < doubt else []),
        *(["spread"] if some and content["p_spread"] < doubt and _spread_matters(*held, used) else []),
        *(["mean"] if means is not None and not _means_near(means, np.fmax(used, deviation)) else []),
        *(["shift"] if p_shift is not None and p_shift < doubt else []),
    ]
    return content


def less_by_chance(seeds: int) -> float:
    """Return the factor by which levels shrink: 1 up to 100 seeds a side, 100 / seeds beyond.

    A level that stays as it is refuses the same share of luck at any number of seeds, and finds ever smaller traces of
    nothing that matters. One that shrinks lets both errors vanish (Good 1982, who lets p-values grow by the root).
    """
    return min(1.0, MANY / seeds) if seeds else 1.0


def _within_reach(x, y, margin):
    """Both sides with every outcome at most FAR margins from the middle, and how many seeds of each end beyond.

    As they are where that is no rare thing.
    """
    if not len(x) or not len(y) or not np.isfinite(margin):
        return (x, y), [0, 0]
    middle = np.median(np.concatenate([x, y]))
    low, high = middle - FAR * margin, middle + FAR * margin
    far = [int(((side < low) | (side > high)).sum()) for side in (x, y)]
    if sum(far) > RARE * (len(x) + len(y)):
        return (x, y), [0, 0]
    return tuple(np.clip(side, low, high) for side in (x, y)), far


def _spread_matters(x, y, margin):
    """Whether seeds of the side that spreads further lie further apart than a margin, which is two deviations."""
    return not 2 * max(side.std(ddof=1) for side in (x, y)) <= margin


def _means_near(interval, margin):
    """Whether the interval of the difference of means stays within two margins."""
    return interval is None or max(map(abs, interval)) <= MARGINS_APART * margin


def invariants_differ(baseline: dict, variant: dict) -> list[str]:
    """Return the names of invariants that hold in every run of one side and are broken in every run of the other.

    baseline, variant: name → list of whether it held, one entry a run.
    """
    return [
        name
        for name in baseline
        if baseline[name]
        and variant.get(name)
        and ((all(baseline[name]) and not any(variant[name])) or (not any(baseline[name]) and all(variant[name])))
    ]


def verdict(
    seen: dict, adjusted_p: float, broken: list[str], replay: dict | None, expected: str = SAME, level: float = LEVEL
) -> str:
    """Return the verdict on one comparison.

    A difference that is shown to be within the margin is called one only at a level that shrinks with the seeds; a bug
    at the same level whatever their number.

    seen: of :func:`outcome`. adjusted_p: its ``p`` after Holm. broken: of :func:`invariants_differ`. replay: of
    src/evidence/replay.py; None if none was made. expected: ``same`` or ``different``, of the two sides. level: of all
    comparisons, at this look.
    """
    if broken or adjusted_p <= level:
        if broken or not seen["inside"] or "diverged" in seen["against"]:
            return TRUE_BUG if expected == SAME else REAL
        if adjusted_p <= level * less_by_chance(seen["seeds"]):
            return BENIGN
    if seen["inside"] and not {"diverged", "spread"} & {*seen["against"]}:
        return LUCK
    if replay and replay["same_computation"] and not seen["against"]:
        return LUCK
    return INCONCLUSIVE


def direction(seen: dict, broken_side: int | None = None) -> str | None:
    """Return whether the variant is ``better`` or ``worse`` than the baseline; None where neither can be said.

    seen: of :func:`outcome`. broken_side: 0 if an invariant is broken on the baseline alone, 1 if on the variant.
    """
    if broken_side is not None:
        return "worse" if broken_side else "better"
    bad = seen["diverged"]
    by_rates = seen["p_diverged"] is not None and bad[0] != bad[1]
    if by_rates and (seen["p_shift"] is None or seen["p_diverged"] <= seen["p_shift"]):
        return "worse" if bad[1] > bad[0] else "better"
    better = seen["probability_variant_better"]  # which ties leave open less often than a shift
    worse = seen["shift"] or (0.0 if better is None else 0.5 - better)
    return None if worse == 0 else "worse" if worse > 0 else "better"


def holm(p: list[float]) -> list[float]:
    """Return p-values adjusted for their number, in the order given (Holm 1979)."""
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = worst
    return adjusted
