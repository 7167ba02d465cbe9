"""What a person would say of a comparison, from its evidence."""

import math

KINDS = {
    "true_bug": "true bug",
    "seed_luck": "seed luck",
    "benign_difference": "benign difference",
    "inconclusive": "inconclusive",
}


def sentence(verdict: str, baseline: str, variant: str, metric: str, evidence: dict) -> str:
    """One sentence or two. baseline, variant: short names of the sides. evidence: of verdict.json."""
    outcome, replay = evidence["outcome"], evidence["replay"]
    if verdict == "true_bug":
        said = _broken(baseline, variant, evidence["invariants"])
        said += _rates(baseline, variant, outcome) + _shift(baseline, variant, metric, outcome)
        text = "; ".join(said)
    elif outcome["inside"] and outcome["shift"] == 0 and not any(outcome["interval"] or [1]):
        text = f"every one of {outcome['seeds']} seeds ends the same for `{variant}` and `{baseline}`"
        if replay and replay["identical"]:
            text += ", and from one start they train bit for bit the same"
    elif verdict == "benign_difference" or outcome["inside"]:
        near = "no further apart than seeds are"
        if outcome["margin_is"] == "as given":
            near = f"within the margin of {_number(outcome['margin'])}"
        text = f"{_ends(baseline, variant, metric, outcome)}, which is {near}"
    elif verdict == "seed_luck":
        text = f"from the same start `{variant}` trains bit for bit as `{baseline}`: what differs is the seeds' draw"
    else:
        text = _undecided(baseline, variant, metric, outcome)
    for extra in (_races(baseline, variant, evidence["repeat"]), _parts(replay, verdict)):
        text += f". {extra[0].upper()}{extra[1:]}" if extra else ""
    return text[0].upper() + text[1:] + "."


def _broken(baseline, variant, invariants):
    said = []
    for name, found in invariants.items():
        if found["differs"]:
            where, other = (baseline, variant) if found["baseline"]["broken"] else (variant, baseline)
            side = "baseline" if found["baseline"]["broken"] else "variant"
            runs = found[side]["broken"]
            said.append(f"`{name}` is broken in {_all(runs)} of `{where}` and holds in every one of `{other}`")
    return said


def _rates(baseline, variant, outcome):
    if outcome["p_diverged"] is None or outcome["p_diverged"] > outcome["level"]:
        return []
    return [_diverged(baseline, variant, outcome)]


def _diverged(baseline, variant, outcome):
    bad, seeds = outcome["diverged"], outcome["seeds"]
    worse, better = (0, 1) if bad[0] >= bad[1] else (1, 0)
    names, rest = (baseline, variant), bad[better]
    return f"{bad[worse]} of {seeds} seeds of `{names[worse]}` diverged and {rest or 'none'} of `{names[better]}`"


def _shift(baseline, variant, metric, outcome):
    if outcome["p_outside"] is None or outcome["p_outside"] > outcome["level"]:
        return []
    times = abs(outcome["shift"]) / outcome["margin"] if outcome["margin"] else math.inf
    apart = f", {times:.3g} margins apart" if math.isfinite(times) else ", whose seeds all end alike"
    return [f"{_ends(baseline, variant, metric, outcome)}{apart}"]


def _ends(baseline, variant, metric, outcome):
    a, b = outcome["baseline"], outcome["variant"]
    return f"`{metric}` ends at {_spread(b)} for `{variant}` and {_spread(a)} for `{baseline}`"


def _spread(side):
    deviation = side["deviation"]
    return _number(side["mean"]) + (" in one seed" if deviation is None else f" ± {_number(deviation)}")


def _undecided(baseline, variant, metric, outcome):
    seeds, need = outcome["seeds"], outcome["seeds_to_decide"]
    if seeds == 0:
        return f"no seed finished on both `{baseline}` and `{variant}`"
    if outcome["diverged"][0] != outcome["diverged"][1]:
        ends = "" if outcome["shift"] is None else f"; {_ends(baseline, variant, metric, outcome)}"
        why = (
            f"{_diverged(baseline, variant, outcome)}{ends}, and {_plural(seeds, 'seed')} cannot tell that from chance"
        )
    elif outcome["p_outside"] is None and outcome["p_diverged"] is None and outcome["shift"] is not None:
        why = f"{_plural(seeds, 'seed')} cannot pass any test at this level"
    elif outcome["shift"] is None:
        why = f"too few of {_plural(seeds, 'seed')} stayed finite"
    else:
        ends = _ends(baseline, variant, metric, outcome)
        why = f"{ends}, and {_plural(seeds, 'seed')} cannot tell whether that is within the margin"
    if need is None:
        return f"{why}; the difference sits too near the margin, and sweep.margin can say which one matters"
    more = ", or sweep.margin, which says what difference matters" if need > 100 else ""
    return f"{why}; about {need} seeds a side would decide{more}"


def _races(baseline, variant, repeat):
    both = zip((baseline, variant), (repeat or {}).values(), strict=False)
    raced = [name for name, found in both if found and not found["identical"]]
    if not raced:
        return ""
    return f"the same seed run twice gives different weights on {' and '.join(f'`{name}`' for name in raced)}"


def _parts(replay, verdict):
    if not replay:
        return ""
    if replay["differs"] is None:
        return "replayed, the two sides have no variable in common, so that nothing could be compared"
    if verdict == "seed_luck":
        return ""
    if replay["identical"]:
        return "from the same start the two sides train bit for bit the same"
    first = replay["first"]
    if first is None:
        return "from the same start the two sides never part by more than the noise floor"
    start = "" if replay["same_start"] else ", though they could not be given the same start"
    times = f", {first['times_floor']:.2g} times the noise floor" if first["times_floor"] else ""
    if first["distance"] is None:
        times = ", where one side is no longer finite"
    return f"replayed, they part at step {first['step']} in `{first['variable']}`{times}{start}"


def _all(runs):
    return "its one run" if runs == 1 else f"all {runs} runs"


def _plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _number(value):
    return "nothing finite" if value is None else f"{value:.3g}"
