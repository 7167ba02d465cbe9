"""From outcomes over seeds, and what else was seen, to a verdict: the table of the design, with every level.

Four questions, each with its own level: did seeds fail (stats/failures.py), is there a difference at all (exact
tests against zero), is it shown to be within the margin, and does anything speak against "it is only the seeds". No
answer depends on which side comes first.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from seedluck.stats.equivalence import p_within_estimated, p_within_given
from seedluck.stats.estimates import ROUNDING, mean_interval, p_spread, shift, shift_error, shift_interval
from seedluck.stats.estimates import margin as seed_to_seed
from seedluck.stats.failures import failed
from seedluck.stats.ranks import p_apart, probability_better, probability_interval, smallest_p
from seedluck.stats.rates import p_rates, rates_interval, smallest_p_rates

LEVEL = 0.01  # of all comparisons together: how often a sweep of nothing may end in a real difference
INSIDE = 0.025  # of one comparison: how often sides that are a margin apart may be called alike
DOUBT = 0.05  # what is as unlikely as this, of failure rates, spreads or outcomes, speaks against luck
MANY = 100  # seeds a side beyond which less is put down to chance
RATES_APART = 0.3  # failure rates are called alike only if their interval stays within this
NO_CHANCE = 0.001  # below which pairs that all end the same do so because a seed is the same on both sides
NEVER, ALONE = 0.04, 2  # of a side's seeds, and at least: where as many failed and none of the other, nothing is luck
MARGINS_APART = 2  # luck is not called while the interval of the difference of means leaves so many margins

TRUE_BUG, REAL, BENIGN, LUCK, INCONCLUSIVE = VERDICTS = (
    "true_bug",
    "real_difference",
    "benign_difference",
    "seed_luck",
    "inconclusive",
)
SAME, DIFFERENT = "same", "different"  # what may be expected of two sides
CERTAIN, COPIES = "certain", "copies"  # what a side's seeds may be that all end with the same numbers


@dataclass(frozen=True)
class _Outcomes:
    """a, b: outcomes of both sides, lower being better. bad_a, bad_b: which of them failed. together: in pairs."""

    a: np.ndarray
    b: np.ndarray
    bad_a: np.ndarray
    bad_b: np.ndarray
    together: bool

    @cached_property
    def seeds(self) -> tuple[int, int]:
        """How many seeds either side has."""
        return len(self.a), len(self.b)

    @cached_property
    def failed(self) -> tuple[int, int]:
        """How many seeds of either side failed."""
        return int(self.bad_a.sum()), int(self.bad_b.sum())

    @cached_property
    def alone(self) -> tuple[np.ndarray, np.ndarray]:
        """The outcomes of each side that did not fail."""
        return self.a[~self.bad_a], self.b[~self.bad_b]

    @cached_property
    def kept(self) -> tuple[np.ndarray, np.ndarray]:
        """The same; in pairs, those of seeds that failed on neither side."""
        both = ~(self.bad_a | self.bad_b) if self.together else None
        return (self.a[both], self.b[both]) if self.together else self.alone

    @cached_property
    def rates_interval(self) -> tuple[float, float] | None:
        """An interval of the difference of failure rates, b less a."""
        (bad_a, bad_b), (of_a, of_b) = self.failed, self.seeds
        return rates_interval(bad_a, of_a, bad_b, of_b) if of_a and of_b else None

    @property
    def fail_together(self) -> bool:
        """Whether the same seeds failed on both sides, or none did."""
        return not sum(self.failed) or (self.seeds[0] == self.seeds[1] and np.array_equal(self.bad_a, self.bad_b))

    @property
    def same(self) -> bool:
        """Whether two seeds or more end on both sides where they end on the other, up to rounding."""
        if self.seeds[0] != self.seeds[1] or self.seeds[0] < 2 or not self.fail_together:
            return False
        x, y = self.kept
        return len(x) > 0 and bool(np.all(np.abs(x - y) <= ROUNDING * np.fmax(np.abs(x), np.abs(y))))

    @property
    def p_same(self) -> float:
        """The p-value of "which seed ends where is chance on one side": an exact permutation test of all pairs equal.

        With equal outcomes of several seeds it is larger, and 1 where all are equal, as copies of one are.
        """
        if not self.same:
            return 1.0
        ordered = np.sort(self.kept[0])
        apart = np.diff(ordered) > ROUNDING * np.fmax(np.abs(ordered[1:]), np.abs(ordered[:-1]))
        sizes = np.diff(np.flatnonzero(np.concatenate([[True], apart, [True]])))
        return float(np.exp(special.gammaln(sizes + 1).sum() - special.gammaln(len(ordered) + 1)))

    def of_failures(self) -> dict:
        """Return how many failed, how many of these lie above the others or are not finite, and what sets them apart:
        the failed outcome that is nearest to the others, and the farthest of these towards it."""
        others = np.concatenate(self.alone)
        middle = np.median(others) if len(others) else np.nan
        worse = [int((bad & ~(side < middle)).sum()) for side, bad in ((self.a, self.bad_a), (self.b, self.bad_b))]
        off = np.concatenate([self.a[self.bad_a], self.b[self.bad_b]])
        off = off[np.isfinite(off)]
        told = {"failed": list(self.failed), "failed_worse": worse, "failed_from": None, "others_to": None}
        told["failed_at_both_ends"] = bool(len(others)) and bool((off > middle).any() and (off < middle).any())
        if len(off) and len(others):
            nearest = off[np.argmin(np.abs(off - middle))]
            told.update(failed_from=float(nearest), others_to=float((np.max if nearest > middle else np.min)(others)))
        return told


def outcome(
    a: np.ndarray,
    b: np.ndarray,
    same_start: bool = False,
    margin: float | None = None,
    level: float = LEVEL,
    inside: float = INSIDE,
    doubt: float = DOUBT,
    limit: float | None = None,
) -> dict:
    """Return what outcomes over seeds show. a, b: shape (seeds of each side,), lower being better; NaN: not finite.

    same_start: whether a seed gives both sides the same initial weights; then a[i] and b[i] are of one seed. They are
    compared pair by pair, by the exact test where there are pairs enough to pass it; outcomes have no say in that,
    since choosing by them would break the level. Sides of different size are never paired.
    margin: in the metric's units; None: one seed-to-seed deviation of both sides. level: two-sided, of this comparison.
    inside: of "within the margin". doubt: below which a p-value speaks against luck, of up to 100 seeds. limit: below
    which an outcome has converged, or None. Raises ValueError for a margin that is not a number.

    Seeds that failed count in ``failed``, ``p_failed`` and ``rates_interval`` alone. ``p`` is the p-value of "the sides
    end alike and fail as often", exact; ``p_within`` that of "a margin apart"; ``inside`` whether they are shown to be
    nearer. ``against`` lists what speaks against luck, of: failed, spread, mean, shift, early. ``rates_near``: whether
    failure rates are shown to be alike; ``rates_alike``: whether they leave a replay its say. ``same``: whether every
    seed ends the same on both sides, up to rounding; ``p_same``: how likely that is where a seed means nothing.
    """
    if margin is not None and not np.isfinite(margin):
        raise ValueError(f"margin is {margin}; allowed: a number, or None")
    a, b = np.asarray(a, float), np.asarray(b, float)
    both = _Outcomes(a, b, *failed(a, b, limit), together=same_start and len(a) == len(b))
    (x, y), together = both.kept, both.together
    some = min(len(x), len(y)) > 0
    deviation = seed_to_seed(x, y)
    used = deviation if margin is None else margin
    means = mean_interval(x, y, together, 1 - LEVEL)
    rates_near = both.rates_interval is not None and max(map(abs, both.rates_interval)) <= RATES_APART
    near = rates_near or not sum(both.failed)
    p_within = _p_within(x, y, used, margin is not None, together) if some else None
    is_near = p_within is not None and p_within <= inside and near
    content = {
        "seeds": min(both.seeds),
        "runs": list(both.seeds),
        "diverged": [int((~np.isfinite(side)).sum()) for side in (a, b)],
        **both.of_failures(),
        "rates_interval": both.rates_interval,
        "rates_near": rates_near,
        "rates_alike": rates_near or both.fail_together,
        "margin": used,
        "deviation": deviation,
        **_is_it_real(both, level),
        "p_spread": p_spread(x, y, together) if some else None,
        "p_within": p_within,
        "inside": bool(is_near and _means_near(means, used)),
        **_by_how_much(both),
        "means_told": means is not None,
    }
    # A replay can speak for luck where a given margin is narrower than seeds spread, so the wider of the two counts.
    means_near = means is None or _means_near(means, np.fmax(used, deviation))
    content["against"] = _against(content, (x, y), used, means_near, doubt * less_by_chance(content["seeds"]))
    return content


def _by_how_much(both):
    """Estimates of the difference, the probability that the variant ends better, and whether every seed ends alike."""
    (x, y), together = both.kept, both.together
    some = min(len(x), len(y)) > 0
    return {
        "shift": shift(x, y, together) if some else None,
        "error": shift_error(x, y, together),
        "interval": shift_interval(x, y, together) if some else None,
        "mean_interval": mean_interval(x, y, together),
        "probability_variant_better": probability_better(both.a, both.b) if min(both.seeds) else None,
        "probability_interval": probability_interval(both.a, both.b),
        "same": both.same,
        "p_same": both.p_same,
    }


def less_by_chance(seeds: int) -> float:
    """Return the factor by which levels shrink: 1 up to 100 seeds a side, 100 / seeds beyond.

    A level that stays as it is refuses the same share of luck at any number of seeds, and finds ever smaller traces of
    nothing that matters. One that shrinks lets both errors vanish (Good 1982, who lets p-values grow by the root).
    """
    return min(1.0, MANY / seeds) if seeds else 1.0


def _is_it_real(both, level):
    """The tests against zero. Each has half of the level where both could pass; whether rates could is known from how
    many seeds failed, whosever they are, so that a test that cannot pass costs nothing."""
    possible = smallest_p_rates(sum(both.failed), *both.seeds) <= level / 2
    questions = 1 + possible
    pairs = len(both.kept[0])
    paired = bool(both.together and 4 * smallest_p(pairs, pairs, True) <= level / questions)
    x, y = both.kept if paired else both.alone
    there = len(x) > 0 and len(y) > 0
    p_shift = p_apart(x, y, paired) if there else None
    (bad_a, bad_b), (of_a, of_b) = both.failed, both.seeds
    p_failed = p_rates(bad_a, of_a, bad_b, of_b) if bad_a + bad_b else None
    run = [p for p in (p_shift, p_failed if possible else None) if p is not None]
    return {
        "paired": paired,
        "questions": questions,
        "smallest_p": 2 * smallest_p(len(x), len(y), paired) if there else None,
        "p_shift": p_shift,
        "p_failed": p_failed,
        # Each of the two tests has its half of the level also where the other could not be run: what is run must not
        # depend on how the runs were dealt out.
        "p": min(1.0, questions * min(run)) if run else 1.0,
    }


def _p_within(x, y, margin, given, together):
    if given:
        return p_within_given(x, y, margin, together)
    if not np.isfinite(margin):
        return None
    near, below = p_within_estimated(x, y, margin, together)
    return max(near, below / 2)  # which passes at half of the usual 5 % and at 5 %


def _against(content, kept, margin, means_near, doubt):
    """What speaks against luck: names of AGAINST in wording/outcome_words.py."""
    early = doubt >= 1
    # Then nothing is luck yet, and only what is unlikely is said to speak.
    doubt = min(doubt, DOUBT) if early else doubt
    p_failed, p_shift, p_of_spread = content["p_failed"], content["p_shift"], content["p_spread"]
    last = doubt <= DOUBT  # a round to come sees whether a seed that failed is the only one
    failing = p_failed is not None and (
        p_failed < doubt or _never_on_one_side(content["failed"], content["runs"], last)
    )
    return [
        *(["failed"] if failing else []),
        *(["spread"] if p_of_spread is not None and p_of_spread < doubt and _spread_matters(*kept, margin) else []),
        *([] if means_near else ["mean"]),
        *(["shift"] if p_shift is not None and p_shift < doubt else []),
        *(["early"] if early else []),
    ]


def _never_on_one_side(bad, seeds, last):
    """Whether no seed of one side failed, and so many of the other that one would not put it down to chance: where no
    round is to come (last) ALONE or more, NEVER of them at least; otherwise one."""
    least = [max(ALONE, NEVER * of) if last else 1 for of in seeds]
    return min(bad) == 0 and any(count >= enough for count, enough in zip(bad, least, strict=True))


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
    seen: dict,
    adjusted_p: float,
    broken: list[str],
    replay: dict | None,
    expected: str = SAME,
    level: float = LEVEL,
    fixed: str | None = None,
) -> str:
    """Return the verdict on one comparison.

    A difference that is shown to be within the margin is called one only at a level that shrinks with the seeds; a bug
    at the same level whatever their number. Neither that nor luck is said while spreads or failure rates speak against
    it.

    seen: of :func:`outcome`. adjusted_p: its ``p`` after Holm. broken: of :func:`invariants_differ`. replay: of
    evidence/replay.py; None if none was made. expected: ``same`` or ``different``, of the two sides. level: of all
    comparisons, at this look. fixed: what evidence/copies.py says of sides whose seeds all end with the same
    numbers: ``copies``, which are one seed, or ``different`` or ``same``, where nothing is drawn at all.
    """
    bug = TRUE_BUG if expected == SAME else REAL
    if broken or fixed == DIFFERENT:
        return bug
    if fixed == SAME:
        return LUCK
    if fixed is not None:
        return INCONCLUSIVE
    against = {*seen["against"]}
    if adjusted_p <= level:
        if not seen["inside"] or "failed" in against:
            return bug
        if adjusted_p <= level * less_by_chance(seen["seeds"]):
            return INCONCLUSIVE if "spread" in against else BENIGN
    if seen["inside"] and seen["rates_near"] and not {"failed", "spread", "early"} & against:
        return LUCK
    parted = replay is not None and replay.get("differs") is True
    if seen["same"] and seen["p_same"] <= NO_CHANCE and not parted:  # a seed does on both sides what it does on one
        return LUCK
    return LUCK if replay and not against - {"early"} and _luck_by_replay(seen, replay) else INCONCLUSIVE


def _luck_by_replay(seen, replay):
    """Whether a replay shows what differs to be the seeds' draw. It carries the initial weights over and holds order
    and masks, so that it never sees how these are drawn: that has to be shown besides, or every seed ends the same."""
    if not replay["same_computation"] or not seen["rates_alike"]:
        return False
    drawn_alike = replay.get("drawn_alike") is True and (seen["means_told"] or replay.get("every_seed") is True)
    return seen["same"] or drawn_alike


def apart(seen: dict) -> tuple[float, tuple[float, float] | None, bool] | None:
    """Return by how much the variant ends worse, its 95 % interval or None, and whether that is of means.

    The one estimate from which direction and sentence come: the shift; where ties leave ranks none, the difference of
    means. None where nothing is left to compare. seen: of :func:`outcome`.
    """
    if seen["shift"] is None:
        return None
    means = seen["mean_interval"]
    if not seen["shift"] and means and sum(means):
        return sum(means) / 2, means, True
    return seen["shift"], seen["interval"], False


def by_rates(seen: dict) -> bool:
    """Return whether failure rates tell the sides apart more clearly than where the other seeds end."""
    bad = seen["failed"]
    return bad[0] != bad[1] and (seen["p_shift"] is None or seen["p_failed"] <= seen["p_shift"])


def direction(seen: dict, broken_side: int | None = None) -> str | None:
    """Return whether the variant is ``better`` or ``worse`` than the baseline; None where neither can be said.

    seen: of :func:`outcome`. broken_side: 0 if an invariant is broken on the baseline alone, 1 if on the variant.
    """
    if broken_side is not None:
        return "worse" if broken_side else "better"
    estimate = apart(seen)
    worse = estimate[0] if estimate else 0.0
    if by_rates(seen) or not worse:  # seeds that failed towards the better end speak the other way
        lost = [2 * worse_ones - bad for worse_ones, bad in zip(seen["failed_worse"], seen["failed"], strict=True)]
        rates = [count / of for count, of in zip(lost, seen["runs"], strict=True)]
        worse = rates[1] - rates[0] or worse
    if not worse and seen["probability_variant_better"] is not None:
        worse = 0.5 - seen["probability_variant_better"]
    return None if not worse else "worse" if worse > 0 else "better"


def holm(p: list[float]) -> list[float]:
    """Return p-values adjusted for their number, in the order given (Holm 1979)."""
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = worst
    return adjusted
