"""The verdict on a comparison in one sentence or a few."""

from seedluck.evidence import copies, invariants, settings
from seedluck.evidence import replay as replay_kind
from seedluck.stats.decision import BENIGN, INCONCLUSIVE, LUCK, REAL, TRUE_BUG
from seedluck.wording import outcome_words

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
    → module of evidence/kinds.py, whose sentences follow. What two scripts were told differently comes first,
    unless they are alike.
    """
    text = _verdict(verdict, names, metric, evidence)
    of_scripts = verdict != LUCK and evidence["outcome"].get("scripts")
    told = settings.told_apart(evidence["settings"], names) if of_scripts else ""
    text = f"{told}. {text[0].upper()}{text[1:]}" if told else text
    for name, module in kinds.items():
        replayed = name == "replay" and verdict == LUCK and evidence[name] and evidence[name]["same_computation"]
        spoken_for = replayed or (name == "reference" and verdict in (LUCK, INCONCLUSIVE))
        extra = module.say(evidence[name], names) if hasattr(module, "say") and not spoken_for else ""
        text += f". {extra[0].upper()}{extra[1:]}" if extra else ""
    if verdict in (TRUE_BUG, REAL) and _trains_the_same(evidence):
        text += f". As both start alike at every seed, what differs is {_beyond_the_replay(evidence['replay'])}"
    for extra in (outcome_words.which_number(evidence["outcome"], names, metric), _not_inside(evidence, names)):
        text += f". {extra[0].upper()}{extra[1:]}" if extra else ""
    return text[0].upper() + text[1:] + "."


def _trains_the_same(evidence):
    """Whether a seed gives both sides the same start, and from it they were seen to train the same to the end."""
    replay = evidence.get("replay")
    same = replay and replay["differs"] is False and replay["all_held"] and replay["to_end"]
    return bool(same and not replay["not_compared"] and evidence["outcome"].get("same_start"))


def _beyond_the_replay(replay):
    """What sets two sides apart that a replay, which holds the order of rows and masks, trains the same."""
    if not replay["ends_alike"]:
        return "what they report, not what they train"
    return "the order of rows, or what layers draw, which a replay holds"


def _not_inside(evidence, names):
    """Whose training was not seen inside, so that nothing of it was replayed."""
    unseen = evidence["outcome"].get("not_seen_inside", ())
    where = " and ".join(f"`{name}`" for name, hidden in zip(names, unseen, strict=False) if hidden)
    return f"the training of {where} was not seen inside, so that nothing was replayed" if where else ""


def _verdict(verdict, names, metric, evidence):
    seen, replay = evidence["outcome"], evidence.get("replay")
    if verdict in (TRUE_BUG, REAL) and (broken := invariants.real_differences(evidence["invariants"], names)):
        return "; ".join(broken)
    if seen.get("copies", {}).get("fixed"):
        return copies.said(seen["copies"], names, metric)
    if verdict in (TRUE_BUG, REAL):
        return "; ".join(outcome_words.real_differences(seen, names, metric))
    if verdict == BENIGN:
        ends = outcome_words.ends(seen, names, metric)
        return f"{ends}: really {outcome_words.by_how_much(seen)}, and {outcome_words.near(seen)}"
    if verdict == INCONCLUSIVE:
        why = replay_kind.not_luck(replay)
        return outcome_words.undecided(seen, names, metric) + (f". {why[0].upper()}{why[1:]}" if why else "")
    same = bool(replay and replay["same_computation"])
    how = ""
    if same:
        seeds = ", ".join(str(at_seed["seed"]) for at_seed in replay["seeds"])
        exact = "bit for bit" if replay["identical"] else "up to rounding"
        how = f"replayed from one start, at seeds {seeds}, both train {exact} the same to the end"
    if seen["same"] or (seen["inside"] and seen["shift"] == 0 == seen["error"]):
        return f"every one of {seen['seeds']} seeds ends the same for `{names[1]}` and `{names[0]}`" + (
            same * f"; {how}"
        )
    if not seen["inside"]:
        return f"{how}; what differs is the seeds' draw: {outcome_words.ends(seen, names, metric)}"
    return f"{outcome_words.ends(seen, names, metric)}, {outcome_words.near(seen)}" + (same * f"; {how}")
