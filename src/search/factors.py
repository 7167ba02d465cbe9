"""What two configurations resolve differently, as factors of which each can take the other side's value."""

import ast
import copy
import json
import math
from dataclasses import dataclass
from typing import Any

from src.config import DEFAULTS, NO_FACTORS, leaves

RUNTIME = "runtime"  # interpreter and packages belong together, so they are one factor
INERT = ("seed.value", *(f"scenario.{name}" for name in (*DEFAULTS, "frameworks", "variants", "requires")))
INERT_GROUP = "scenario.optimizer_settings."
RESOLVED = {"optimizer.learning_rate": ("optimizer.learning_rate", "optimizer.lr")}  # older versions say lr
NAMELESS = ("name", "class", "learning_rate", "lr", "jit_compile", "is_legacy_optimizer")  # of an optimizer's settings


@dataclass(frozen=True)
class Factor:
    """good, bad: the value on either side, every default settled."""

    name: str
    good: Any
    bad: Any

    def said(self, value) -> str:
        """``name=value``, as people read it."""
        return typed(self.name, value).lstrip("+")


def typed(name: str, value) -> str:
    """A setting as an override on the command line; what the optimizer's class takes besides is added with +."""
    if name == RUNTIME:
        return f"runtime={value['name']}"
    added = "++" if name.startswith("optimizer.settings.") else ""
    shown = value if isinstance(value, str) else json.dumps(value)
    return f"{added}{name}={shown}"


def differences(good: dict, bad: dict, seen_good: dict, seen_bad: dict) -> list[Factor]:
    """All factors in which two resolved configurations differ, in alphabetical order.

    seen_good, seen_bad: parameters of one finished run of each, in which ``resolved.*`` tells what became of
    settings that were left to a default; empty where there is none yet.
    """
    sides = []
    for config, seen in ((good, seen_good), (bad, seen_bad)):
        flat = leaves({key: value for key, value in config.items() if key not in (*NO_FACTORS, RUNTIME)})
        sides.append(_settled(flat, seen))
    names = sorted(name for name in {**sides[0], **sides[1]} if name not in INERT and not name.startswith(INERT_GROUP))
    found = []
    for name in names:
        one, other = (side.get(name) for side in sides)
        if all(name in side for side in sides) and not alike(one, other):
            found.append(Factor(name, one, other))
    if good["runtime"]["name"] != bad["runtime"]["name"]:
        found.append(Factor(RUNTIME, good["runtime"], bad["runtime"]))
    return found


def mixed(bad: dict, every: list[Factor], mix: frozenset) -> dict:
    """The bad side's configuration, every factor written out, those named in ``mix`` with the good side's value."""
    config = copy.deepcopy(bad)
    for factor in every:
        *groups, last = factor.name.split(".")
        place = config
        for group in groups:
            place = place[group]
        place[last] = copy.deepcopy(factor.good if factor.name in mix else factor.bad)
    return config


def not_taken(config: dict, every: list[Factor], seen: dict) -> str | None:
    """A few words on the first factor that a run resolved otherwise than it was told; None where all took.

    seen: the run's parameters.
    """
    for factor in every:
        if factor.name == RUNTIME:
            continue
        value = config
        for part in factor.name.split("."):
            value = value[part]
        became = _seen(factor.name, seen)
        if became is not None and value is not None and not alike(became, value):
            return f"{factor.said(value)} did not take: it became {became}"
    return None


def alike(one, other) -> bool:
    """Equal; numbers up to float32's rounding, since a framework tells its settings in that."""
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in (one, other)):
        return one == other
    return math.isclose(one, other, rel_tol=1e-6)


def _settled(flat, seen):
    """The leaves with defaults settled, and what the optimizer settled that no leaf names."""
    found = {}
    for name, value in flat.items():
        if name == "optimizer.settings":
            continue
        became = _seen(name, seen)
        found[name] = value if became is None or alike(value, became) else became
    for name in seen:
        setting = name.removeprefix("resolved.optimizer.")
        if setting != name and "." not in setting and setting not in NAMELESS:
            found.setdefault(f"optimizer.settings.{setting}", _read(seen[name]))
    return found


def _seen(name, seen):
    for key in RESOLVED.get(name, (name.replace("optimizer.settings.", "optimizer."),)):
        if f"resolved.{key}" in seen:
            return _read(seen[f"resolved.{key}"])
    return None


def _read(text):
    """A parameter, which MLflow keeps as text, as the value that it was."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return float(f"{value:.7g}") if isinstance(value, float) else value  # 0.001, not what float32 makes of it
