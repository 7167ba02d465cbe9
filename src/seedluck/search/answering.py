"""What comes of a question once its sweep is judged: a search for the cause, a history along an order, or neither."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from seedluck.report import explanation_words as wording
from seedluck.report import in_the_code
from seedluck.runtimes.releases import ready
from seedluck.search.along import bisection, packages
from seedluck.search.along.levels import Levels
from seedluck.search.along.over import package_of, version_of
from seedluck.search.cause import AMBIGUOUS, FOUND, NOT_IN_CONFIGURATION
from seedluck.search.exchange import Search, explain, seeds_of
from seedluck.search.factors import RUNTIME, not_seen_inside
from seedluck.search.sequential import references
from seedluck.search.wider import reopen, widen
from seedluck.stats.decision import INCONCLUSIVE, REAL, TRUE_BUG


@dataclass(frozen=True)
class Wanted:
    """What a search is asked for.

    every: all factors. hidden, suspects: names of some. along: a factor's name and its levels, or None. whole: whether
    the last tenth of the difference matters too. each: whether every level of an order is tried. packaged: whether a
    cause that is the runtime is followed to its packages.
    """

    every: list
    hidden: list[str]
    suspects: list[str]
    along: tuple | None
    whole: bool
    each: bool
    packaged: bool


def answer(sides, wanted: Wanted, trials, say: Callable) -> dict:
    """Return what comes of searching: part of the content of explanation.json.

    sides: Question, whose seeds may grow. trials: Trials. say: takes a line for
    people.
    """
    content = {"status": "luck", "cause": [], "remainder": None, "cured": None, "provoked": None}
    content.update(why="", factors=[], tests=[])
    if wanted.along is not None:
        return {**content, **_history(sides, wanted, trials, say)}
    verdict, had = sides.verdict, len(sides.seeds)
    differ, is_open = verdict["verdict"] in (TRUE_BUG, REAL), verdict["verdict"] == INCONCLUSIVE
    if is_open:
        differ = reopen(sides, trials, say)
        content.update(status=AMBIGUOUS, why=_left_open(verdict, len(sides.seeds) - had))
    if differ:
        needed = references(*(sides.values(runs) for runs in sides.runs), seeds_of(sides.good, sides.bad))
        widen(sides, trials, needed, say)
        search = Search(trials, sides, wanted.every, wanted.hidden, wanted.whole, say)
        content = _named(explain(search, wanted.suspects), sides)
    content["more_seeds"] = len(sides.seeds) - had if is_open else 0
    names = (sides.description.scenario, sides.description.metric, sides.good.name, sides.bad.name)
    unseen = [side.name for side in (sides.good, sides.bad) if not_seen_inside(side.params)]
    content["sentence"] = wording.sentence(content, *names, verdict, wanted.hidden, sides.bad_is, unseen)
    if [factor["factor"] for factor in content["cause"]] == [RUNTIME] and wanted.packaged:
        content.update(_package(sides, trials, say))
        content["sentence"] += f" {packages.said(content['releases'], sides.bad.name)}"
    return content


def _left_open(verdict, more):
    seeds = f", and {more} more seeds of each side leave it so" if more else ""
    return f"the verdict itself is inconclusive{seeds}: {verdict['sentence']}"


def _named(content, sides):
    """The same, but that a script as a whole is no cause where nothing in it was seen to differ."""
    by_code = [factor["factor"] for factor in content["cause"]] == [in_the_code.CODE]
    if content["status"] == FOUND and by_code and not in_the_code.names_something(content, sides.verdict, sides.names):
        why = "only the script as a whole makes the difference go away, and nothing was seen in it that may cause it"
        content.update(status=NOT_IN_CONFIGURATION, cause=[], why=why)
    return content


def _package(sides, trials, say):
    """Which package of the runtime it is, and since which release: further content of explanation.json."""
    say("the cause is the runtime; its packages are tried one by one")
    search = packages.Packages(trials, sides, [], [], False, say)
    runtimes = [side.config["runtime"] for side in (sides.good, sides.bad)]
    found = packages.taken_apart(search, *runtimes, say)
    return {"releases": found, "first_seen": found["first_seen"], "gone_since": found["gone_since"]}


def _history(sides, wanted, trials, say):
    factor, pairs = wanted.along
    widen(sides, trials, seeds_of(sides.good, sides.bad).reference, say)
    levels = Levels(sides, factor, pairs, trials, say)
    runtime = sides.bad.config["runtime"]
    start = runtime["name"] if factor == RUNTIME else None
    if package_of(factor, runtime) is not None:
        start = version_of(factor, runtime)
    is_package = package_of(factor, runtime) is not None
    ahead = partial(_make_ready, pairs) if is_package else (lambda coming: None)
    along_levels = bisection.history(list(pairs), levels.test, start, wanted.each, ahead)
    states = {*along_levels.states.values()}
    alike = bisection.SAME in states and states <= {bisection.SAME, bisection.REFUSED}
    alike &= along_levels.states.get(start, bisection.SAME) == bisection.SAME
    return {
        "status": "found" if along_levels.first_seen else "luck" if alike else "ambiguous",
        "over": factor,
        "first_seen": along_levels.first_seen,
        "gone_since": along_levels.gone_since,
        "monotone": along_levels.monotone,
        "levels": [{"level": level, **levels.tests.get(level, {"state": "not_tried"})} for level in pairs],
        "sentence": wording.history(factor, along_levels, sides.good.name, sides.bad.name),
    }


def _make_ready(pairs, coming):
    """Begin to install what the levels need that may come next."""
    for level in coming:
        for runtime in {json.dumps(side.config["runtime"]): side.config["runtime"] for side in pairs[level]}.values():
            ready(runtime)
