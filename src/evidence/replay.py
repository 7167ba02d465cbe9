"""Two trainings from the same start: where they part, held against how far one training drifts from itself.

A training is given as its checkpoints, ``{step: {variable: array}}``, in order; step counts batches, 0 is the start.
The *noise floor* is the largest distance, at a checkpoint and variable, between the baseline and copies of it whose
initial weights were moved by one unit in the last place.
"""

import numpy as np

from src.evidence import repeat
from src.evidence.distances import distance, matched
from src.evidence.kinds import Line, Training
from src.evidence.numbers import short
from src.evidence.style import FLOOR, INK, VARIANT, axes_of, legend, plain

TITLE = "Replay"
PICTURE = (
    "replay",
    "From the same start",
    "Same initial weights, order of rows and seeds: how far the weights part, step by step, against how far the "
    "baseline drifts from copies of itself moved by one unit in the last place.",
)
COPIES = 3  # of the baseline, for the noise floor
STEPS = 20  # a replay keeps so many first steps
CHECKPOINTS = 40  # and then about so many epochs
FACTOR = 10  # times the floor: two frameworks round every step apart, a copy only its start
ROUNDING = 1e-5  # of the way that a variable has come; what float32 sums in another order amount to


def trainings(epochs: int) -> list[Training]:
    """Return the trainings of a replay: every side from the same start, and moved copies of the baseline.

    The sides share initial weights, order of rows and seeds where that is possible. The COPIES of the baseline, whose
    initial weights are moved by one unit in the last place, give the noise floor. epochs: of the scenario.
    """
    held = ("seed=shared", f"job.steps={STEPS}", f"job.weights_every={max(1, epochs // CHECKPOINTS)}")
    copies = range(1, COPIES + 1)
    floor = [Training("floor", False, copy, (*held, f"seed.ulp_copy={copy}")) for copy in copies]
    return [Training("replay", overrides=held), *floor]


def see(comparison) -> dict | None:
    """Return what :func:`compare` found, the losses beside it, and what could not be held; None if a run is lacking."""
    runs = [comparison.run("replay", side, comparison.first_seed) for side in comparison.sides]
    if None in runs:
        return None
    copies = comparison.runs("floor", comparison.baseline)
    trained = [comparison.checkpoints(run) for run in [*runs, *copies]]
    (baseline, losses), (variant, other_losses), *moved = trained
    content = compare(baseline, variant, [checkpoints for checkpoints, _ in moved])
    draws = any(run.draws for run in runs)
    keys = ("framework.package", "runtime.name")
    same_layers = all(runs[0].params.get(key) == runs[1].params.get(key) for key in keys)
    repeated = repeat.see(comparison)
    content["not_held"] = [
        *(["initial weights"] if content["same_start"] is False else []),
        *(["dropout masks, which every framework draws in its own way"] if draws and not same_layers else []),
        *(
            ["a race or an unseeded draw: a repeated run differs"]
            if repeated and not repeat.all_agree(repeated)
            else []
        ),
    ]
    content["all_held"] = not content["not_held"] and repeated is not None
    content["copies"] = len(moved)
    for point in content["curve"]:
        point.update(loss=[losses.get(point["step"]), other_losses.get(point["step"])])
    return content


def compare(baseline: dict, variant: dict, copies: list[dict]) -> dict:
    """Compare checkpoint by checkpoint; variables are matched by name, or by place where all shapes agree.

    The distance of a variable is the largest absolute difference of one of its entries. A checkpoint differs if, for
    one variable, the distance is larger than FACTOR times the noise floor and larger than ROUNDING times the largest
    distance that this variable has had from its start; or if an entry is finite on one side only.

    Returns ``same_start``, ``identical`` (bit for bit, at every checkpoint), ``differs``, ``first`` (step, variable,
    distance, floor, times_floor; None if nothing differs), ``not_compared`` (variables of one side alone) and
    ``curve``: for each checkpoint its step, distance and floor, the largest over variables. Where the sides have no
    variable or no checkpoint in common, ``same_start`` and ``differs`` are None: nothing was compared.
    """
    start = next(iter(baseline))
    names = matched(baseline[start], next(iter(variant.values())))
    alone = sorted(set(baseline[start]) - set(names)) + sorted(set(variant[start]) - set(names.values()))
    if not names or not any(step in variant for step in baseline if step != start):
        nothing = {"same_start": None, "identical": False, "differs": None, "first": None}
        return {**nothing, "not_compared": alone, "curve": []}
    curve, first, identical, same_start = [], None, True, True
    way = dict.fromkeys(names, 0.0)  # the farthest that each variable has been from its start
    for step in [step for step in baseline if step in variant]:
        worst = {"distance": 0.0, "floor": 0.0}
        for name, other in names.items():
            mine, theirs = baseline[step][name], variant[step][other]
            gap = distance(mine, theirs)
            floor = max((distance(mine, copy[step][name]) for copy in copies if step in copy), default=0.0)
            worst = {"distance": max(worst["distance"], gap), "floor": max(worst["floor"], floor)}
            identical = identical and np.array_equal(mine, theirs, equal_nan=True)
            if step == start:
                same_start = same_start and gap == 0
                continue
            way[name] = max(way[name], distance(mine, baseline[start][name]))
            allowed = max(FACTOR * floor, ROUNDING * way[name])
            if first is None and gap > allowed:
                first = {"step": step, "variable": name, "distance": gap, "floor": floor}
                first["times_floor"] = gap / floor if floor else None
        curve.append({"step": step, **worst})
    return {
        "same_start": same_start,
        "identical": identical and not alone,
        "differs": first is not None,
        "first": first,
        "not_compared": alone,
        "curve": curve,
    }


