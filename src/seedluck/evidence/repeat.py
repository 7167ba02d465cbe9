"""The same job twice: a difference at one seed is a race, or a draw that nothing seeds."""

import numpy as np

from seedluck.config.place import OUTCOME
from seedluck.evidence.distances import distance
from seedluck.evidence.kinds import Line, Training
from seedluck.wording.numbers import short

TITLE = "Repeat"
SIDES = ("baseline", "variant")


def trainings(epochs: int) -> list[Training]:
    """Return the first seed of every side once more."""
    return [Training("repeat", whole=True)]


def see(comparison) -> dict | None:
    """Return ``baseline`` and ``variant``: what :func:`same` found; None if a run is lacking.

    ``of``: what was compared, ``weights``, or the ``outcome`` where a script's training was not seen inside.
    """
    content = {}
    for name, side in zip(SIDES, comparison.sides, strict=True):
        runs = [comparison.run(role, side, comparison.first_seed) for role in (OUTCOME, "repeat")]
        if None in runs:
            return None
        if all(run.kept_weights for run in runs):
            content[name] = {**same(*(comparison.weights(run, "final") for run in runs)), "of": "weights"}
        else:
            metric = comparison.description.metric
            content[name] = {**same(*({metric: np.array(run.outcome)} for run in runs)), "of": "outcome"}
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
    sides = zip(names, (content or {}).values(), strict=False)
    raced = [(name, side) for name, side in sides if not side["identical"]]
    if not raced:
        return ""
    kept = "weights" if all(side["of"] == "weights" for _, side in raced) else "outcomes"
    return f"the same seed run twice gives different {kept} on {' and '.join(f'`{name}`' for name, _ in raced)}"


def show(content: dict | None, names: tuple[str, str]) -> list[Line]:
    """Return a line for each side."""
    if content is None:
        return [Line("Not made.")]
    lines = []
    for side, name in zip(SIDES, names, strict=True):
        repeated = content[side]
        gap = "more than any number, as one run is not finite," if repeated["gap"] is None else short(repeated["gap"])
        text = f"the same seed run twice differs by {gap} in `{repeated['variable']}`."
        same_text = f"the same seed gives the same {repeated['of']}, bit for bit."
        lines.append(Line(f"{name}: {same_text if repeated['identical'] else text}", not repeated["identical"]))
    return lines
