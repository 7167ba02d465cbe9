"""Two trainings from the same start: where they part, held against how far one training drifts from itself.

A training is given as its checkpoints, ``{step: {variable: array}}``, in order; step counts batches, 0 is the start.
The *noise floor* is the largest distance, at a checkpoint and variable, between a side and a copy of it whose initial
weights were moved by one unit in the last place.
"""

from collections.abc import Sequence

import numpy as np

from seedluck.config.place import OUTCOME
from seedluck.evidence import own_draws, repeat, starts
from seedluck.evidence.distances import distance, matched
from seedluck.evidence.kinds import FURTHER_SEEDS, Line, Training, own_role
from seedluck.stats.estimates import margin as seed_to_seed
from seedluck.wording.numbers import short
from seedluck.wording.style import FLOOR, INK, VARIANT, axes_of, by_step, legend, logarithmic, plain

TITLE = "Replay"
PICTURE = (
    "replay",
    "From the same start",
    "Same initial weights, order of rows and seeds: how far the weights part, step by step, against how far a side "
    "drifts from a copy of itself moved by one unit in the last place.",
)
STEPS = 20  # a replay keeps so many first steps
CHECKPOINTS = 40  # and then about so many epochs, and the end
FACTOR = 10  # times the floor: two frameworks round every step apart, a copy only its start
MOST_OWN = 3  # seeds that failed, each replayed from its own start
OUTCOME_ROUNDING = 1e-3  # of an outcome; a metric of the same weights may be summed otherwise
ROUNDING = 1e-5  # of the way that a variable has come; what float32 sums in another order amount to


def trainings(epochs: int | None) -> list[Training]:
    """Return the trainings of a replay: every side from the same start, and a moved copy of every side.

    The sides share initial weights, order of rows and seeds where that is possible. The copies, whose initial weights
    are moved by one unit in the last place, give the noise floor. Where some layers draw in each package's own way, the
    sides are replayed once more with these layers kept from drawing. epochs: of the scenario; None of a script, which
    keeps about so many checkpoints by itself.
    """
    held = ("seed=shared", f"job.steps={STEPS}")
    if epochs:
        held += (f"job.weights_every={max(1, epochs // CHECKPOINTS)}",)
    return [
        Training("replay", overrides=held, further=True, same_start="replay"),
        Training("floor", copy=1, overrides=(*held, "seed.ulp_copy=1"), further=True, same_start="replay"),
        Training("inactive", overrides=held, same_start="inactive", without="replay"),
        Training("inactive", copy=1, overrides=(*held, "seed.ulp_copy=1"), same_start="inactive", without="replay"),
        Training("own", overrides=held[1:], own_start=True),
        Training("own", copy=1, overrides=(*held[1:], "seed.ulp_copy=1"), own_start=True),
    ]


def further(content: dict | None) -> bool:
    """Return whether further seeds are to be replayed: while those that were could show the same computation."""
    if content is None or content["differs"] is not False:
        return False
    return content["all_held"] and content["to_end"] and not content["not_compared"]


def own_starts(comparison) -> list[tuple[int, int]]:
    """Return (seed, side) of seeds that failed on one side or both, to be replayed as they were: with the initial
    weights, and the draws, that they had on that side. At most MOST_OWN seeds; side: 0 baseline, 1 variant."""
    wanted = _failed_starts(comparison)
    seeds = list(dict.fromkeys(seed for seed, _ in wanted))[:MOST_OWN]
    return [(seed, side) for seed, side in wanted if seed in seeds and _seen_inside(comparison, seed)]


def _failed_starts(comparison):
    """(seed, side) of every start of a seed that failed; one where both sides failed from the same start."""
    failed = sorted((seed, side) for side, seeds in enumerate(comparison.failed) for seed in seeds)
    both = {seed for seed, side in failed if side == 1} & {seed for seed, side in failed if side == 0}
    pairs = {pair[0].seed: pair for pair in comparison.pairs}
    once = {seed for seed in both if seed in pairs and pairs[seed][0].starts_as(pairs[seed][1])}
    return [(seed, side) for seed, side in failed if side == 0 or seed not in once]


