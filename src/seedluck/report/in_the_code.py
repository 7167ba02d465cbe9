"""What may be the cause of a difference that lies in a script itself: all that was seen to differ there."""

from seedluck.wording import apart

CODE = "scenario.script"
BAD = "bad"  # of stats/similarity.py: the difference is still there
MOST = 8  # differences that a sentence lists


def no_cause(content: dict) -> list[str]:
    """Return the factors that were exchanged, and did not make the difference go away. content: of explanation.json."""
    cause = {factor["factor"] for factor in content["cause"]}
    tests = [test["good_values"] for test in content.get("tests", ()) if test["state"] == BAD]
    return [
        name
        for name in (factor["factor"] for factor in content["factors"])
        if name not in cause and any(name in exchanged for exchanged in tests)
    ]


def candidates(content: dict, verdict: dict, names: tuple[str, str]) -> list[apart.Thing]:
    """Return what the sides were given differently, without what was exchanged and is no cause, or is said by an audit.

    content: of explanation.json. verdict: a comparison of verdict.json. names: of the baseline and the variant.
    """
    offered, excluded = {factor["factor"] for factor in content["factors"]}, {*no_cause(content)}
    left, audits = [], {audit for audit, _, _ in _on_one_side(verdict, names)}
    for thing in apart.things(verdict["evidence"]["settings"], names):
        exchangeable = offered.intersection(thing.factors)
        if thing.audit not in audits and not (exchangeable and exchangeable <= excluded):
            left.append(thing)
    return left


def amiss(verdict: dict, names: tuple[str, str]) -> list[str]:
    """Return what audits found wrong on one side alone; arguments: as of :func:`candidates`."""
    return [f"on `{name}`, {says}" for _, name, says in _on_one_side(verdict, names)]


def _on_one_side(verdict, names):
    """Audit, name of the side, and what it says, of all that is wrong on one side alone."""
    seen = verdict["evidence"].get("audits", {})
    audits = [seen.get(side, {}) for side in ("baseline", "variant")]
    return [
        (audit, name, counts["says"])
        for mine, others, name in zip(audits, audits[::-1], names, strict=True)
        for audit, counts in mine.items()
        if counts["wrong"] and not others.get(audit, {"wrong": 0})["wrong"]
    ]


def names_something(content: dict, verdict: dict, names: tuple[str, str]) -> bool:
    """Return whether anything was seen that the cause in a script may be; arguments: as of :func:`candidates`."""
    return bool(amiss(verdict, names)) or any(thing.tells for thing in candidates(content, verdict, names))


def listed(content: dict, verdict: dict, names: tuple[str, str]) -> str:
    """Return all of :func:`candidates` in one phrase; "" for none."""
    said = [thing.said for thing in candidates(content, verdict, names)]
    return "; ".join(said[:MOST] + ([f"and {len(said) - MOST} more"] if len(said) > MOST else []))
