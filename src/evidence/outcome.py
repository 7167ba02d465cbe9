"""Where every seed ended: whether the two sides really differ, by how much, and whether that matters."""

import itertools
import math

import numpy as np

from src.evidence.kinds import Line
from src.evidence.numbers import plural, short
from src.evidence.spread import spread
from src.evidence.style import BASELINE, COLORS, FLOOR, GRID, INK, axes_of, legend, plain, spans
from src.stats import decision, looks, power, samples
from src.stats.ranks import smallest_p

TITLE = "Outcome over seeds"
PICTURE = (
    "outcomes",
    "Where every seed ended",
    "Each seed on both sides, a cross where a run diverged; of more than 60 seeds the share that ends at or below each "
    "value.",
)
FEW, MANY = (3, 10), 100  # seeds that people train, and how many it takes to say what those would have shown
MOST_PAIRS = 60  # seeds that can be told apart side by side; more are drawn as distributions
DEVIATION = "one robust seed-to-seed deviation of both sides"
AGAINST = {  # of src/stats/decision.py, as a reason why these seeds do not show luck
    "diverged": "one side diverges more often",
    "spread": "the seeds of one side spread further",
    "mean": "the difference of means may be more than two margins",
    "shift": "the outcomes lie further apart",
}


def see(comparison) -> dict:
    """Return what src/stats/decision.py finds in the outcomes, each side's spread, and how many seeds would decide.

    ``shift``, ``interval`` and ``mean_interval`` say by how much the variant ends worse than the baseline.
    """
    (a, b), levels, margin = comparison.losses, comparison.levels, comparison.margin
    level = levels.real / levels.family
    content = decision.outcome(a, b, comparison.same_start, margin, level, levels.inside)
    content["same_start"] = comparison.same_start
    content["margin_is"] = DEVIATION if margin is None else "as given"
    content["level"], content["inside_level"] = levels.real, levels.inside
    content["comparisons"] = levels.family
    content["look"], content["looks_planned"] = levels.look, levels.planned
    content["metric"], content["better"] = comparison.description.metric, comparison.description.better
    for i, name in enumerate(("baseline", "variant")):
        content[name] = spread(comparison.outcomes[i])
        content[name]["converged"] = sum(pair[i].converged for pair in comparison.pairs)
    content.update(_of_many(content, a, b, level) if len(a) >= MANY else {})
    content["seeds_to_decide"] = _seeds_to_decide(content, len(a), levels.family, margin is None)
    return content


def _of_many(content, a, b, level):
    """What only many seeds tell: how few would have misled, the smallest shift that is told, and the tails."""
    few = {str(size): samples.misled(a, b, size) for size in FEW}
    tells = power.shift_told(content["error"], level / (1 + any(content["diverged"])))
    sign = -1 if content["better"] == "higher" else 1
    ends = [sign * samples.tail(side) for side in (a, b)]
    return {
        "few_seeds": {size: told for size, told in few.items() if told},
        "tells": tells if math.isfinite(tells) else None,
        "tails": [end if math.isfinite(end) else None for end in ends],
    }


def _seeds_to_decide(content, seeds, family, estimated):
    """How many seeds a side of a new sweep would decide; None if no number would, or none was trained.

    Where spreads alone speak against luck, no number of seeds takes that away.
    """
    if not seeds or (content["inside"] and content["against"] == ["spread"]):
        return None
    share, bad = looks.share(1, 1), content["diverged"]
    level, inside = decision.LEVEL * share / family, decision.INSIDE * share
    level /= 1 + any(bad)
    need = [power.seeds_to_tell_rates(bad[0], seeds, bad[1], seeds, level)]
    if content["shift"] is not None and content["margin"]:
        seen = (content["shift"], content["error"], seeds, content["margin"], level, inside)
        need.append(power.seeds_to_decide(*seen, estimated))
    need = [number for number in need if number]
    fewest = next(number for number in itertools.count(2) if 2 * smallest_p(number, number, False) <= level)
    if not need and content["shift"] is not None and seeds < fewest:  # which is all that so few seeds can tell
        need = [fewest]
    return max(min(need), fewest) if need else None


def real_differences(content: dict, names: tuple[str, str], metric: str) -> list[str]:
    """Return sentences, without their full stops, for what the tests call a real difference."""
    said, questions = [], 1 + any(content["diverged"])
    level = content["level"] / questions  # of one of the two tests
    rates, shift = ((content[name] is not None and content[name] <= level) for name in ("p_diverged", "p_shift"))
    if rates:
        said.append(_diverged(content, names))
    if shift or not rates:
        said.append(f"{ends(content, names, metric)}: {by_how_much(content)}")
    return said


