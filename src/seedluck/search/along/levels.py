"""The two sides of a question at every level of an ordered factor, such as the runtimes from old to new."""

import re
from pathlib import Path

import numpy as np
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from seedluck.basics.errors import Mistake, nearest
from seedluck.basics.project import PROJECT
from seedluck.config import NO_FACTORS, fingerprint, leaves
from seedluck.config.composer import composed
from seedluck.config.locks import locked
from seedluck.search.along.bisection import DIFFERS, REFUSED, REVERSED, SAME, UNKNOWN
from seedluck.search.along.over import SETTING, package_of
from seedluck.search.along.over import values as releases
from seedluck.search.factors import RUNTIME, overrides
from seedluck.search.sequential import Refused
from seedluck.search.sides import overridden
from seedluck.stats import decision, looks
from seedluck.stats.estimates import margin as deviation_of
from seedluck.stats.failures import failed
from seedluck.stats.ranks import p_above, probability_better

ROUND = 6  # seeds a look, with which both answers can be reached
LOOKS = 4


class Levels:
    """Tells at each level whether the two sides still differ as they did where the question was asked.

    question: Question. levels: level → the good side and the bad side there. tell: called with a
    line for people.
    """

    def __init__(self, question, factor, levels, trials, tell):
        self.factor, self.tests = factor, {}
        self._question, self._levels, self._trials, self._tell = question, levels, trials, tell
        good, bad = (question.outcomes(runs) for runs in question.runs)
        self._good_is_lower = probability_better(good, bad) < 0.5
        margin = question.description.margin
        whole = [side[~out] for side, out in zip((good, bad), failed(good, bad), strict=True)]
        self.margin = deviation_of(*whole) if margin is None or question.invariants else margin
        with np.errstate(invalid="ignore"):
            way = abs(float(np.median(bad) - np.median(good)))
        if np.isfinite(way):
            self.margin = np.fmax(self.margin, way / 4)  # of one seed there is no deviation

    def test(self, level: str) -> str:
        """Return a state of search/along/bisection.py, by looks at more and more seeds."""
        self._tell(f"{self.factor} {level}")
        for look in range(1, LOOKS + 1):
            tested = self._look(level, look)
            self.tests[level] = tested
            if tested["state"] != UNKNOWN:
                break
        said = f": {tested['says']}" if tested["says"] else f", {tested['seeds']} seeds a side"
        self._tell(f"  {tested['state'].replace('_', ' ')}{said}")
        return tested["state"]

    def _look(self, level, look):
        question = self._question
        first = question.seeds[: ROUND * look]
        seeds = first + [max(question.seeds) + 1 + i for i in range(ROUND * look - len(first))]
        nothing = {"state": REFUSED, "seeds": 0, "says": None, "p": None, "inside": None, "good": None, "bad": None}
        sides, runs = self._levels[level][::-1], []
        for train in (False, True):  # before one side is trained, the other must be able to
            for side in sides:
                try:
                    if train:
                        runs.insert(0, self._trials.runs(side, f"{side.name}, {self.factor} {level}", seeds))
                    else:
                        self._trials.allowed(side)
                except Refused as refused:
                    return {**nothing, "says": f"{side.name}: {refused.args[0]}"}
        a, b = (question.outcomes(side) for side in runs)
        share = looks.early(look)
        level = decision.LEVEL * share
        together = all(one.starts_as(other) for one, other in zip(*runs, strict=True))
        margin = self.margin if np.isfinite(self.margin) else None  # none is known where a side diverged throughout
        seen = decision.outcome(a, b, together, margin, level, decision.INSIDE * share)
        state, beyond = SAME if seen["inside"] else UNKNOWN, self._beyond(a, b, seen)
        if beyond <= level:
            state = DIFFERS if (probability_better(a, b) < 0.5) == self._good_is_lower else REVERSED
        return {
            **nothing,
            "state": state,
            "seeds": len(seeds),
            "p": beyond,
            "inside": seen["inside"],
            "good": [float(outcome) if np.isfinite(outcome) else None for outcome in a],
            "bad": [float(outcome) if np.isfinite(outcome) else None for outcome in b],
            "runs": [[run.run_id for run in side] for side in runs],
        }

    def _beyond(self, a, b, seen):
        """The p-value of "no more than the margin apart, and failing as often"."""
        out_a, out_b = failed(a, b)
        x, y = (a[~(out_a | out_b)], b[~(out_a | out_b)]) if seen["paired"] else (a[~out_a], b[~out_b])
        p = [seen["p_failed"]] if seen["questions"] > 1 else []
        if len(x) and len(y) and np.isfinite(seen["margin"]):
            p.append(2 * min(p_above(*pair, seen["margin"], seen["paired"]) for pair in ((x, y), (y, x))))
        return min(1.0, seen["questions"] * min(p, default=1.0))