def _seen_inside(comparison, seed):
    """Whether a seed's training was seen inside on both sides."""
    runs = [comparison.run(OUTCOME, side, seed) for side in comparison.sides]
    return all(run is not None and run.kept_weights for run in runs)


def see(comparison) -> dict | None:
    """Return what :func:`compare` found and what could not be held; None if the first seed was not replayed.

    Of several seeds, the content is that of the first one that differs, or of the first of all. ``seeds`` has each
    with what came of it, ``own`` each that failed, replayed from its own start. ``same_computation``: on FURTHER_SEEDS
    seeds or more, among them the one on which the sides ended furthest apart, they were the same to the end of
    training, but for rounding, and everything could be held; and so were all that failed. ``drawn_alike``,
    ``drawn_apart``: of evidence/starts.py. ``every_seed``: whether every seed of the sweep was replayed.
    """
    seen = {seed: _at(comparison, seed) for seed in _replayed(comparison)}
    if comparison.first_seed not in seen:
        return None
    chosen = next((seed for seed, at_seed in seen.items() if at_seed["differs"]), comparison.first_seed)
    furthest = comparison.by_distance[:1]
    inactive = [comparison.run("inactive", side, comparison.first_seed) for side in comparison.sides]
    own = [_own(comparison, seed, side) for seed, side in own_starts(comparison)]
    whole = [*seen.values(), *own]
    same = (
        len(seen) >= FURTHER_SEEDS
        and set(furthest) <= set(seen)
        and all(at_seed["differs"] is False and at_seed["to_end"] and not at_seed["not_compared"] for at_seed in whole)
        and all(at_seed["all_held"] and at_seed["ends_alike"] for at_seed in seen.values())
        and len(own) == len(_failed_starts(comparison))
    )
    return {
        **seen[chosen],
        "seed": chosen,
        "inactive": _without(comparison, inactive) if None not in inactive else None,
        "identical": all(at_seed["identical"] for at_seed in seen.values()),
        "all_held": all(at_seed["all_held"] for at_seed in seen.values()),
        "seeds": [
            {"seed": seed, **{key: at_seed[key] for key in ("identical", "differs", "first")}}
            for seed, at_seed in seen.items()
        ],
        "own": own,
        "same_computation": same,
        "every_seed": {run.seed for runs in comparison.judged for run in runs} <= set(seen),
        **(starts.see(comparison) if same else {"drawn_alike": None, "drawn_apart": []}),
    }


def _own(comparison, seed, side):
    """What came of a seed that failed on a side, replayed from the start that it had there."""
    role = own_role("own", side)
    runs = [comparison.run(role, one, seed) for one in comparison.sides]
    told = {"seed": seed, "start_of": side}
    if None in runs:
        return {**told, "differs": None, "first": None, "to_end": False, "not_compared": [], "not_held": []}
    baseline, variant = (comparison.checkpoints(run)[0] for run in runs)
    copies = [comparison.run(role, one, seed, copy=1) for one in comparison.sides]
    moved = [[comparison.checkpoints(copy)[0]] if copy else [] for copy in copies]
    content = compare(baseline, variant, *moved)
    failed = comparison.run(OUTCOME, comparison.sides[side], seed)
    not_held = own_draws.not_held(runs, again=failed.ended == runs[side].ended)
    return {
        **told,
        **{key: content[key] for key in ("differs", "first", "to_end", "not_compared")},
        "not_held": not_held,
    }


def _replayed(comparison):
    """Seeds at which both sides were replayed, the first of the sweep first."""
    kept = [[run for run in comparison.runs("replay", side) if run.kept_weights] for side in comparison.sides]
    seeds = [{run.seed for run in runs} for runs in kept]
    return sorted(seeds[0] & seeds[1], key=lambda seed: (seed != comparison.first_seed, seed))


def _without(comparison, runs):
    """What came of the replay in which layers were kept from drawing, and which."""
    copies = [[comparison.run("inactive", side, comparison.first_seed, copy=1)] for side in comparison.sides]
    checkpoints = [comparison.checkpoints(run)[0] for run in runs]
    moved = [[comparison.checkpoints(run)[0] for run in side if run is not None] for side in copies]
    replays = [comparison.run("replay", side, comparison.first_seed) for side in comparison.sides]
    layers = sorted({name for run in replays for name in run.layers_not_held})
    return {"layers": layers, **compare(*checkpoints, *moved)}


