"""A test of a search: look at a few seeds of a configuration, and at more where they cannot tell.

Knows neither configurations nor runs; what is observed comes from outside.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seedluck.search import cause
from seedluck.stats.similarity import REFUSED, UNKNOWN, effect, nearer_good, resembles


class Seeds(NamedTuple):
    """How many seeds a search takes. of_test: look by look. reference, most_reference: of either side, to hold tests
    against."""

    of_test: tuple[int, ...]
    reference: int
    most_reference: int


ALONE = Seeds((4, 10, 20, 35, 50), 10, 60)  # with 10 reference seeds, 3 cannot reach p ≤ 0.001
TOGETHER = Seeds((50, 100, 200, 500, 1000), 50, 1000)  # of one job that trains them all: many cost little more than few
NEEDED = 160  # reference seeds where the sides are one deviation apart; of larger effects, as many less as its square


def references(good: np.ndarray, bad: np.ndarray, taken: Seeds = ALONE) -> int:
    """Return how many seeds a side a search needs, to hold its tests against; outcomes of shape (seeds of each,).

    The smaller the effect, the more: a side's own error must stay small beside the difference.
    """
    apart = effect(good, bad)
    needed = np.ceil(NEEDED / apart**2) if apart else taken.most_reference
    return int(np.clip(needed, taken.reference, taken.most_reference))


class Refused(Exception):
    """A configuration that cannot run; the argument is a sentence that says why."""


class Looks:
    """Answers ``test(mix, sure)`` of search/cause.py, and keeps what it saw in ``tests``: mix → its content.

    good, bad: outcomes of shape (seeds of each,) of the two sides. factors: how many there are. observe(mix, count):
    outcomes, shape (count,), of the bad side with the good side's values of ``mix`` at the first so many seeds; may
    raise Refused. tell(mix, count, number): called before each look; count: seeds, number: of the test. whole: whether
    the last tenth of a difference matters too. taken: how many seeds a test takes.
    """

    def __init__(
        self,
        good: np.ndarray,
        bad: np.ndarray,
        factors: int,
        observe: Callable,
        tell: Callable,
        whole: bool = False,
        taken: Seeds = ALONE,
    ):
        self.sizes = taken.of_test
        self.good, self.bad, self.tests = good, bad, {}
        self._factors, self._observe, self._tell, self._whole = factors, observe, tell, whole
        # Looks that an answer takes before it counts as proof: the more seeds, the smaller the effect.
        enough = max(references(good, bad, taken) / 2, taken.reference)
        self._sure = next(look for look, size in enumerate(self.sizes, start=1) if size >= enough)

    def test(self, mix: frozenset, sure: bool) -> str:
        """Return a state of stats/similarity.py; an answer is kept, until being sure asks for more seeds."""
        tested = self.tests.get(mix)
        while tested is None or self._unfinished(tested, sure):
            looks = tested["looks"] if tested else 0
            self._tell(mix, self.sizes[looks], len(self.tests) + (mix not in self.tests))
            tested = self.tests[mix] = self._look(mix, looks + 1)
        return tested["state"]

    def mostly_there(self, mix: frozenset) -> bool:
        """Return whether more than half of the difference is surely left in a mix that was tested."""
        interval = self.tests[mix].get("share_interval")
        return interval is not None and interval[1] < 0.5

    def left(self) -> int:
        """Return an upper bound on the runs that are still to be observed."""
        whole = max(cause.most_tests(self._factors) - len(self.tests), 0) * self.sizes[-1]
        begun = [test for test in self.tests.values() if test["state"] != REFUSED]
        return whole + sum(self.sizes[-1] - test["seeds"] for test in begun)

    def _unfinished(self, tested, sure):
        if tested["state"] == REFUSED or tested["looks"] == len(self.sizes):
            return False
        return tested["state"] == UNKNOWN or (sure and tested["looks"] < self._sure)

    def _look(self, mix, look):
        count = self.sizes[look - 1]
        tested = {
            "looks": look,
            "seeds": count,
            "p_bad": None,
            "p_good": None,
            "way": None,
            "says": None,
            "share": None,
        }
        try:
            seen = self._observe(mix, count)
        except Refused as refused:
            return {**tested, "seeds": 0, "state": REFUSED, "says": refused.args[0]}
        told = [float(outcome) if np.isfinite(outcome) else None for outcome in seen]
        compared = resembles(self.good, self.bad, seen, look, self._whole)
        if not np.isfinite(compared["way"]):
            compared.update(way=None, way_interval=None)
        recovered = nearer_good(self.good, self.bad, seen)
        return {**tested, **compared, "recovered": recovered, "outcomes": told}