def say(content: dict | None, names: tuple[str, str]) -> str:
    """Return where the sides part, or that they do not."""
    if not content:
        return ""
    if content["differs"] is None:
        return "replayed, the two sides have no variable in common, so that nothing could be compared"
    if content["identical"]:
        return "from the same start the two sides train bit for bit the same"
    first = content["first"]
    if first is None:
        return "from the same start the two sides never part by more than the noise floor"
    start = "" if content["same_start"] else ", though they could not be given the same start"
    times = f", {first['times_floor']:.2g} times the noise floor" if first["times_floor"] else ""
    if first["distance"] is None:
        times = ", where one side is no longer finite"
    return f"replayed, they part at step {first['step']} in `{first['variable']}`{times}{start}"


def show(content: dict | None, names: tuple[str, str]) -> list[Line]:
    """Return what the replay came to, and what could not be held or compared."""
    if not content:
        return [Line("Not made.")]
    first = content["first"]
    if content["identical"]:
        lines = [Line(f"Bit for bit the same over all {len(content['curve'])} checkpoints.")]
    elif first:
        text = f"Parts at step {first['step']} in `{first['variable']}`: distance {short(first['distance'])}, "
        lines = [Line(f"{text}noise floor {short(first['floor'])} from {content['copies']} copies.")]
    elif content["differs"] is None:
        lines = [Line("The sides have no variable in common, so that nothing was compared.")]
    else:
        lines = [Line(f"Never apart by more than the noise floor of {content['copies']} copies.")]
    if content["not_held"]:
        lines.append(Line(f"Not held: {'; '.join(content['not_held'])}."))
    if content["not_compared"]:
        lines.append(Line(f"Variables of one side alone: {', '.join(content['not_compared'])}."))
    return lines


def draw(content: dict | None, names: tuple[str, str], comparison):
    """Return how far the two sides' weights are apart, step by step, against how far the baseline drifts from itself.

    Distances are the largest of any entry of any variable; 0 is drawn at the bottom.
    """
    if not content or not content["curve"]:
        return None
    curve, first = content["curve"], content["first"]
    figure, axes = axes_of(6.4, 3.4)
    names = [plain(name) for name in names]
    steps = np.array([point["step"] for point in curve], float)
    apart = np.array([np.nan if point["distance"] is None else point["distance"] for point in curve])
    floor = np.array([np.nan if point["floor"] is None else point["floor"] for point in curve])
    seen = np.concatenate([apart, floor])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    bottom = seen.min() / 10 if len(seen) else 1e-9
    axes.set_yscale("log")
    axes.fill_between(steps, bottom, np.maximum(floor, bottom), color=FLOOR, alpha=0.35, lw=0, label="noise floor")
    axes.plot(steps, np.maximum(apart, bottom), "o-", color=VARIANT, ms=3, lw=1.5, label=f"{names[1]} from {names[0]}")
    axes.set_xscale("symlog", linthresh=1)
    top = max(seen.max() * 10, bottom * 1e3) if len(seen) else bottom * 1e6
    axes.set_ylim(bottom * 0.7, top)
    axes.set_xlim(0, max(steps.max(), 1))
    if first is not None:
        axes.axvline(first["step"], color=INK, lw=1, ls=":")
        words = f" parts at step {first['step']}\n in {plain(first['variable'])}"
        late = first["step"] > steps.max() ** 0.5
        words = words if not late else words.replace("\n ", " \n") + " "
        axes.text(first["step"], top * 0.6, words, fontsize=8.5, va="top", ha="right" if late else "left", color=INK)
    elif not (apart > 0).any():
        axes.text(0.5, 0.5, "no difference, bit for bit", transform=axes.transAxes, ha="center", color=INK, fontsize=11)
    broken = steps[~np.isfinite(apart)]
    if len(broken):
        axes.plot(broken, np.full(len(broken), 0.97), "x", color=VARIANT, transform=axes.get_xaxis_transform())
        where = {"transform": axes.get_xaxis_transform(), "fontsize": 8.5, "color": VARIANT}
        axes.text(broken[0], 0.9, "one side not finite ", ha="right", **where)
    axes.set(xlabel="step", ylabel="distance of weights")
    legend(axes, loc="lower right")
    return figure
