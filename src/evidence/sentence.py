"""The verdict on a comparison in one sentence or a few."""

from src.evidence import invariants, outcome
from src.stats.decision import BENIGN, INCONCLUSIVE, LUCK, REAL, TRUE_BUG

VERDICTS = {
    TRUE_BUG: "true bug",
    REAL: "real difference",
    BENIGN: "benign difference",
    LUCK: "seed luck",
    INCONCLUSIVE: "inconclusive",
}


def sentence(verdict: str, names: tuple[str, str], metric: str, evidence: dict, kinds: dict) -> str:
    """Return what a person would say.

    verdict: one of VERDICTS. names: short names of the baseline and the variant. evidence: of verdict.json. kinds: name
    → module of src/evidence/kinds.py, whose sentences follow.
    """
    text = _verdict(verdict, names, metric, evidence)
    for name, module in kinds.items():
        replayed = name == "replay" and verdict == LUCK and evidence[name] and evidence[name]["same_computation"]
        spoken_for = replayed or (name == "reference" and verdict in (LUCK, INCONCLUSIVE))
        extra = module.say(evidence[name], names) if hasattr(module, "say") and not spoken_for else ""
        text += f". {extra[0].upper()}{extra[1:]}" if extra else ""
    return text[0].upper() + text[1:] + "."


def _verdict(verdict, names, metric, evidence):
    seen, replay = evidence["outcome"], evidence.get("replay")
    if verdict in (TRUE_BUG, REAL):
        broken = invariants.real_differences(evidence["invariants"], names)
        return "; ".join(broken or outcome.real_differences(seen, names, metric))
    if verdict == BENIGN:
        ends = outcome.ends(seen, names, metric)
        return f"{ends}: really {outcome.by_how_much(seen)}, and {outcome.near(seen)}"
    if verdict == INCONCLUSIVE:
        return outcome.undecided(seen, names, metric)
    same = bool(replay and replay["same_computation"])
    how = ""
    if same:
        seeds = ", ".join(str(at_seed["seed"]) for at_seed in replay["seeds"])
        exact = "bit for bit" if replay["identical"] else "up to rounding"
        how = f"replayed from one start, at seeds {seeds}, both train {exact} the same to the end"
    if seen["inside"] and seen["shift"] == 0 == seen["error"]:
        return f"every one of {seen['seeds']} seeds ends the same for `{names[1]}` and `{names[0]}`" + (
            same * f"; {how}"
        )
    if not seen["inside"]:
        return f"{how}; what differs is the seeds' draw: {outcome.ends(seen, names, metric)}"
    return f"{outcome.ends(seen, names, metric)}, {outcome.near(seen)}" + (same * f"; {how}")