def read(text: str, sides: tuple, factors: list) -> tuple[str, dict]:
    """Return the factor that ``over=`` names, and level → the two sides at that level, in order.

    text: the value of ``over=``. sides: the good and the bad, Side. factors: in which the sides
    differ. Raises Mistake if the factor is not a setting, if the sides differ in it, if its values change nothing, or
    if it has fewer than two values (only the runtime has an order of its own). Raises the errors of Hydra and OmegaConf
    if a value is wrong.
    """
    factor, values = _read(text, sides[1], factors)
    setting = SETTING if package_of(factor, sides[1].config["runtime"]) else factor
    levels = {
        name: tuple(overridden(side, overrides(setting, value, side.config, side.words)) for side in sides)
        for name, value in values.items()
    }
    if len(levels) < 2:
        raise Mistake(
            f"over={text} lists {', '.join(values) or 'nothing'}; allowed: two values or more, each once; the nearest "
            f"valid choice is over={RUNTIME}."
        )
    wrong = [sentence for pair in levels.values() for side in pair for sentence in side.wrong]
    if wrong and factor != RUNTIME and setting != SETTING:  # of which not every one need be able to run both sides
        raise Mistake(*dict.fromkeys(wrong))
    first, *rest = ([fingerprint(side.config, side.import_path) for side in pair] for pair in levels.values())
    if all(pair == first for pair in rest):
        raise Mistake(
            f"over={text} decides nothing: every value composes to the same configuration, as another setting takes "
            "its place; allowed: a setting that is used; the nearest valid choice is over=runtime."
        )
    return factor, levels


def _read(text, bad, factors):
    """The factor, and name → value."""
    factor, equals, listed = text.partition("=")
    if factor in [known_factor.name for known_factor in factors]:
        raise Mistake(
            f"over is {factor!r}, in which the two sides differ, so they would become one; allowed: what they have "
            "in common; the nearest valid choice is to ask without over, which tries it as a cause."
        )
    if (package := package_of(text, bad.config["runtime"])) is not None:
        if RUNTIME in [known_factor.name for known_factor in factors]:
            raise Mistake(
                f"over={text} lays releases over one runtime, and the sides have two; allowed: sides with one runtime; "
                "the nearest valid choice is to ask without over, which tries the runtime as a cause."
            )
        return package, releases(text, package, bad.config["runtime"])
    if factor == RUNTIME:
        return factor, _runtimes(bad, [word.strip() for word in listed.split(",")] if equals else None)
    config = {key: value for key, value in bad.config.items() if key not in NO_FACTORS}
    known = {name: value for name, value in leaves(config).items() if name != "seed.value"}
    if factor not in known:
        raise Mistake(
            f"over is {factor!r}; allowed: runtime, a package of it, or a setting{nearest(factor, [RUNTIME, *known])}."
        )
    names, values = _listed(text)
    if len(values) < 2:
        raise Mistake(
            f"over={text} names no order; allowed: over={factor}=VALUE,VALUE,... from first to last; the nearest valid "
            f"choice begins with over={factor}={known[factor]},."
        )
    number = isinstance(known[factor], (int, float)) and not isinstance(known[factor], bool)
    for name, value in zip(names, values, strict=True):
        if number and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise Mistake(f"over={factor} lists {name}; allowed: numbers; the nearest valid choice is {known[factor]}.")
    return factor, dict(zip(names, values, strict=True))


def _listed(text):
    """The values of a sweep as Hydra's grammar reads it: as typed, and as they are meant."""
    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException:
        return [], []
    if not override.is_discrete_sweep():
        return [], []
    return [*override.sweep_string_iterator()], [*override.sweep_iterator()]


def _runtimes(side, asked):
    """Runtimes that compute with the side's backend, by the versions in their locks: TensorFlow's, then Keras's."""
    folders = [PROJECT / "conf", *map(Path, side.import_path)]
    names = sorted({file.stem for folder in folders for file in (folder / "runtime").glob("*.yaml")})
    for name in asked or []:
        if name not in names:
            raise Mistake(f"over=runtime lists {name!r}; allowed: {', '.join(names)}{nearest(name, names)}.")
    composed_runtimes = {}
    folders = [word for word in side.words if word.startswith("--config-dir=")]
    for name in asked or names:
        composed_runtimes[name] = OmegaConf.to_container(composed([f"runtime={name}", *folders]).runtime, resolve=True)
    if asked:
        return composed_runtimes
    backend = side.config["runtime"]["backend"]
    alike = {name: runtime for name, runtime in composed_runtimes.items() if runtime["backend"] == backend}
    return dict(sorted(alike.items(), key=lambda item: _age(item[1])))


def _age(runtime):
    versions = locked(runtime)
    named = [versions.get("tensorflow") or versions.get("tensorflow-cpu"), versions.get("keras")]
    return [[int(part) for part in re.findall(r"\d+", version or "0")] for version in named]
