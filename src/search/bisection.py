"""Bisection along an order: where a difference first shows, where it is gone again."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DIFFERS, SAME, REVERSED, UNKNOWN, REFUSED = "differs", "same", "reversed", "unknown", "cannot_run"
DECIDED = (DIFFERS, SAME, REVERSED)


@dataclass(frozen=True)
class History:
    """first_seen: the first level known to differ. gone_since: the first after the last of those that no longer does.

    before: the level before first_seen at which the sides still agree; None where the oldest that can run differs
    already. last: the last level known to differ. monotone: whether the difference came at most once and went at most
    once. states: level → state, of those that were tried. gaps: (low, levels that were not tried, high) for every two
    neighbours that are alike and have such between them.
    """

    first_seen: str | None
    gone_since: str | None
    before: str | None
    last: str | None
    monotone: bool
    states: dict
    gaps: tuple = ()

    @property
    def decided(self) -> dict:
        """Level → state, of those at which it could be told."""
        return {level: state for level, state in self.states.items() if state in DECIDED}


def history(
    levels: Sequence[str], test: Callable[[str], str], start: str | None = None, every: bool = False
) -> History:
    """Find every change of state that bisection can see; test(level): one of the five states of this module.

    Both ends are tried, and the level where the question was asked; then the middle between any two neighbours that
    were decided differently. A level that cannot run or be decided is passed over. Between two that agree nothing is
    tried, so a difference that came and went between them would be missed: ``gaps`` names them, and every=True tries
    every level.
    """
    states = {}

    def state(level):
        if level not in states:
            states[level] = test(level)
        return states[level]

    if start in levels:
        state(start)
    for direction in (levels, levels[::-1]):
        next((level for level in direction if state(level) in DECIDED), None)
    while (middle := _between(levels, states)) is not None:
        state(middle)
    for level in levels if every else ():
        state(level)

    decided = [level for level in levels if states.get(level) in DECIDED]
    runs = [states[level] for i, level in enumerate(decided) if not i or states[level] != states[decided[i - 1]]]
    differing = [i for i, level in enumerate(decided) if states[level] == DIFFERS]
    first, last = (differing[0], differing[-1]) if differing else (None, None)
    return History(
        first_seen=decided[first] if differing else None,
        gone_since=decided[last + 1] if differing and last + 1 < len(decided) else None,
        before=decided[first - 1] if differing and first else None,
        last=decided[last] if differing else None,
        monotone=runs.count(DIFFERS) <= 1,
        states={level: states[level] for level in levels if level in states},
        gaps=tuple(_gaps(levels, states)),
    )


def _gaps(levels, states):
    decided = [i for i, level in enumerate(levels) if states.get(level) in DECIDED]
    for low, high in itertools.pairwise(decided):
        between = [level for level in levels[low + 1 : high] if level not in states]
        if between:
            yield levels[low], tuple(between), levels[high]


def _between(levels, states):
    """An untried level in the middle of two neighbours that differ in state, or None."""
    decided = [i for i, level in enumerate(levels) if states.get(level) in DECIDED]
    for low, high in itertools.pairwise(decided):
        untried = [i for i in range(low + 1, high) if levels[i] not in states]
        if states[levels[low]] != states[levels[high]] and untried:
            return levels[min(untried, key=lambda i: abs(i - (low + high) / 2))]
    return None
