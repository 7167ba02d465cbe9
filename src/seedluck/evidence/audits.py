"""General checks of every run, observing/audits.py: they tell where to look, and never decide."""

from seedluck.evidence.kinds import Line

TITLE = "Audits"
STATES = {True: "ok", False: "wrong", None: "unknown"}


def see(comparison) -> dict:
    """Return ``baseline`` and ``variant``: audit → how many runs are ok, wrong, or not checked; and what it says."""
    sides = zip(("baseline", "variant"), comparison.sides, strict=True)
    return {name: _counted(comparison.children, side.label) for name, side in sides}


def _counted(children, label):
    audits = {}
    for place in sorted(children):
        if place.side != label or place.role == "floor":
            continue
        for name, (ok, says) in children[place].audits.items():
            counts = audits.setdefault(name, {"ok": 0, "wrong": 0, "unknown": 0, "says": None})
            counts[STATES[ok]] += 1
            if ok is False and counts["says"] is None:
                counts["says"] = says
    return dict(sorted(audits.items()))


def show(content: dict, names: tuple[str, str]) -> list[Line]:
    """For each side what was found amiss, and what could not always be checked."""
    lines = []
    for side, name in zip(("baseline", "variant"), names, strict=True):
        audits = content[side]
        amiss = [audit for audit in audits.values() if audit["wrong"]]
        if not amiss:
            lines.append(Line(f"{name}: nothing found."))
        for audit in amiss:
            runs = sum(audit[state] for state in STATES.values())
            lines.append(Line(f"{name}: {audit['says']} ({audit['wrong']} of {runs} runs).", True))
        if unknown := [audit_name for audit_name, audit in audits.items() if audit["unknown"]]:
            lines.append(Line(f"{name}: could not always be checked: {', '.join(unknown)}."))
    return lines
