"""What two configurations resolve differently, as factors of which each can take the other side's value."""

import copy
import math
from dataclasses import dataclass
from typing import Any

from seedluck.config import DEFAULTS, LEFT, NO_FACTORS, leaves
from seedluck.search.handed import OWN, handed
from seedluck.wording import spelling
from seedluck_worker.shared.optimizer_settings import NAMES, RATES, RUNNING
from seedluck_worker.shared.values import read, written

RUNTIME = "runtime"  # interpreter and packages belong together, so they are one factor, where their names differ
INERT = ("seed.value", *(f"scenario.{name}" for name in (*DEFAULTS, "cannot", "variants", "requires")))
INERT_GROUP = "scenario.optimizer_settings."
RESOLVED = {"optimizer.learning_rate": ("optimizer.learning_rate", "optimizer.lr")}  # older versions say lr
NO_FACTOR = (*NAMES, *RATES, *RUNNING)  # of an optimizer's settings


UNKNOWN_KIND = "left_to_package"
LEFT_TO_SCRIPT = ("framework.fit.", "framework.compile.", "framework.execution")
OF_TRAINING = ("framework.", "optimizer.")  # reach only a training that is seen inside


class _Absent:
    """The value of a setting that one side does not have at all."""

    def __repr__(self):
        return "not set"

    def __deepcopy__(self, memo):
        return self


ABSENT = _Absent()


@dataclass(frozen=True)
class Factor:
    """good, bad: the value on either side, every default settled."""

    name: str
    good: Any
    bad: Any

    def said(self, value) -> str:
        """Return ``name=value``, as people read it."""
        return typed(self.name, value).lstrip("+")


def typed(name: str, value) -> str:
    """Return a setting as an override on the command line; what the optimizer's class takes besides is added with +."""
    if name == RUNTIME:
        return f"runtime={value['name']}"
    if value is ABSENT:
        return f"~{name}"
    return f"{'++' if name.startswith('optimizer.settings.') else ''}{name}={written(value)}"


def overrides(name: str, value, config: dict, words) -> list[str]:
    """Return the overrides that, added after ``words``, give a setting this value.

    name, value: of the setting. config: the configuration that all overrides together must give. A runtime can change
    the framework path, so for a runtime ``framework=`` is returned too, unless ``words`` already has it.
    """
    keeps_path = name == RUNTIME and not any(word.startswith("framework=") for word in words)
    return [*([f"framework={config['framework']['name']}"] if keeps_path else []), typed(name, value)]


def differences(good: dict, bad: dict, seen_good: dict, seen_bad: dict) -> list[Factor]:
    """Return all factors in which two resolved configurations differ, in alphabetical order, the runtime last.

    seen_good, seen_bad: parameters of one finished run of each, in which ``resolved.*`` tells what became of
    settings that were left to a default; empty where there is none yet.
    """
    by_name = good["runtime"]["name"] != bad["runtime"]["name"]
    apart = (*NO_FACTORS, RUNTIME) if by_name else NO_FACTORS
    flat = [leaves({key: value for key, value in config.items() if key not in apart}) for config in (good, bad)]
    sides = [_settled(*pair) for pair in zip(flat, (seen_good, seen_bad), strict=True)]
    unseen = any(map(not_seen_inside, (seen_good, seen_bad)))
    factors = []
    for name in sorted({**sides[0], **sides[1]}):
        if name in INERT or name.startswith(INERT_GROUP) or (unseen and name.startswith(OF_TRAINING)):
            continue
        if name == "framework.compile.loss" and any(OWN in str(side.get(name)) for side in sides):
            continue  # no name of the package's; search/handed.py takes it from the script
        good_value, bad_value = (side.get(name, ABSENT) for side in sides)
        asked_for = any(
            name in side for side in flat
        )  # skip what only one framework reports: the other cannot be set to it
        if name.startswith(LEFT_TO_SCRIPT) and {None, LEFT} & {_hashable(good_value), _hashable(bad_value)}:
            continue  # one script was not seen to hand it over, so that there is no value to give the other
        if seen_good and seen_bad and UNKNOWN_KIND in (_hashable(good_value), _hashable(bad_value)):
            continue  # a side's package was not seen to choose
        if not _mean_the_same(name, good_value, bad_value) and (asked_for or ABSENT not in (good_value, bad_value)):
            factors.append(Factor(name, good_value, bad_value))
    taken = handed(good, bad, seen_good, seen_bad)
    factors += [Factor(name, *taken[name]) for name in sorted(taken)]
    if by_name:
        factors.append(Factor(RUNTIME, good["runtime"], bad["runtime"]))
    return factors


def not_seen_inside(seen: dict) -> bool:
    """Return whether a run's training was not seen inside, so that nothing of it can be exchanged. seen: parameters."""
    return seen.get("resolved.given.trainings") == "0"


def _mean_the_same(name, one, other):
    """A setting that a side does not have is what its package computes without it."""
    return alike(one, other) or spelling.same(name, *(None if value is ABSENT else value for value in (one, other)))


def _hashable(value):
    return value if isinstance(value, (str, int, float, bool)) or value is None else repr(value)


def mixed(bad: dict, every: list[Factor], mix: frozenset) -> dict:
    """Return the bad side's configuration, every factor written out; those in ``mix`` have the good side's value."""
    config = copy.deepcopy(bad)
    for factor in every:
        *groups, last = factor.name.split(".")
        place = config
        for group in groups:
            place = place[group]
        value = factor.good if factor.name in mix else factor.bad
        if value is ABSENT:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return config


def at(config: dict, name: str):
    """Return the value of a dotted name, ABSENT where there is none; a runtime's is its name."""
    value = config
    for part in name.split("."):
        value = value.get(part, ABSENT) if isinstance(value, dict) else ABSENT
    return value["name"] if name == RUNTIME else value


def not_taken(config: dict, every: list[Factor], seen: dict) -> str | None:
    """Return a few words on the first factor that a run resolved otherwise than it was told; None if all took.

    seen: the run's parameters.
    """
    for factor in every:
        value, became = at(config, factor.name), _seen(factor.name, seen)
        if None in (became, value) or value is ABSENT:
            continue
        if not _mean_the_same(factor.name, became, value):
            return f"{factor.said(value)} did not take: it became {became}"
    return None


def alike(one, other) -> bool:
    """Equal; numbers up to float32's rounding, since a framework tells its settings in that."""
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in (one, other)):
        return one == other
    return math.isclose(one, other, rel_tol=1e-6)


def _settled(flat, seen):
    """The leaves with defaults settled, and what the optimizer settled that no leaf names."""
    settled = {}
    for name, value in flat.items():
        if name == "optimizer.settings":
            continue
        became = _seen(name, seen)
        settled[name] = value if became is None or _mean_the_same(name, value, became) else became
    for name in seen:
        setting = name.removeprefix("resolved.optimizer.")
        if setting != name and "." not in setting and setting not in NO_FACTOR:
            settled.setdefault(f"optimizer.settings.{setting}", _read(seen[name]))
    return settled


def _seen(name, seen):
    if name == "optimizer.name":
        return None  # what an optimizer calls itself is not what it is chosen by
    for key in RESOLVED.get(name, (name.replace("optimizer.settings.", "optimizer."),)):
        if f"resolved.{key}" in seen:
            return _read(seen[f"resolved.{key}"])
    return None


def _read(text):
    """The value that a parameter was: 0.001, not what float32 makes of it."""
    value = read(text)
    return float(f"{value:.7g}") if isinstance(value, float) else value
