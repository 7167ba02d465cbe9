"""Where every seed ended: whether the two sides differ by more than the margin, or are shown not to."""

import math

import numpy as np

from src.evidence.kinds import Line
from src.evidence.numbers import plural, short
from src.evidence.spread import spread
from src.evidence.style import BASELINE, COLORS, FLOOR, GRID, INK, axes_of, legend, plain, spans
from src.stats import decision, tests

TITLE = "Outcome over seeds"
PICTURE = (
    "outcomes",
    "Where every seed ended",
    "Each seed on both sides, a cross where a run diverged; of more than 60 seeds the share that ends at or below each "
    "value.",
)
MOST_PAIRS = 60  # seeds that can be told apart side by side; more are drawn as distributions


def see(comparison) -> dict:
    """Return what src/stats/decision.py finds in the outcomes, each side's spread, and how many seeds would decide."""
    (a, b), levels, family = comparison.outcomes, comparison.levels, comparison.family
    if not len(a):
        nothing = {"seeds": 0, "shift": None, "p": 1.0, "p_diverged": None, "p_outside": None, "inside": False}
        return {**nothing, "seeds_to_decide": None, "level": levels["alpha"], "metric": comparison.description.metric}
    margin = comparison.margin
    content = decision.outcome(a, b, margin, levels["alpha"] / family, levels["inside"])
    content.update(decision.described(a, b, content["paired"]))
    content["margin_is"] = "one seed-to-seed deviation of the baseline" if margin is None else "as given"
    content["level"] = levels["alpha"]
    content["metric"] = comparison.description.metric
    for i, name in enumerate(("baseline", "variant")):
        content[name] = spread((a, b)[i])
        content[name]["converged"] = sum(pair[i].converged for pair in comparison.pairs)
    rates = [content[name]["converged"] for name in ("baseline", "variant")]
    content["p_converged"] = tests.p_rates(rates[0], len(a), rates[1], len(b))
    content["seeds_to_decide"] = _seeds_to_decide(content, a, b, levels, family)
    return content


def _seeds_to_decide(content, a, b, levels, family):
    """How many seeds a side would decide; None if no number would."""
    deviations = [content[name]["deviation"] for name in ("baseline", "variant")]
    level, bad = levels["alpha"] / family / 2, content["diverged"]
    need = [tests.seeds_to_tell_rates(bad[0], len(a), bad[1], len(b), level)]
    if content["shift"] is not None and None not in deviations:
        of_two = np.std(b - a, ddof=1) if content["paired"] else np.hypot(*deviations)
        pooled = float(of_two) / math.sqrt(2)
        need.append(tests.seeds_to_decide(content["shift"], pooled, content["margin"], level, levels["inside"]))
    return min((seeds for seeds in need if seeds), default=None)


def real_differences(content: dict, names: tuple[str, str], metric: str) -> list[str]:
    """Sentences, without their full stops, for what the tests call a real difference."""
    said = []
    if content["p_diverged"] is not None and content["p_diverged"] <= content["level"]:
        said.append(_diverged(content, names))
    if content["p_outside"] is not None and content["p_outside"] <= content["level"]:
        times = abs(content["shift"]) / content["margin"] if content["margin"] else math.inf
        apart = f", {times:.3g} margins apart" if math.isfinite(times) else ", whose seeds all end alike"
        said.append(ends(content, names, metric) + apart)
    return said


def ends(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return ``error ends at 2 ± 1 for new and 1 ± 1 for old``."""
    a, b = content["baseline"], content["variant"]
    return f"`{metric}` ends at {_spread(b)} for `{names[1]}` and {_spread(a)} for `{names[0]}`"


def undecided(content: dict, names: tuple[str, str], metric: str) -> str:
    """Why the outcomes leave it open, and how many seeds would decide."""
    seeds, need = content["seeds"], content["seeds_to_decide"]
    counted = plural(seeds, "seed")
    if seeds == 0:
        return f"no seed finished on both `{names[0]}` and `{names[1]}`"
    if content["diverged"][0] != content["diverged"][1]:
        far = "" if content["shift"] is None else f"; {ends(content, names, metric)}"
        why = f"{_diverged(content, names)}{far}, and {counted} cannot tell that from chance"
    elif content["p_outside"] is None and content["p_diverged"] is None and content["shift"] is not None:
        why = f"{counted} cannot pass any test at this level"
    elif content["shift"] is None:
        why = f"too few of {counted} stayed finite"
    else:
        why = f"{ends(content, names, metric)}, and {counted} cannot tell whether that is within the margin"
    if need is None:
        return f"{why}; the difference sits too near the margin, and sweep.margin can say which one matters"
    more = ", or sweep.margin, which says what difference matters" if need > 100 else ""
    return f"{why}; about {need} seeds a side would decide{more}"


def show(content: dict, names: tuple[str, str]) -> list[Line]:
    """Return the tests and their p-values."""
    text = []
    if content["p_outside"] is not None:
        how = "pairs of seeds" if content["paired"] else "all numbers dealt out"
        margin = f"{short(content['margin'])} ({content['margin_is']})"
        text.append(f"Apart by more than the margin of {margin}: p = {short(content['p_outside'])}, exact, {how}.")
    elif content["seeds"]:
        least = short(content["smallest_p"])
        text.append(
            "No test of the margin was run: so few finite outcomes cannot pass one (smallest possible p = "
            + f"{least})."
        )
    else:
        text.append("No seed finished on both sides.")
    if content.get("p_inside") is not None:
        text.append(f"Within the margin: p = {short(content['p_inside'])}.")
    if content.get("interval"):
        low, high = (short(end) for end in content["interval"])
        text.append(f"Difference of means, variant less baseline: 95 % from {low} to {high} (bootstrap).")
    if "probability_variant_better" in content:
        chance = short(content["probability_variant_better"])
        text.append(f"A run of the variant ends better than one of the baseline with probability {chance}.")
    if content["p_diverged"] is not None:
        bad = " against ".join(map(str, content["diverged"]))
        text.append(f"Diverged {bad} of {content['seeds']}: p = {short(content['p_diverged'])} (Boschloo).")
    if "p_adjusted" in content:
        level = short(content["level"])
        text.append(
            f"Over all comparisons of this sweep: p = {short(content['p_adjusted'])} (Holm); {level} is needed."
        )
    return [Line(" ".join(text))]


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
    deviation = side["deviation"]
    mean = "nothing finite" if side["mean"] is None else f"{side['mean']:.3g}"
    return mean + (" in one seed" if deviation is None else f" ± {deviation:.3g}")
