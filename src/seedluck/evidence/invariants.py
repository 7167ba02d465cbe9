"""The scenario's invariants: one that holds in every run of one side and in none of the other tells them apart."""

from seedluck.evidence.kinds import Line
from seedluck.stats import decision

TITLE = "Invariants"
SIDES = ("baseline", "variant")


def see(comparison) -> dict:
    """Return invariant → content of verdict.json about it.

    ``baseline`` and ``variant``: in how many runs it ``holds`` and is ``broken``. ``differs``: whether it holds in
    every run of one side and is broken in every run of the other.
    """
    held = ({}, {})
    for pair in comparison.pairs:
        for side, run in zip(held, pair, strict=True):
            for name, holds in run.invariants.items():
                side.setdefault(name, []).append(holds)
    differ = decision.invariants_differ(*held)
    return {
        name: {
            **{
                side: {"holds": sum(runs.get(name, [])), "broken": runs.get(name, []).count(False)}
                for side, runs in zip(SIDES, held, strict=True)
            },
            "differs": name in differ,
        }
        for name in {**held[0], **held[1]}
    }


def broken_side(content: dict) -> int | None:
    """Return the side that breaks the first invariant that tells them apart: 0 the baseline, 1 the variant; or None."""
    differing = (counts for counts in content.values() if counts["differs"])
    return next((0 if counts["baseline"]["broken"] else 1 for counts in differing), None)


def real_differences(content: dict, names: tuple[str, str]) -> list[str]:
    """Sentences, without their full stops, for every invariant that tells the sides apart."""
    said = []
    for name, counts in content.items():
        if counts["differs"]:
            worse = 0 if counts["baseline"]["broken"] else 1
            runs = counts[SIDES[worse]]["broken"]
            counted = "its one run" if runs == 1 else f"all {runs} runs"
            better = names[1 - worse]
            said.append(f"`{name}` is broken in {counted} of `{names[worse]}` and holds in every one of `{better}`")
    return said


def show(content: dict, names: tuple[str, str]) -> list[Line]:
    """Return a line for each invariant."""
    if not content:
        return [Line("The scenario declares none.")]
    return [
        Line(
            f"`{name}`: broken in {counts['baseline']['broken']} runs of the baseline and "
            f"{counts['variant']['broken']} of the variant.",
            counts["differs"],
        )
        for name, counts in content.items()
    ]