def _at(comparison, seed):
    """What came of the replay at one seed."""
    runs = [comparison.run("replay", side, seed) for side in comparison.sides]
    copies = [comparison.runs("floor", side, seed) for side in comparison.sides]
    (baseline, losses), (variant, other_losses) = (comparison.checkpoints(run) for run in runs)
    moved = [[comparison.checkpoints(run)[0] for run in side] for side in copies]
    content = compare(baseline, variant, *moved)
    drawing = sorted({layer for run in runs for layer in run.not_held})
    draws_alike = runs[0].draws_as(runs[1])
    repeated = repeat.see(comparison)
    content["not_held"] = [
        *(["initial weights"] if content["same_start"] is False else []),
        *([f"what {', '.join(drawing)} draws, in each package's own way"] if drawing and not draws_alike else []),
        *_not_fed_alike(runs),
        *(
            ["a race or an unseeded draw: a repeated run differs"]
            if repeated and not repeat.all_agree(repeated)
            else []
        ),
    ]
    content["all_held"] = not content["not_held"] and repeated is not None
    content["copies"] = sum(map(len, moved))
    content["ends_alike"] = _ends_alike(comparison, runs, copies)
    for point in content["curve"]:
        point.update(loss=[losses.get(point["step"]), other_losses.get(point["step"])])
    return content


def _ends_alike(comparison, runs, copies):
    """Whether replays of one computation also end with the same outcome, within rounding and a tenth of what seeds do.

    A side that measures otherwise trains alike and ends elsewhere.
    """
    a, b = (run.outcome for run in runs)
    if not (np.isfinite(a) and np.isfinite(b)):
        return bool(np.isfinite(a) == np.isfinite(b))
    drifts = [abs(copy.outcome - run.outcome) for run, of_run in zip(runs, copies, strict=True) for copy in of_run]
    drift = max((one for one in drifts if np.isfinite(one)), default=0.0)
    kept = [side[np.isfinite(side)] for side in comparison.losses]
    seeds = seed_to_seed(*kept)
    apart = max(FACTOR * drift, OUTCOME_ROUNDING * max(abs(a), abs(b)), 0.1 * seeds if np.isfinite(seeds) else 0.0)
    return bool(abs(a - b) <= apart)


def _not_fed_alike(runs):
    """What is to be said of rows that do not come in the same order, or were not seen to; of a scenario's arrays, and
    where both were seen batch by batch, nothing else can be."""
    fed = [run.params.get("resolved.data.fed.sha256") for run in runs]
    if all(fed):
        same_rows = len({run.params.get("resolved.data.fed.rows") for run in runs}) == 1
        how = "the order of rows" if same_rows else "the rows, as each side is fed others"
        return [] if fed[0] == fed[1] else [how]
    streams = [run.params.get("resolved.data.x.sha256") == "" for run in runs]
    batches = [run.params.get("resolved.data.batches.sha256") for run in runs]
    if any(streams):
        alike = batches[0] is not None and batches[0] == batches[1]
        return [] if alike else ["the batches, which a side is not given as arrays and in another order"]
    return ["the order of rows, which was not seen"] if any(run.of_script for run in runs) else []


