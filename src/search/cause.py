"""The smallest set of factors that makes a difference go away, and the proof from both ends.

Knows neither configurations nor runs: factors are names, and a test says what the bad side looks like once the named
factors have the good side's values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from src.search.smallest import smallest
from src.verdict.resemblance import BAD, GOOD, UNKNOWN

FOUND, NOT_IN_CONFIGURATION, AMBIGUOUS = "found", "not_in_configuration", "ambiguous"


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


def find(names: Sequence[str], test: Callable[[frozenset, bool], str], suspects: Sequence[str] = ()) -> Cause:
    """Search for the cause.

    test(mix, sure): one of the states of src/verdict/resemblance.py for the bad side with the good side's values of
    the factors in ``mix``; sure: on every seed that the sides have, which may change an earlier answer. suspects:
    names that are tried first.

    Two controls come first: all factors together must cure, none must not. Then ddmin finds a smallest cure, which is
    proved on all seeds and to need each of its members. Last it is put to the good side: where the good side bears
    it, the factors that it needs for company are searched for too.
    """
    names = [*suspects, *(name for name in names if name not in suspects)]
    everything = frozenset(names)
    if not names:
        return Cause(NOT_IN_CONFIGURATION, why="the two configurations resolve to the same settings")
    state = test(everything, False)
    if state == UNKNOWN:
        return Cause(AMBIGUOUS, why="with every factor exchanged the seeds cannot tell which side it is like")
    if state != GOOD:
        return Cause(NOT_IN_CONFIGURATION, why="with every factor exchanged the difference is still there")
    if test(frozenset(), False) != BAD:
        return Cause(AMBIGUOUS, why="with its defaults written out the bad side no longer shows the difference")

    while True:
        cure = smallest(names, lambda mix: test(mix, False) == GOOD, suspects)
        if test(cure, True) != GOOD:
            if cure == everything:
                return Cause(AMBIGUOUS, why="on all seeds not even every factor together makes the difference go away")
            continue  # an answer has changed, so the search takes another way
        without = {name: test(cure - {name}, True) for name in cure if len(cure) > 1}
        if GOOD not in without.values():
            break
    cause, undecided = cure, sorted(name for name, state in without.items() if state == UNKNOWN)
    back = test(everything - cure, True)
    rest = [name for name in names if name not in cure]
    if back == GOOD and rest:
        company = smallest(rest, lambda some: test(everything - cure - some, False) == BAD)
        cause, back = cure | company, test(everything - cure - company, True)
    in_order = [tuple(name for name in names if name in some) for some in (cure, cause)]
    if undecided:
        return Cause(AMBIGUOUS, *in_order, back, f"the seeds cannot tell whether {', '.join(undecided)} is needed")
    return Cause(FOUND, *in_order, back)


def most_tests(factors: int) -> int:
    """An upper bound on the different tests that :func:`find` asks for."""
    return min(2**factors, 2 * (factors**2 + 3 * factors))
