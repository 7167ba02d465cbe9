"""Where every seed ended: whether the two sides really differ, by how much, and whether that matters."""

import itertools
import math

import numpy as np

from seedluck.evidence import copies
from seedluck.evidence.kinds import Line
from seedluck.evidence.spread import spread
from seedluck.stats import decision, looks, power, samples
from seedluck.stats.location import FEWEST
from seedluck.stats.ranks import smallest_p
from seedluck.wording.numbers import short
from seedluck.wording.outcome_picture import MOST_PAIRS, picture
from seedluck.wording.outcome_words import AGAINST, DEVIATION, by_how_much, where

TITLE = "Outcome over seeds"
PICTURE = (
    "outcomes",
    "Where every seed ended",
    "Each seed on both sides, a cross where a run diverged; of more than 60 seeds the share that ends at or below each "
    "value.",
)
FEW, MANY = (3, 10), 100  # seeds that people train, and how many it takes to say what those would have shown


def see(comparison) -> dict:
    """Return what stats/decision.py finds in the outcomes, each side's spread, and how many seeds would decide.

    ``shift``, ``interval`` and ``mean_interval`` say by how much the variant ends worse than the baseline.
    """
    (a, b), levels, margin = comparison.losses, comparison.levels, comparison.margin
    level = levels.real / levels.family
    paired = comparison.in_pairs
    content = decision.outcome(a, b, paired, margin, level, levels.inside, levels.doubt, comparison.limit)
    for name in ("failed_from", "others_to"):
        content[name] = None if content[name] is None else comparison.sign * content[name]
    content["same_start"] = comparison.same_start
    if [run.seed for run in comparison.judged[0]] != [run.seed for run in comparison.judged[1]]:
        content.update(same=False, p_same=1.0)  # which is of pairs of one seed
    content["copies"] = copies.see(comparison)
    content["not_seen_inside"] = [any(not run.kept_weights for run in runs) for runs in comparison.judged]
    content["scripts"] = any(run.of_script for runs in comparison.judged for run in runs)
    content["numbers"] = [_numbers(runs) for runs in comparison.judged]
    content["margin_is"] = DEVIATION if margin is None else "as given"
    content["level"], content["inside_level"] = levels.real, levels.inside
    content["comparisons"] = levels.family
    content["look"], content["looks_planned"] = levels.look, levels.planned
    content["metric"], content["better"] = comparison.description.metric, comparison.description.better
    for name, runs, failed in zip(("baseline", "variant"), comparison.judged, comparison.failed, strict=True):
        content[name] = spread(np.array([run.outcome for run in runs if run.seed not in failed]))
        content[name]["converged"] = sum(run.converged for run in runs)
    content.update(_of_many(content, a, b, level) if min(len(a), len(b)) >= MANY else {})
    content["seeds_to_decide"] = seeds_to_decide(content, content["seeds"], levels.family, margin is None)
    return content


def _numbers(runs):
    """Where the numbers come from that go by the metric's name, and which they are at the first seed: the one that was
    taken, then others that differ from it by more than rounding."""
    first = next((run.numbers for run in runs if run.numbers), ())
    others = [one for one in first[1:] if not _one_number(one[1], first[0][1])]
    return [list(one) for one in (*first[:1], *others)]


def _of_many(content, a, b, level):
    """What only many seeds tell: how few would have misled, the smallest shift that is told, and the tails."""
    few = {str(size): samples.misled(a, b, size) for size in FEW}
    tells = told_by(content, level)
    sign = -1 if content["better"] == "higher" else 1
    ends = [sign * samples.tail(side) for side in (a, b)]
    return {
        "few_seeds": {size: told for size, told in few.items() if told},
        "tells": tells if math.isfinite(tells) else None,
        "tails": [end if math.isfinite(end) else None for end in ends],
    }


def _one_number(one, other):
    return math.isclose(one, other, rel_tol=1e-3) or (math.isnan(one) and math.isnan(other))


def told_by(content: dict, level: float) -> float:
    """Return the shift that as many seeds call a difference with a chance of 80 %, in the metric's units.

    content: of seedluck.stats.decision.outcome. level: two-sided, of this comparison. What is within the margin needs a
    smaller p-value to be called one.
    """
    level /= content["questions"]
    tells = power.shift_told(content["error"], level)
    if tells < content["margin"]:
        tells = power.shift_told(content["error"], level * decision.less_by_chance(content["seeds"]))
    return tells


def seeds_to_decide(content: dict, seeds: int, family: int, estimated: bool) -> int | None:
    """How many seeds a side of a new sweep would decide; None if no number would, or none was trained.

    Where spreads alone speak against luck, no number of seeds takes that away.
    """
    if not seeds or (content["inside"] and content["against"] == ["spread"]):
        return None
    share, bad, runs = looks.share(1, 1), content["failed"], content["runs"]
    level, inside = decision.LEVEL * share / family, decision.INSIDE * share
    level /= 1 + any(bad)
    need = [power.seeds_to_tell_rates(bad[0], runs[0], bad[1], runs[1], level)]
    if content["shift"] is not None and content["margin"]:
        seen = (content["shift"], content["error"], seeds, content["margin"], level, inside)
        need.append(power.seeds_to_decide(*seen, estimated))
    need = [number for number in need if number]
    fewest = next(number for number in itertools.count(2) if 2 * smallest_p(number, number, False) <= level)
    if not need and content["shift"] is not None and seeds < fewest:  # which is all that so few seeds can tell
        need = [fewest]
    return max(min(need), fewest) if need else None