def compare(baseline: dict, variant: dict, copies: list[dict], other_copies: Sequence[dict] = ()) -> dict:
    """Compare checkpoint by checkpoint; variables are matched by name, or by place where all shapes agree.

    copies, other_copies: of the baseline and of the variant, moved by one unit in the last place.

    The distance of a variable is the largest absolute difference of one of its entries. A checkpoint differs if, for
    one variable, the distance is larger than FACTOR times the noise floor and larger than ROUNDING times the largest
    distance that this variable has had from its start; or if an entry is finite on one side only.

    Returns ``same_start``, ``identical`` (bit for bit, at every checkpoint), ``differs``, ``first`` (step, variable,
    distance, floor, times_floor, and ``waits``: for each side whether it moves its weights later, and not in this
    step; None if nothing differs), ``to_end`` (whether both were compared at the end of training), ``not_compared``
    (variables of one side alone) and ``curve``: for each checkpoint its step, distance and floor, the largest over
    variables. Where the sides have no variable or no checkpoint in common, ``same_start`` and ``differs`` are None:
    nothing was compared.
    """
    start = next(iter(baseline))
    first_of_variant = next(iter(variant))
    names = matched(baseline[start], variant[first_of_variant])
    alone = sorted(set(baseline[start]) - set(names)) + sorted(set(variant[start]) - set(names.values()))
    if not names or not any(step in variant for step in baseline if step != start):
        nothing = {"same_start": None, "identical": False, "differs": None, "first": None}
        return {**nothing, "to_end": False, "not_compared": alone, "curve": []}
    curve, first, identical, same_start = [], None, True, True
    way = dict.fromkeys(names, 0.0)  # the farthest that each variable has been from its start
    for step in [step for step in baseline if step in variant]:
        worst = {"distance": 0.0, "floor": 0.0}
        for name, other in names.items():
            mine, theirs = baseline[step][name], variant[step][other]
            gap = distance(mine, theirs)
            drifts = [distance(mine, copy[step][name]) for copy in copies if step in copy]
            drifts += [distance(theirs, copy[step][other]) for copy in other_copies if step in copy]
            floor = max(filter(np.isfinite, drifts), default=0.0)  # a copy that diverges is no measure of rounding
            worst = {"distance": max(worst["distance"], gap), "floor": max(worst["floor"], floor)}
            identical = identical and np.array_equal(mine, theirs, equal_nan=True)
            if step == start:
                same_start = same_start and gap == 0
                continue
            ways = distance(mine, baseline[start][name]), distance(theirs, variant[first_of_variant][other])
            way[name] = max([way[name], *filter(np.isfinite, ways)])
            allowed = max(FACTOR * floor, ROUNDING * way[name])
            if first is None and gap > allowed:
                first = {"step": step, "variable": name, "distance": gap, "floor": floor}
                first["times_floor"] = gap / floor if floor else None
                first["waits"] = [_waits(baseline, step, names), _waits(variant, step, names.values())]
        curve.append({"step": step, **worst})
    return {
        "same_start": same_start,
        "identical": identical and not alone,
        "differs": first is not None,
        "first": first,
        "to_end": max(baseline) in variant and max(variant) in baseline,
        "not_compared": alone,
        "curve": curve,
    }


def _waits(checkpoints, step, names):
    """Whether none of these variables changed since the checkpoint before, and one does later."""
    before = max(other for other in checkpoints if other < step)
    return not _apart(checkpoints[before], checkpoints[step], names) and _apart(
        checkpoints[step], checkpoints[max(checkpoints)], names
    )


def _apart(one, other, names):
    return any(distance(one[name], other[name]) != 0 for name in names)


def say(content: dict | None, names: tuple[str, str]) -> str:
    """Return where the sides part, or that they do not."""
    if not content:
        return ""
    if content["differs"] is None:
        return "replayed, the two sides have no variable or no step in common, so that nothing could be compared"
    said = _said(content, names)
    if inactive := content["inactive"]:
        layers = ", ".join(f"`{name}`" for name in inactive["layers"])
        said += f". With {layers} kept from drawing, {_said({**inactive, 'seeds': []}, names)}"
    own = [_said_of_own(one, names) for one in content.get("own", ()) if one["differs"]]
    return ". ".join([said, *(one[0].upper() + one[1:] for one in own[:1])])


def not_luck(content: dict | None) -> str:
    """Return why the same computation from the same start does not show luck by itself; "" where it is none."""
    if not content or not content["same_computation"]:
        return ""
    apart = content.get("drawn_apart")
    how = f"they do not start alike: {'; '.join(apart)}" if apart else "how they start was not compared"
    if content.get("drawn_alike"):
        return ""
    return f"from the same start both train the same; {how}"


def _said_of_own(own, names):
    """What came of a seed that failed, replayed from its own start."""
    start = f"seed {own['seed']}, which failed on `{names[own['start_of']]}`, replayed as it started there"
    if own["differs"] is None:
        return f"{start}, could not be compared"
    if not own["differs"]:
        return f"{start}, trains the same on both sides"
    if own["not_held"]:
        return f"{start}, trains apart, but not all was held: {'; '.join(own['not_held'])}"
    return f"{start}, trains apart from step {own['first']['step']} on"


