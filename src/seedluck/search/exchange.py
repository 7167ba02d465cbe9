"""From two sides that differ to ``explanation.json``: which factors are exchanged, what each exchange showed."""

from dataclasses import replace

from seedluck.config.paths import takes_several_seeds
from seedluck.report.explanation_words import spoken
from seedluck.search import cause
from seedluck.search.factors import ABSENT, at, mixed, not_taken, overrides
from seedluck.search.sequential import ALONE, TOGETHER, Looks, Refused, Seeds
from seedluck.stats.similarity import REFUSED, TOLD_APART


def seeds_of(*sides) -> Seeds:
    """Return how many seeds a search takes: many where both sides train all of a job's together."""
    return TOGETHER if all(takes_several_seeds(side.config, list(side.import_path)) for side in sides) else ALONE


class Search:
    """Trains what the looks of a search ask for.

    trials: Trials. question: Question. every: all factors. hidden: names of those
    that keep the bad side's value throughout. whole: whether the last tenth of the difference matters too. tell: called
    with a line for people.
    """

    def __init__(self, trials, question, every, hidden, whole, tell):
        self.factors, self.runs = [factor for factor in every if factor.name not in hidden], {}
        self._every = every
        self._trials, self._question, self._say = trials, question, tell
        known = (question.values(runs) for runs in question.runs)
        self.looks = Looks(
            *known, len(self.factors), self._observe, self._tell, whole, seeds_of(question.good, question.bad)
        )

    def test(self, mix: frozenset, sure: bool) -> str:
        """Return the state of the bad side with the good side's values of ``mix``; see search/cause.py."""
        known = self.looks.tests.get(mix)
        state = self.looks.test(mix, sure)
        tested = self.looks.tests[mix]
        if tested is not known:
            self._say(f"  {spoken(state, self._question.good.name, self._question.bad.name)}{_why(tested)}")
        return state

    def _observe(self, mix, count):
        seeds = self._question.seeds
        seeds = seeds + [max(seeds) + 1 + i for i in range(count - len(seeds))]
        side = self._side(mix)
        runs = self._trials.runs(side, self._named(mix), seeds[:count])
        self.runs[mix] = [run.run_id for run in runs]
        if lost := not_taken(side.config, self._every, runs[0].params):
            raise Refused(lost)
        return self._question.values(runs)

    def _side(self, mix):
        bad = self._question.bad
        config = mixed(bad.config, self._every, mix)
        words = [*bad.words]
        for factor in self._every:  # each is said, since the variant or runtime among them may bring others along
            value = factor.good if factor.name in mix else factor.bad
            if value is not ABSENT or at(bad.config, factor.name) is not ABSENT:
                words += overrides(factor.name, value, config, words)
        return replace(bad, config=config, words=tuple(words))

    def _named(self, mix):
        if len(mix) == len(self.factors):
            return f"every factor as {self._question.good.name} has it"
        exchanged = ", ".join(factor.said(factor.good) for factor in self.factors if factor.name in mix)
        return f"{self._question.bad.name} with {exchanged or 'its defaults written out'}"

    def _tell(self, mix, count, number):
        self._say(f"test {number}, {count} seeds: {self._named(mix)} · at most {self.looks.left()} more trainings")


def explain(search: Search, suspects: list[str]) -> dict:
    """Search, and sum up: ``status``, ``cause``, ``remainder``, ``cured``, ``provoked``, ``factors`` and ``tests``."""
    names = [factor.name for factor in search.factors]
    answer = cause.find(names, search.test, suspects, search.looks.mostly_there)
    told = {f.name: {"factor": f.name, "good": _plain(f.good), "bad": _plain(f.bad)} for f in search.factors}
    shares = shares_of(answer, names, search.looks.tests)
    content = {
        "status": answer.status,
        "cause": [{**told[name], "share": shares[name]} for name in answer.cause],
        "remainder": None,
        "cured": None,
        "provoked": None,
        "why": answer.why,
        "factors": list(told.values()),
        "tests": [
            {"good_values": {name: told[name]["good"] for name in names if name in mix}, **test}
            | {"runs": search.runs.get(mix, [])}
            for mix, test in search.looks.tests.items()
        ],
    }
    if answer.cure:
        cured = search.looks.tests[frozenset(answer.cure)]
        others = [name for name in names if name not in answer.cause]
        content["cured"] = {"factors": list(answer.cure), **_counted(cured)}
        content["cured"].update({key: cured[key] for key in ("share", "share_interval")})
        content["remainder"] = remainder(cured, others)
        back = search.looks.tests.get(frozenset(names) - frozenset(answer.cause))
        if back is not None:
            content["provoked"] = {"factors": list(answer.cause), "state": back["state"], **_counted(back)}
            content["provoked"].update({key: back.get(key) for key in ("share", "share_interval")})
    return content


def shares_of(answer, names, tests: dict) -> dict:
    """Return name → the share of the difference that each factor of a cause carries, None where no test tells.

    answer: Cause. names: of all factors. tests: mix → what was seen of it. A factor of the smallest
    set that cures carries what is left of the difference without it; one that it needs beside it to bring the
    difference about, what is missing then. Factors that matter only together carry all of it, each of them.
    """
    cure, everything, whole = frozenset(answer.cure), frozenset(names), frozenset(answer.cause)

    def gone(mix):
        return tests.get(mix, {}).get("share")

    shares = {}
    for name in answer.cause:
        if name in cure:
            shares[name] = _less(gone(cure), gone(cure - {name}) if len(cure) > 1 else 0.0)
        else:
            shares[name] = _less(gone(everything - (whole - {name})), gone(everything - whole))
    return shares


def _less(share, without):
    return None if None in (share, without) else max(0.0, share - without)


def remainder(cured: dict, others: list[str]) -> dict | None:
    """Return what a cause leaves of the difference, and the factors that it may be; None where nothing can be told.

    cured: what was seen with the cause exchanged. others: names of the factors that are not of it.
    """
    if cured["share"] is None or cured["share"] == 1 or 2 * cured["p_good"] > TOLD_APART:
        return None
    low, high = cured["share_interval"]
    return {"share": 1 - cured["share"], "share_interval": (1 - high, 1 - low), "may_be": others}


def _counted(test):
    return {"seeds": test["seeds"], "like_good": test.get("recovered"), "says": test["says"]}


def _why(tested):
    if tested["state"] == REFUSED:
        return f": {tested['says']}"
    return f" (p {tested['p_bad']:.2g} that it is like the bad, {tested['p_good']:.2g} that it is like the good one)"


def _plain(value):
    if isinstance(value, dict) and "packages" in value:
        return value["name"]
    return "not set" if value is ABSENT else value
