"""Bisection along an order: where a difference first shows, where it is gone again."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DIFFERS, SAME, REVERSED, UNKNOWN, REFUSED = "differs", "same", "reversed", "unknown", "cannot_run"
DECIDED = (DIFFERS, SAME, REVERSED)


@dataclass(frozen=True)
class History:
    """At which levels two sides differ. "Decided" levels are those where it could be told whether they do.

    first_seen, last: the first and the last decided level that differs. before: the decided level just before
    first_seen. gone_since: the decided level just after last. Each is None if there is no such level. monotone: whether
    the decided levels that differ follow each other without a break. states: level → state of all that were tried.
    gaps: (low, untried levels, high) where levels between two neighbouring decided levels were not tried.
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
    levels: Sequence[str],
    test: Callable[[str], str],
    start: str | None = None,
    every: bool = False,
    ahead: Callable[[list[str]], None] = lambda levels: None,
) -> History:
    """Return at which levels the state changes, as far as bisection can find it.

    levels: in order. test(level): returns one of the five states of this module. start: the level at which the question
    was asked; it is tried first. every: try all levels. ahead(levels): called before a level is tried, with those that
    may come next, so that they can be made ready meanwhile.

    Both ends are tried; then, between two neighbouring decided levels with different states, the level in the middle. A
    level that cannot run or cannot be decided is skipped. Between two levels with the same state nothing is tried, so a
    difference that appears and disappears between them is missed; ``gaps`` lists these places.
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
        ahead(sorted({after for one in DECIDED if (after := _between(levels, {**states, middle: one}))} - {middle}))
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
