"""More seeds of both sides of a question: to hold a search's tests against, or where a verdict left it open."""

from collections.abc import Callable

import numpy as np

from seedluck.evidence.settings import told_apart
from seedluck.search.exchange import seeds_of
from seedluck.stats.decision import COPIES
from seedluck.stats.ranks import p_apart
from seedluck.stats.similarity import LEVEL


def widen(sides, trials, seeds: int, say: Callable, why: str = "to hold the tests against"):
    """Train both sides on further seeds where the sweep had fewer than these.

    sides: Question, whose seeds and runs grow. trials: Trials. say: takes a line for
    people. why: what the seeds are for.
    """
    lacking = seeds - len(sides.seeds)
    if lacking <= 0:
        return
    say(f"{lacking} more seeds of both sides, {why}")
    sides.seeds += [max(sides.seeds) + 1 + i for i in range(lacking)]
    sides.runs = tuple(trials.runs(side, side.name, sides.seeds) for side in (sides.good, sides.bad))


def reopen(sides, trials, say: Callable) -> bool:
    """Return whether the sides of an inconclusive sweep are told apart by more seeds; arguments: as of :func:`widen`.

    Only sides that were told differently are given more: as many as a search needs, or twice those that there are. Then
    one exact rank test, at the level of a search's test, two-sided, on a number of seeds that was fixed before any of
    them was seen; so the sides that do not differ are told apart in 0.2 % at most. The sweep's verdict stays.
    """
    evidence = sides.verdict["evidence"]
    if evidence["outcome"]["copies"]["fixed"] == COPIES or not told_apart(evidence["settings"], sides.names):
        return False  # of copies of one seed, more are no more
    seeds = max(seeds_of(sides.good, sides.bad).reference, 2 * len(sides.seeds))
    widen(sides, trials, seeds, say, "as the sweep left it open and its sides were told differently")
    values = (sides.values(runs) for runs in sides.runs)
    good, bad = (np.where(np.isfinite(side), side, np.inf) for side in values)
    p = p_apart(good, bad)
    told = "are told apart" if p <= LEVEL else "are still not told apart"
    say(f"{seeds} seeds of each side: they {told} (p {p:.2g})")
    return p <= LEVEL
