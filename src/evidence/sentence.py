"""The verdict on a comparison in one sentence or a few."""

from src.evidence import invariants, outcome

VERDICTS = {
    "true_bug": "true bug",
    "seed_luck": "seed luck",
    "benign_difference": "benign difference",
    "inconclusive": "inconclusive",
}


def sentence(verdict: str, names: tuple[str, str], metric: str, evidence: dict, kinds: dict) -> str:
    """Return what a person would say.

    verdict: one of VERDICTS. names: short names of the baseline and the variant. evidence: of verdict.json. kinds: name
    → module of src/evidence/kinds.py, whose sentences follow.
    """
    text = _verdict(verdict, names, metric, evidence)
    for name, module in kinds.items():
        spoken_for = (
            name == "replay" and verdict == "seed_luck" and evidence[name] and evidence[name]["differs"] is not None
        )
        extra = module.say(evidence[name], names) if hasattr(module, "say") and not spoken_for else ""
        text += f". {extra[0].upper()}{extra[1:]}" if extra else ""
    return text[0].upper() + text[1:] + "."


def _verdict(verdict, names, metric, evidence):
    seen, replay = evidence["outcome"], evidence.get("replay")
    if verdict == "true_bug":
        real = invariants.real_differences(evidence["invariants"], names)
        return "; ".join(real + outcome.real_differences(seen, names, metric))
    if seen["inside"] and seen["shift"] == 0 and not any(seen["interval"] or [1]):
        text = f"every one of {seen['seeds']} seeds ends the same for `{names[1]}` and `{names[0]}`"
        return text + (", and from one start they train bit for bit the same" if replay and replay["identical"] else "")
    if verdict == "benign_difference" or seen["inside"]:
        near = "no further apart than seeds are"
        if seen["margin_is"] == "as given":
            near = f"within the margin of {seen['margin']:.3g}"
        return f"{outcome.ends(seen, names, metric)}, which is {near}"
    if verdict == "seed_luck":
        return f"from the same start `{names[1]}` trains bit for bit as `{names[0]}`: what differs is the seeds' draw"
    return outcome.undecided(seen, names, metric)