def show(content: dict, names: tuple[str, str]) -> list[Line]:
    """Return the tests and their p-values, by the question that each answers."""
    if not content["seeds"]:
        return [Line("No seed finished on both sides.")]
    lines = [Line(" ".join(_is_it_real(content)))]
    if content["shift"] is not None:
        lines.append(Line(" ".join(_does_it_matter(content))))
    return [*lines, *_where_sides_end(content, names), *_is_it_luck(content), *_what_many_show(content, names)]


def _is_it_real(content):
    level = short(content["level"])
    how = "pairs of seeds" if content["paired"] else "all outcomes dealt out"
    if content["p_shift"] is None:
        yield "Is it real? No test of the outcomes: too few are finite."
    else:
        yield f"Is it real? That the sides end alike has p = {short(content['p_shift'])} (exact rank test, {how})."
    if content["p_failed"] is not None:
        bad = " against ".join(f"{bad} of {of}" for bad, of in zip(content["failed"], content["runs"], strict=True))
        low, high = (_share(end) for end in content["rates_interval"])
        yield f"Failed: {bad}{where(content)}. That both fail as often has p = {short(content['p_failed'])} (Boschloo);"
        yield f"the rates differ by {low} to {high} (95 % interval, Newcombe)."
    if "p_adjusted" in content:
        taken = f"look {content['look']} of {content['looks_planned']}"
        taken = f"look {content['look']}, beyond those planned" if content["look"] > content["looks_planned"] else taken
        yield (f"Over all comparisons: p = {short(content['p_adjusted'])} (Holm); {level} is needed ({taken}).")
        if content.get("inside") and (part := decision.less_by_chance(content["seeds"])) < 1:
            less = short(content["level"] * part)
            yield f"Of so many seeds {less} is needed for a difference that is shown to be within the margin."


def _does_it_matter(content):
    yield f"Does it matter? The variant ends {by_how_much(content)} ({content['margin_is']})."
    if content["p_within"] is not None:
        p, level = short(content["p_within"]), short(content["inside_level"])
        shown = content["p_within"] <= content["inside_level"]
        word = "Shown" if shown else "Not shown"
        yield f"{word} to be within the margin of {short(content['margin'])} (p = {p}, {level} is needed)."
    if content["mean_interval"]:
        low, high = (short(end) for end in content["mean_interval"])
        yield f"On average the variant ends worse by {low} to {high} (95 % interval of t, short where skewed)."
    chance, interval = short(content["probability_variant_better"]), content["probability_interval"]
    covers = 95 if content["seeds"] >= FEWEST else 90
    within = f" ({covers} % interval {short(interval[0])} to {short(interval[1])})" if interval else ""
    yield f"A run of the variant ends better than one of the baseline with probability {chance}{within}."


def _where_sides_end(content, names):
    """Interquartile means and medians of both sides, with their intervals."""
    for side, name in zip(("baseline", "variant"), names, strict=True):
        told = content[side]
        if told["iqm"] is not None and told["deviation"] is not None:
            parts = [
                f"{what} {short(told[key])}{_interval(told[key + '_interval'])}"
                for what, key in (("interquartile mean", "iqm"), ("median", "median"))
            ]
            yield Line(f"`{name}`: {', '.join(parts)}.")


def _interval(ends):
    return f" ({short(ends[0])} to {short(ends[1])})" if ends else ""


def _is_it_luck(content):
    if content.get("p_same", 1.0) < 1:
        p = short(content["p_same"])
        yield Line(
            f"Every seed ends the same on both sides. By chance all pairs would be equal with p = {p} (permutation)."
        )
    if content["p_spread"] is not None:
        yield Line(f"Is it luck? That the seeds of both sides spread alike has p = {short(content['p_spread'])}.")
    if content["against"]:
        speaks = "; ".join(AGAINST[reason] for reason in content["against"])
        yield Line(f"Against luck: {speaks}.", True)


def _what_many_show(content, names):
    if content.get("tells"):
        times = content["tells"] / content["margin"] if content["margin"] else 0.0
        told = f"So many seeds tell a shift of {short(content['tells'])} or more, with a chance of 80 %"
        yield Line(f"{told}{f', {times:.2g} margins' if times else ''}.")
    if content.get("tails"):
        where = ["diverges" if end is None else f"ends at {short(end)} or worse" for end in content["tails"]]
        yield Line(f"Tails: the worst hundredth of `{names[0]}` {where[0]}, of `{names[1]}` {where[1]}.")
    for size, told in content.get("few_seeds", {}).items():
        told = {name: share if share is None else _share(share) for name, share in told.items()}
        other = "" if told["other_way"] is None else f"the means stand the other way in {told['other_way']}, and "
        different = f"Welch's t calls them different in {told['called_different']}"
        yield Line(f"Of {size} seeds a side, drawn from these: {other}{different}.")


def _share(part):
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.2g} %"


def draw(content: dict, names: tuple[str, str], comparison):
    """Return the outcome of every seed on both sides."""
    if not comparison.pairs:
        return None
    seeds = [pair[0].seed for pair in comparison.pairs]
    sides = list(comparison.outcomes)
    if len(seeds) <= MOST_PAIRS:
        sides = [np.array([pair[i].outcome for pair in comparison.pairs]) for i in (0, 1)]
    return picture(seeds, sides, list(names), content["metric"], content.get("margin"))
