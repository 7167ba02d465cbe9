"""The smallest set of factors that makes a difference go away, and the proof from both ends.

Knows neither configurations nor runs: factors are names, and a test says what the bad side looks like once the named
factors have the good side's values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seedluck.search.ddmin import smallest
from seedluck.stats.similarity import BAD, GOOD, NEITHER, REFUSED, UNKNOWN

FOUND, NOT_IN_CONFIGURATION, AMBIGUOUS = "found", "not_in_configuration", "ambiguous"


NO_LONGER = {
    GOOD: "no longer shows the difference",
    NEITHER: "is like neither side",
    UNKNOWN: "leaves open which side it is like",
    REFUSED: "cannot run",
}


@dataclass(frozen=True)
class Cause:
    """What a search came to.

    status: found, not_in_configuration or ambiguous. cure: the smallest set found to cure the bad side. cause: the
    same, and whatever it needs beside it to bring the difference about. provoked: the state of the good side once it
    has the cause's bad values. why: a few words where the status is not ``found``.
    """

    status: str
    cure: tuple = ()
    cause: tuple = ()
    provoked: str | None = None
    why: str = ""


def find(
    names: Sequence[str],
    test: Callable[[frozenset, bool], str],
    suspects: Sequence[str] = (),
    mostly_there: Callable[[frozenset], bool] = lambda mix: False,
) -> Cause:
    """Return a Cause: the smallest set of factors found that causes the difference, or why there is none.

    names: all factors. test(mix, sure): returns a state of stats/similarity.py for the bad side with the good
    side's values of the factors in ``mix``. sure: use every seed that the sides have; this may change an earlier
    answer. suspects: names to try first. mostly_there(mix): whether more than half of the difference is surely left in
    a mix that was tested.

    1. Two checks: with all factors exchanged the difference must disappear (if that cannot run: with a smaller set that
       can); with no factor exchanged it must stay.
    2. ddmin finds a smallest set that removes the difference. It is confirmed on all seeds that the set does so, and
       that it does not without any one of its members.
    3. The good side gets the bad values of this set. If it does not become like the bad side, the further factors that
       are needed for that are searched for too. Where the seeds leave open whether it becomes quite like the bad side,
       the cause is found if more than half of the difference is there.
    """
    names = [*suspects, *(name for name in names if name not in suspects)]
    everything = frozenset(names)
    if not names:
        return Cause(NOT_IN_CONFIGURATION, why="the two configurations offer no setting to exchange")
    state, reach = test(everything, False), names
    if state == UNKNOWN:
        return Cause(AMBIGUOUS, why="with every factor exchanged the seeds cannot tell which side it is like")
    if state == REFUSED:
        reach, states = _widest(names, test)
        if reach is None:
            why = "with every factor exchanged it cannot run, and "
            if UNKNOWN in states:
                return Cause(AMBIGUOUS, why=why + "of an exchange that can the seeds cannot tell which side it is like")
            some = states - {REFUSED}
            why += "no exchange that can makes the difference go away" if some else "no other exchange can either"
            return Cause(NOT_IN_CONFIGURATION, why=why)
    elif state != GOOD:
        return Cause(NOT_IN_CONFIGURATION, why="with every factor exchanged the difference is still there")
    state = test(frozenset(), False)
    if state != BAD:
        return Cause(AMBIGUOUS, why=f"with its defaults written out the bad side {NO_LONGER[state]}")

    cure, undecided = _proved(reach, test, GOOD, [name for name in suspects if name in reach])
    if cure is None:
        return Cause(AMBIGUOUS, why="on all seeds not even every factor together makes the difference go away")
    cause, back = cure, test(everything - cure, True)
    if back in (GOOD, NEITHER):  # the good side bears it, so it takes others to bring the difference about
        rest = [name for name in names if name not in cure]
        company, more = _proved(rest, lambda some, sure: test(everything - cure - some, sure), BAD)
        if company is None:
            return Cause(AMBIGUOUS, *_ordered(names, cure, cure), back, "what else it takes is not clear on all seeds")
        cause, undecided = cure | company, undecided + more
        back = test(everything - cause, True)
    sets = _ordered(names, cure, cause)
    if undecided:
        return Cause(AMBIGUOUS, *sets, back, f"the seeds cannot tell whether {', '.join(undecided)} is needed")
    if back == UNKNOWN and not mostly_there(everything - cause):
        return Cause(AMBIGUOUS, *sets, back, "the seeds cannot tell whether it brings the difference about by itself")
    return Cause(FOUND, *sets, back)


def _widest(names, test):
    """The largest set of names that cures, among all but one and each alone, None if none does; and the states
    of those that were tried."""
    states = set()
    for some in [*({*names} - {name} for name in names), *({name} for name in names)]:
        states.add(test(frozenset(some), False))
        if GOOD in states:
            return [name for name in names if name in some], states
    return None, states


def _proved(names, test, wanted, suspects=()):
    """A smallest part for which ``test`` gives the state wanted on all seeds, and those of its members of which the
    seeds cannot tell whether they are needed; None if not even all names give it."""
    while True:
        part = smallest(names, lambda some: test(some, False) == wanted, suspects)
        if test(part, True) != wanted:
            if part == frozenset(names):
                return None, []
            continue  # an answer has changed, so the search takes another way
        without = {name: test(part - {name}, True) for name in part} if len(part) > 1 else {}
        if wanted not in without.values():
            return part, sorted(name for name, state in without.items() if state == UNKNOWN)


def _ordered(names, *sets):
    return [tuple(name for name in names if name in some) for some in sets]


def most_tests(factors: int) -> int:
    """Return an upper bound on the different tests that :func:`find` asks for."""
    return min(2**factors, 2 * (factors**2 + 3 * factors))