def by_how_much(content: dict) -> str:
    """Return ``worse by 0.76 (95 % interval 0.74 to 0.78), 31 times the margin of 0.025``."""
    apart, interval, margin, on_average = content["shift"], content["interval"], content["margin"], ""
    if apart is None:
        return "nothing finite to compare"
    if not apart and content["mean_interval"] and sum(content["mean_interval"]):  # ties leave ranks no shift
        apart, interval = sum(content["mean_interval"]) / 2, content["mean_interval"]
        on_average = " on average"
    text = (
        f"{'worse' if apart > 0 else 'better'} by {abs(apart):.3g}{on_average}" if apart else "no further apart than 0"
    )
    if interval:
        low, high = sorted(math.copysign(1, apart) * end + 0.0 for end in interval)  # no -0
        text += f" (95 % interval {low:.3g} to {high:.3g})"
    if not margin or not math.isfinite(margin):
        return text
    times = abs(apart) / margin
    return f"{text}, {times:.2g} times the margin of {margin:.3g}"


def ends(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return ``error ends at 2 ± 1 for new and 1 ± 1 for old``."""
    a, b = content["baseline"], content["variant"]
    return f"`{metric}` ends at {_spread(b)} for `{names[1]}` and {_spread(a)} for `{names[0]}`"


def near(content: dict) -> str:
    """Return what the margin is, of sides that are shown to be within it."""
    estimated = "" if content["margin_is"] == "as given" else f", {DEVIATION}"
    return f"shown to be within the margin of {content['margin']:.3g}{estimated}"


def undecided(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return why the outcomes leave it open, and how many seeds would decide."""
    seeds, need = content["seeds"], content["seeds_to_decide"]
    counted = plural(seeds, "seed")
    if seeds == 0:
        return f"no seed finished on both `{names[0]}` and `{names[1]}`"
    if content["diverged"][0] != content["diverged"][1]:
        far = "" if content["shift"] is None else f"; {ends(content, names, metric)}"
        why = f"{_diverged(content, names)}{far}, and {counted} cannot tell that from chance"
    elif content["shift"] is None:
        return f"{content['diverged'][0]} of {counted} of either side diverged, which leaves nothing to compare"
    elif content["smallest_p"] > content["level"] / content["comparisons"] / (1 + any(content["diverged"])):
        why = f"{ends(content, names, metric)}, and {counted} cannot pass any test at this level"
    elif content["inside"]:
        speaks = " and ".join(AGAINST[reason] for reason in content["against"] if reason in ("diverged", "spread"))
        why = f"{ends(content, names, metric)}, {near(content)}; but {speaks} than chance makes likely"
    else:
        why = f"{ends(content, names, metric)}, and {counted} cannot tell whether that is the seeds' doing"
    if need is None and content["inside"]:
        return why
    if need is None:
        return f"{why}; sweep.margin can say which difference matters"
    more = ", or sweep.margin, which says what difference matters" if need > 100 else ""
    return f"{why}; about {need} seeds a side of a new sweep would decide{more}"


def show(content: dict, names: tuple[str, str]) -> list[Line]:
    """Return the tests and their p-values, by the question that each answers."""
    if not content["seeds"]:
        return [Line("No seed finished on both sides.")]
    lines = [Line(" ".join(_is_it_real(content)))]
    if content["shift"] is not None:
        lines.append(Line(" ".join(_does_it_matter(content))))
    return [*lines, *_is_it_luck(content), *_what_many_show(content, names)]


def _is_it_real(content):
    level = short(content["level"])
    how = "pairs of seeds" if content["paired"] else "all outcomes dealt out"
    if content["p_shift"] is None:
        yield "Is it real? No test of the outcomes: too few are finite."
    else:
        yield f"Is it real? That the sides end alike has p = {short(content['p_shift'])} (exact rank test, {how})."
    if content["p_diverged"] is not None:
        bad = " against ".join(map(str, content["diverged"]))
        p = short(content["p_diverged"])
        yield f"Diverged {bad} of {content['seeds']}: that both diverge as often has p = {p} (Boschloo)."
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
        yield f"That they are a margin apart, or more, has p = {p}; {level} would show them to be nearer."
    if content["mean_interval"]:
        low, high = (short(end) for end in content["mean_interval"])
        yield f"On average the variant ends worse by {low} to {high} (95 % interval, Welch's t, or of pairs)."
    if any(content.get("far", ())):
        far = " against ".join(map(str, content["far"]))
        unit = "deviations" if content["deviation"] > content["margin"] else "margins"
        yield f"{far} seeds end more than {decision.FAR} {unit} out, and count as {decision.FAR} in means and spreads."
    chance = short(content["probability_variant_better"])
    yield f"A run of the variant ends better than one of the baseline with probability {chance}."


def _is_it_luck(content):
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
    return picture(seeds, list(comparison.outcomes), list(names), content["metric"], content.get("margin"))


def picture(seeds: list[int], sides: list[np.ndarray], names: list[str], metric: str, margin: float | None):
    """Return the outcome of every seed on both sides, joined; diverged runs stand on a line of their own at the top.

    seeds: as in the sweep; sides: two arrays of shape (seeds,), NaN where a run diverged. margin: drawn around the
    baseline's median. Of more than 60 seeds the distributions are drawn.
    """
    if len(seeds) > MOST_PAIRS:
        return _distributions(sides, names, metric, margin)
    figure, axes = axes_of(6.4, 3.4)
    places = np.arange(len(seeds))
    finite = np.concatenate([side[np.isfinite(side)] for side in sides])
    diverged = any(np.isnan(side).any() for side in sides)
    if len(finite) and spans(finite):
        axes.set_yscale("log")
    if len(finite) and margin and np.isfinite(sides[0]).any():
        middle = np.median(sides[0][np.isfinite(sides[0])])
        if margin > 0.004 * np.ptp(finite):
            axes.axhspan(middle - margin, middle + margin, color=FLOOR, alpha=0.18, lw=0, label="the margin")
    for place, pair in zip(places, zip(*sides, strict=True), strict=True):
        if np.isfinite(pair).all():
            axes.plot([place, place], pair, color=GRID, lw=2, zorder=1)
    if len(finite):
        axes.autoscale()
        axes.set_ylim(*axes.get_ylim())
    top = 1.06
    for side, name, color, marker in zip(sides, names, COLORS, "os", strict=True):
        bad = int(np.isnan(side).sum())
        label = plain(name) + (f" ({bad} diverged)" if bad else "")
        style = {"color": color, "ls": "", "ms": 6, "zorder": 3}
        axes.plot(places, side, marker=marker, label=label, mfc=color if marker == "o" else "none", mew=1.6, **style)
        shift = -0.09 if color == BASELINE else 0.09
        transform = axes.get_xaxis_transform()
        where = places[np.isnan(side)] + shift
        axes.plot(where, np.full(bad, top), "x", mew=2, transform=transform, clip_on=False, **style)
    if diverged:
        axes.text(1.01, top, "diverged", transform=axes.transAxes, fontsize=8.5, va="center", color=INK)
    every = max(1, len(seeds) // 20)
    axes.set_xticks(places[::every], [str(seed) for seed in seeds[::every]])
    axes.set(xlabel="seed", ylabel=plain(metric), xlim=(-0.6, len(seeds) - 0.4))
    legend(axes)
    return figure


def _distributions(sides, names, metric, margin):
    """The share of all runs that end at or below a value; a side's line ends below 1 where runs diverged."""
    figure, axes = axes_of(6.4, 3.4)
    finite = [np.sort(side[np.isfinite(side)]) for side in sides]
    if spans(np.concatenate(finite)):
        axes.set_xscale("log")
    if margin and len(finite[0]):
        middle = np.median(finite[0])
        axes.axvspan(middle - margin, middle + margin, color=FLOOR, alpha=0.18, lw=0, label="the margin")
    for side, values, name, color in zip(sides, finite, names, COLORS, strict=True):
        bad = len(side) - len(values)
        label = plain(name) + (f" ({bad} diverged)" if bad else "")
        axes.step(values, np.arange(1, len(values) + 1) / len(side), where="post", color=color, lw=1.8, label=label)
    axes.set(xlabel=plain(metric), ylabel="share of seeds that end here or below", ylim=(0, 1.02))
    legend(axes, loc="lower right")
    return figure


def _diverged(content, names):
    bad, seeds = content["diverged"], content["seeds"]
    worse, better = (0, 1) if bad[0] >= bad[1] else (1, 0)
    rest = bad[better]
    return f"{bad[worse]} of {seeds} seeds of `{names[worse]}` diverged and {rest or 'none'} of `{names[better]}`"


def _spread(side):
    if side["mean"] is None:
        return "nothing finite"
    spread = " in the one finite seed" if side["deviation"] is None else f" ± {side['deviation']:.3g}"
    return f"{side['mean']:.3g}{spread}"