def _said(content, names):
    first, on = content["first"], _on(content)
    if content["differs"] is None:
        return "nothing could be compared"
    if content["identical"]:
        return f"from the same start the two sides train bit for bit the same{_how_far(content)}{on}"
    if first is None:
        return f"from the same start the two sides stay the same up to rounding{_how_far(content)}{on}"
    if content.get("not_held"):
        return f"replayed, they train apart, but not all could be held or compared: {'; '.join(content['not_held'])}"
    if any(first.get("waits", ())):
        still, moved = names if first["waits"][0] else names[::-1]
        return (
            f"step by step they cannot be compared, as they do not update their weights at the same steps: at step "
            f"{first['step']} `{moved}` does and `{still}` does not"
        )
    times = f", {first['times_floor']:.2g} times the noise floor" if first["times_floor"] else ""
    if first["distance"] is None:
        times = ", where one side is no longer finite"
    return f"replayed, they part at step {first['step']} in `{first['variable']}`{times}"


def show(content: dict | None, names: tuple[str, str]) -> list[Line]:
    """Return what the replay came to, and what could not be held or compared."""
    if not content:
        return [Line("Not made.")]
    first, on = content["first"], _on(content)
    if content["identical"]:
        lines = [Line(f"Bit for bit the same over all {len(content['curve'])} checkpoints{_how_far(content)}{on}.")]
    elif first and any(first.get("waits", ())):
        said = _said(content, names)
        lines = [Line(f"{said[0].upper()}{said[1:]}.")]
    elif first:
        how = "parts" if not content["not_held"] else "is apart, where not all was held,"
        text = f"At seed {content['seed']} {how} at step {first['step']} in `{first['variable']}`: distance "
        text += f"{short(first['distance'])}, noise floor {short(first['floor'])}"
        lines = [Line(f"{text} from {content['copies']} moved copies.")]
    elif content["differs"] is None:
        lines = [Line("The sides have no variable or no step in common, so that nothing was compared.")]
    else:
        lines = [Line(f"Up to rounding the same{_how_far(content)}{on}: within the noise floor.")]
    if content["not_held"]:
        lines.append(Line(f"Not held: {'; '.join(content['not_held'])}."))
    if inactive := content["inactive"]:
        said = _said({**inactive, "seeds": []}, names)
        layers = ", ".join(f"`{name}`" for name in inactive["layers"])
        lines.append(Line(f"With {layers} kept from drawing: {said}."))
    lines += [Line(f"{said[0].upper()}{said[1:]}.") for one in content["own"] if (said := _said_of_own(one, names))]
    if said := not_luck(content):
        lines.append(Line(f"{said[0].upper()}{said[1:]}."))
    elif content["drawn_alike"]:
        lines.append(Line("Both draw alike how they start."))
    if content["differs"] is False and not content["ends_alike"]:
        lines.append(Line("Both train the same and end with another outcome: what differs is what they report.", True))
    if content["not_compared"]:
        lines.append(Line(f"Variables of one side alone: {', '.join(content['not_compared'])}."))
    return lines


def _how_far(content):
    """Up to where the sides were compared."""
    return ", to the end of training" if content["to_end"] else ", as far as both could be compared"


def _on(content):
    """On which seeds, where there are several."""
    seeds = [str(at_seed["seed"]) for at_seed in content["seeds"]]
    return f", on each of seeds {', '.join(seeds[:-1])} and {seeds[-1]}" if len(seeds) > 1 else ""


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
    logarithmic(axes, "y")
    axes.fill_between(steps, bottom, np.maximum(floor, bottom), color=FLOOR, alpha=0.35, lw=0, label="noise floor")
    axes.plot(steps, np.maximum(apart, bottom), "o-", color=VARIANT, ms=3, lw=1.5, label=f"{names[1]} from {names[0]}")
    by_step(axes)
    top = max(seen.max() * 10, bottom * 1e3) if len(seen) else bottom * 1e6
    axes.set_ylim(bottom * 0.7, top)
    axes.set_xlim(0, max(steps.max(), 1))
    if first is not None and not content["not_held"]:
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
