"""Whether the seeds of a side are seeds at all: where all end with the same numbers, they may be copies of one.

Either nothing is drawn in its training: then one run says all, and a difference beyond rounding needs no statistics. Or
something is drawn, or may be, that the run's seed does not reach: then many seeds are one, and show nothing.
"""

from seedluck.evidence.replay import FACTOR
from seedluck.stats.decision import CERTAIN, COPIES, DIFFERENT, SAME
from seedluck.stats.estimates import ROUNDING

HANDED = ("scenario.args", "scenario.env")
ADVICE = "hand it on with `{seed}` in scenario.args, or try scenario.seeds=all"


def see(comparison) -> dict:
    """Return ``sides``: for each side None, ``certain`` or ``copies``; ``ends``: where its first seed ends; ``handed``:
    whether its arguments hand the seed on; and ``fixed``: what follows for the verdict.

    ``fixed`` is ``copies`` where a side has copies; ``same`` or ``different`` where both are certain and end within, or
    beyond, what rounding may do; else None.
    """
    sides = [_side(runs) for runs in comparison.judged]
    fixed = COPIES if COPIES in sides else None
    if sides == [CERTAIN, CERTAIN]:
        fixed = SAME if _within_rounding(comparison) else DIFFERENT
    ends = [runs[0].outcome if runs else None for runs in comparison.judged]
    handed = [any("{seed}" in str(runs[0].params.get(name)) for name in HANDED) for runs in comparison.judged if runs]
    return {"sides": sides, "ends": ends, "handed": handed, "fixed": fixed}


def _side(runs):
    if any(run.diverged or run.outcome != run.outcome for run in runs):
        return None  # that every seed fails is no sign that they are one
    if len(runs) < 2 or len({run.outcome for run in runs}) > 1 or len({run.ended for run in runs}) > 1:
        return None
    if all(run.draws_nothing for run in runs):
        return CERTAIN
    if any(len({run.generators.get(name) for run in runs}) > 1 for run in runs for name in run.generators):
        return None  # the seed reaches a generator that was drawn from: the metric is too coarse to show it
    if runs[0].of_script:
        return COPIES
    # A scenario is seeded throughout, so that where the same weights come out of every seed, nothing is drawn.
    return CERTAIN if all(run.ended for run in runs) else None


def _within_rounding(comparison):
    """Whether both sides end as near each other as a side does to its own copy, moved by one unit in the last place."""
    a, b = (runs[0].outcome for runs in comparison.judged)
    drifts = [
        abs(copy.outcome - runs[0].outcome)
        for side, runs in zip(comparison.sides, comparison.judged, strict=True)
        for copy in comparison.runs("floor", side)
        if copy.outcome == copy.outcome
    ]
    return abs(a - b) <= max(FACTOR * max(drifts, default=0.0), ROUNDING * max(abs(a), abs(b)))


def said(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return why no statistics are needed, or why these seeds show nothing; without a full stop.

    content: of :func:`see`. names: of both sides.
    """
    ends = " and ".join(f"{_number(end)} for `{name}`" for end, name in zip(content["ends"], names, strict=True))
    if content["fixed"] == COPIES:
        same = [name for name, state in zip(names, content["sides"], strict=True) if state == COPIES]
        where = " and ".join(f"`{name}`" for name in same)
        if any(content["handed"]):
            return (
                f"every run of {where} ends with the same numbers (`{metric}` {ends}), and whether the seed that it is "
                "handed reaches what is drawn was not seen; another metric would show it"
            )
        return (
            f"the seed changes nothing in {where}, where every run ends with the same numbers (`{metric}` {ends}), so "
            f"that many seeds are one: {ADVICE}"
        )
    apart = "" if content["fixed"] == DIFFERENT else ", which is no more than rounding"
    return f"nothing is drawn on either side, so that one run says all: `{metric}` ends at {ends}{apart}"


def _number(outcome):
    return "nothing" if outcome is None else f"{outcome:.6g}"
