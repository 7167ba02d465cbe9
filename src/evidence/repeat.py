"""The same job twice: a difference at one seed is a race, or a draw that nothing seeds."""

import numpy as np

from src.config.place import OUTCOME
from src.evidence.distances import distance
from src.evidence.kinds import Line, Training
from src.evidence.numbers import short

TITLE = "Repeat"
SIDES = ("baseline", "variant")


def trainings(epochs: int) -> list[Training]:
    """Return the first seed of every side once more."""
    return [Training("repeat")]


def see(comparison) -> dict | None:
    """Return ``baseline`` and ``variant``: what :func:`same` found; None if a run is lacking."""
    content = {}
    for name, side in zip(SIDES, comparison.sides, strict=True):
        runs = [comparison.run(role, side, comparison.first_seed) for role in (OUTCOME, "repeat")]
        if None in runs:
            return None
        content[name] = same(*(comparison.weights(run, "final") for run in runs))
    return content


def same(first: dict, second: dict) -> dict:
    """Return whether two runs of one job agree bit for bit, and the largest ``gap`` and its ``variable``.

    first, second: final weights, name → array.
    """
    gaps = {name: distance(first[name], second[name]) for name in first}
    worst = max(gaps, key=gaps.get)
    return {
        "identical": all(np.array_equal(first[name], second[name], equal_nan=True) for name in first),
        "gap": gaps[worst],
        "variable": worst,
    }


def all_agree(content: dict | None) -> bool:
    """Return whether every repeated run agrees; false where none was made."""
    return content is not None and all(side["identical"] for side in content.values())


def say(content: dict | None, names: tuple[str, str]) -> str:
    """Return the sides on which the same seed run twice differs."""
    raced = [name for name, side in zip(names, (content or {}).values(), strict=False) if not side["identical"]]
    if not raced:
        return ""
    return f"the same seed run twice gives different weights on {' and '.join(f'`{name}`' for name in raced)}"


def show(content: dict | None, names: tuple[str, str]) -> list[Line]:
    """Return a line for each side."""
    if content is None:
        return [Line("Not made.")]
    lines = []
    for side, name in zip(SIDES, names, strict=True):
        repeated = content[side]
        gap = "more than any number, as one run is not finite," if repeated["gap"] is None else short(repeated["gap"])
        text = f"the same seed run twice differs by {gap} in `{repeated['variable']}`."
        same_text = "the same seed gives the same weights, bit for bit."
        lines.append(Line(f"{name}: {same_text if repeated['identical'] else text}", not repeated["identical"]))
    return lines
