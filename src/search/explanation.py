"""From two sides that differ to ``explanation.json``: which factors are exchanged, what each exchange showed."""

import copy
from dataclasses import replace

import numpy as np

from src.search import cause
from src.search.factors import RUNTIME, mixed, not_taken, typed
from src.search.trials import Refused, outcomes
from src.search.words import SPOKEN
from src.verdict.resemblance import REFUSED, UNKNOWN, nearer_good, resembles

FIRST = 4  # seeds of a test's first look; fewer could not pass it


class Search:
    """Answers the tests of src/search/cause.py by training.

    trials: src.search.trials.Trials. good, bad: src.search.side.Side. seeds: those of the sweep, at which both sides
    were trained. known: their runs there, a pair of lists. invariants: names by whose breaking the sides are told
    apart; none: by their outcomes. tell: called with a line for people before each test.
    """

    def __init__(self, trials, good, bad, factors, seeds, known, invariants, tell):
        self.factors, self.tests = factors, {}
        self._trials, self._good, self._bad, self._tell = trials, good, bad, tell
        self._seeds, self._invariants = list(seeds), invariants
        self.known = [outcomes(runs, invariants) for runs in known]

    def test(self, mix: frozenset, sure: bool) -> str:
        """The state of the bad side with the good side's values of ``mix``; see src/search/cause.py."""
        found = self.tests.get(mix)
        looks = found["looks"] if found else 0
        sizes = self._sizes()
        enough = next(i + 1 for i, size in enumerate(sizes) if size >= len(self._seeds)) if sure else 1
        while found is None or (found["state"] != REFUSED and (found["state"] == UNKNOWN or looks < enough)):
            if looks == len(sizes):
                break
            number = len(self.tests) + (mix not in self.tests)
            again = f", again with {sizes[looks]} seeds" if looks else ""
            self._tell(f"test {number}: {self._named(mix)}{again} · at most {self.left()} more trainings")
            looks += 1
            found = self._look(mix, sizes[looks - 1], looks)
            self.tests[mix] = found
            self._tell(f"  {SPOKEN[found['state']]}{_why(found)}")
        return found["state"]

    def left(self) -> int:
        """An upper bound on the trainings that are still to come."""
        return (cause.most_tests(len(self.factors)) - len(self.tests)) * self._sizes()[-1]

    def label(self, mix: frozenset) -> str:
        """``framework.targets=expanded``: what differs from the bad side."""
        return ", ".join(one.spoken(one.good) for one in self.factors if one.name in mix) or "defaults written out"

    def _sizes(self):
        """Seeds at each look: a few, then as many as the sides have, then twice as many."""
        every = len(self._seeds)
        return sorted({min(FIRST, every), every, 2 * every})

    def _look(self, mix, count, look):
        seeds = self._seeds + [max(self._seeds) + 1 + i for i in range(count - len(self._seeds))]
        side = self._side(mix)
        found = {"looks": look, "seeds": count, "p_bad": None, "p_good": None, "way": None, "runs": [], "says": None}
        try:
            runs = self._trials.runs(side, self._named(mix), seeds[:count])
        except Refused as refused:
            return {**found, "seeds": 0, "state": REFUSED, "says": refused.args[0]}
        if lost := not_taken(side.config, self.factors, runs[0].params):
            return {**found, "state": REFUSED, "says": lost}
        seen = outcomes(runs, self._invariants)
        return {
            **found,
            **resembles(*self.known, seen, look),
            "recovered": nearer_good(*self.known, seen),
            "mean": float(np.mean(seen)) if np.isfinite(seen).all() else None,
            "runs": [run.run_id for run in runs],
            "outcomes": [float(one) if np.isfinite(one) else None for one in seen],
        }

    def _side(self, mix):
        config = mixed(self._bad.config, self.factors, mix)
        words = [*self._bad.words]
        for factor in self.factors:
            if _at(self._bad.config, factor.name) != _at(config, factor.name):
                words.append(typed(factor.name, factor.good if factor.name in mix else factor.bad))
        return replace(self._bad, config=config, words=tuple(words))

    def _named(self, mix):
        if len(mix) == len(self.factors):
            return "all factors as on the good side"
        return f"{self._bad.name} with {self.label(mix)}"

    def tree(self) -> list[dict]:
        """Every test in the order in which it was made, for explanation.json."""
        return [
            {"good_values": {f.name: _plain(f.good) for f in self.factors if f.name in mix}, **found}
            for mix, found in self.tests.items()
        ]


def explain(search: Search, suspects: list[str]) -> dict:
    """Search, and sum up: ``status``, ``cause``, ``cured``, ``provoked`` and ``tests``."""
    names = [factor.name for factor in search.factors]
    found = cause.find(names, search.test, [name for name in suspects if name in names])
    by_name = {factor.name: factor for factor in search.factors}
    content = {
        "status": found.status,
        "cause": [
            {"factor": name, "good": _plain(by_name[name].good), "bad": _plain(by_name[name].bad)}
            for name in found.cause
        ],
        "cured": None,
        "provoked": None,
        "why": found.why,
        "factors": [{"factor": f.name, "good": _plain(f.good), "bad": _plain(f.bad)} for f in search.factors],
        "tests": search.tree(),
    }
    if found.cure:
        cured = search.tests[frozenset(found.cure)]
        content["cured"] = {"factors": list(found.cure), **_counted(cured)}
        back = search.tests.get(frozenset(names) - frozenset(found.cause))
        if back is not None:
            content["provoked"] = {"factors": list(found.cause), "state": back["state"], **_counted(back)}
    return content


def _counted(test):
    return {"seeds": test["seeds"], "like_good": test.get("recovered"), "says": test["says"]}


def _why(found):
    if found["state"] == REFUSED:
        return f": {found['says']}"
    return f" (p {found['p_bad']:.2g} that it is like the bad, {found['p_good']:.2g} that it is like the good one)"


def _plain(value):
    return value["name"] if isinstance(value, dict) and "packages" in value else copy.deepcopy(value)


def _at(config, name):
    value = config
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value["name"] if name == RUNTIME and value else value
