"""Which side computes wrongly: each is held against a training in float64 that was told the same as it.

The reference of a side (the path ``reference``, docs/reference.md) begins with the initial weights of the side's replay
and sees the same rows, the same dropout masks, the optimizer and the settings that the side had. A side *departs* at a
checkpoint where one of its variables is further from its reference than rounding explains, and where that is a part
worth naming of how far the two sides are apart. Rounding is measured on the reference itself: copies of it compute in
the side's own type, from weights moved by one unit in the last place. So neither a race nor a fault of the side can
hide in the floor that it is held against.

Where versions of a package compute by different formulas, each documented, such as an epsilon inside of a root or
beside it, the reference is trained by each, and the one that is nearest to the side counts.
"""

import itertools
import math

import numpy as np

from seedluck.basics.errors import Mistake
from seedluck.evidence.distances import distance, matched
from seedluck.evidence.kinds import Line, Training
from seedluck.evidence.replay import CHECKPOINTS, FACTOR, ROUNDING, STEPS
from seedluck.wording.numbers import short
from seedluck.wording.style import BASELINE, FLOOR, VARIANT, axes_of, by_step, legend, logarithmic, plain
from seedluck_worker.shared.optimizer_settings import NAMES, RATES, RUNNING, SCALES_AND_LOCKS
from seedluck_worker.shared.values import read, written

TITLE = "Reference"
PICTURE = (
    "reference",
    "Held against a reference",
    "How far each side's weights are from a training in float64 that was told the same, and how far rounding alone "
    "carries that training (the pale bands).",
)
SIDES = ("baseline", "variant")
ROLE, ROUNDED = "reference", "reference_rounded"
COPIES = 2  # of the reference in the side's own type: a unit that rounds to the other side of 0 is not in every copy
SHARE = 0.1  # of the distance between the two sides, which a departure must be to explain something
INSTEAD = ("framework", "runtime", "optimizer", "device", "seed", "job")  # groups that a reference sets by itself

# Settings that documented versions of an optimizer decide differently → their choices.
FORMS = {
    "rmsprop": {"epsilon_within_root": (True, False)},
    "adagrad": {"epsilon_within_root": (True, False)},
}
FORMS_OF_AVERAGING = {"average_from": ("initial", "first")}
OF_AVERAGING = ("use_ema", "ema_momentum", "ema_overwrite_frequency")
LEFT_OUT = (*NAMES, *RATES, *RUNNING, *SCALES_AND_LOCKS, *FORMS_OF_AVERAGING)  # of an optimizer's settings


def follows(config: dict, params: dict) -> list[Training]:
    """Return the trainings of a side's reference, once the sides really differ.

    config: of the side, resolved. params: of its replay, in which ``resolved.*`` tells what became of defaults. Raises
    Mistake with the reason if the side can have no reference.
    """
    if config["scenario"]["script"] is not None:
        raise Mistake("the reference builds a scenario's model, and a script's is its own")
    if params.get("resolved.given.trainings") == "0":
        raise Mistake("its training was not seen inside")
    framework = config["framework"]
    if framework["callbacks"]:
        raise Mistake("the reference has no callbacks, which may change the training")
    name, settings = _optimizer(config, params)
    told = [
        *("framework=reference", "runtime=keras_jax", "device=cpu", "seed=shared", "ensemble.chunk=null"),
        f"job.steps={STEPS}",
        f"job.weights_every={max(1, config['scenario']['epochs'] // CHECKPOINTS)}",
        f"framework.shuffle={framework['shuffle']}",
        f"framework.shuffle_buffer={written(framework['shuffle_buffer'])}",
        f"framework.targets={_targets(framework, params)}",
        f"framework.class_weight={written(framework['class_weight'])}",
        f"framework.sample_weight={framework['sample_weight']}",
        f"optimizer.name={name}",
        f"optimizer.learning_rate={written(_rate(config, params))}",
    ]
    forms = {**FORMS.get(name, {}), **(FORMS_OF_AVERAGING if settings.get("use_ema") else {})}
    choices = [dict(zip(forms, chosen, strict=True)) for chosen in itertools.product(*forms.values())]
    trainings = [
        Training(ROLE, copy=number, overrides=(*told, *_settings({**settings, **chosen})), instead=INSTEAD)
        for number, chosen in enumerate(choices)
    ]
    own = framework["dtype"] or "float32"
    rounded = (*told, *_settings({**settings, **choices[0]}), f"framework.dtype={own}")
    trainings += [
        Training(ROUNDED, copy=copy, overrides=(*rounded, f"seed.ulp_copy={copy}"), instead=INSTEAD)
        for copy in range(1, COPIES + 1)
    ]
    return trainings


def _optimizer(config, params):
    """The optimizer's name and settings by today's names, defaults settled by the side's own package."""
    seen = {
        key.removeprefix("resolved.optimizer."): read(value)
        for key, value in params.items()
        if key.startswith("resolved.optimizer.")
    }
    kind = str(seen.get("class", config["optimizer"]["name"])).rpartition(".")[2]
    name = kind.removesuffix("Optimizer").replace("_", "").lower()
    name = name or str(seen["name"]).replace("_", "").lower()  # the path reference has one class for all
    told = {key: value for key, value in config["optimizer"]["settings"].items() if value is not None}
    settings = {**{key: value for key, value in seen.items() if value is not None}, **told}
    if kind.endswith("Optimizer") and name == "rmsprop":  # of tf.train, which calls it so
        settings["rho"] = settings.pop("decay", 0.9)
    dropped = (*LEFT_OUT, *(() if settings.get("use_ema") else OF_AVERAGING))
    return name, {key: value for key, value in settings.items() if key not in dropped and "." not in key}


def _rate(config, params):
    asked = config["optimizer"]["learning_rate"]
    if asked is not None:
        return asked
    for key in ("learning_rate", "lr"):
        if f"resolved.optimizer.{key}" in params:
            return read(params[f"resolved.optimizer.{key}"])
    raise Mistake("it did not tell which learning rate its package chose")


def _targets(framework, params):
    if framework["targets"] != "left_to_fit":
        return framework["targets"]
    return params.get("resolved.framework.targets", "as_given")


def _settings(settings):
    return [f"++optimizer.settings.{key}={written(value)}" for key, value in settings.items()]


def see(comparison) -> dict | None:
    """Return for each side whether and where it departs from its reference, and who is at fault.

    ``baseline`` and ``variant``: ``departs`` (None if it could not be told, and ``why``), ``first`` (step, variable,
    distance, floor, times_floor), ``formula`` (what the nearest reference chose, where versions differ) and ``curve``.
    ``at_fault``: ``baseline``, ``variant``, ``both``, ``neither`` or None, with the ``reason``. ``told``: settings in
    which the two references differ. None if no reference was asked for.
    """
    seed = comparison.first_seed
    reasons = [comparison.description.without_reference.get(side.label) for side in comparison.sides]
    references = [comparison.runs(ROLE, side, seed) for side in comparison.sides]
    if not any(references) and not any(reasons):
        return None
    replays = [comparison.run("replay", side, seed) for side in comparison.sides]
    apart = _apart(comparison, replays) if None not in replays else {}
    content = {}
    for name, side, runs, reason in zip(SIDES, comparison.sides, references, reasons, strict=True):
        content[name] = _of_side(comparison, side, runs, reason, apart)
    departs = [content[name]["departs"] for name in SIDES]
    whys = dict.fromkeys(content[name]["why"] for name in SIDES if content[name]["why"])
    at_fault = None
    if None not in departs:
        at_fault = "both" if all(departs) else "neither" if not any(departs) else SIDES[departs.index(True)]
    rounded = [comparison.runs(ROUNDED, side, seed) for side in comparison.sides]  # which have the side's own type
    told = _told(*(runs[0].params for runs in rounded)) if all(rounded) else []
    return {**content, "at_fault": at_fault, "reason": "; ".join(whys) or None, "told": told}


def _of_side(comparison, side, references, reason, apart):
    nothing = {"departs": None, "why": reason, "first": None, "formula": {}, "curve": []}
    seed = comparison.first_seed
    own = [run for role in ("replay", "floor") for run in comparison.runs(role, side, seed)]
    rounded = comparison.runs(ROUNDED, side, seed)
    if not references or not rounded or not own:
        return {**nothing, "why": reason or "no reference of it was trained to its end"}
    copies = [comparison.checkpoints(run)[0] for run in rounded]
    trained = [comparison.checkpoints(run)[0] for run in own]
    first_reference = min(references, key=lambda run: run.copy)
    floor_of = comparison.checkpoints(first_reference)[0]
    tried = []
    for reference in references:
        exact = comparison.checkpoints(reference)[0]
        tried.append((held(exact, trained, floor_of, copies, apart), reference))
    if any(content is None for content, _ in tried):
        return {**nothing, "why": "its variables are not those of the reference, or did not begin the same"}
    content, nearest = min(tried, key=lambda one: (one[0]["departs"], one[0]["worst"]))
    content.pop("worst")
    formula = {
        key: read(nearest.params[f"optimizer.settings.{key}"])
        for key in ("epsilon_within_root", "average_from")
        if len(references) > 1 and f"optimizer.settings.{key}" in nearest.params
    }
    return {**nothing, "why": None, **content, "formula": formula}


def _apart(comparison, replays):
    """Step → variable of either side → how far the two sides are apart there."""
    baseline, variant = (comparison.checkpoints(run)[0] for run in replays)
    names = matched(baseline[min(baseline)], variant[min(variant)])
    gaps = {}
    for step in baseline:
        if step in variant:
            of_step = {}
            for mine, other in names.items():
                of_step[mine] = of_step[other] = distance(baseline[step][mine], variant[step][other])
            gaps[step] = of_step
    return gaps


def held(exact: dict, trained: list[dict], floor_of: dict, copies: list[dict], apart: dict) -> dict | None:
    """Return whether and where a side departs from its reference.

    exact: the reference's checkpoints, step → variable → array. trained: those of the side's replay, and of its copy
    that was moved by one unit in the last place. floor_of, copies: of the reference by the first formula, and of copies
    of it that round; their distance is the noise floor. apart: step → variable → how far the two sides are apart; where
    it lacks one, that does not count. None where variables do not match or did not begin the same.
    """
    start = min(exact)
    if any(min(side) != start for side in trained):
        return None
    names = matched(exact[start], trained[0][start])
    lacking = set(exact[start]) - set(names), set(trained[0][start]) - set(names.values())
    if not names or any(map(len, lacking)):
        return None
    if any(distance(exact[start][name], trained[0][start][other]) for name, other in names.items()):
        return None
    curve, first, worst = [], None, 0.0
    way = dict.fromkeys(names, 0.0)
    overflows = any(not np.isfinite(array).all() for copy in copies for one in copy.values() for array in one.values())
    for step in [step for step in exact if step != start and step in trained[0]]:
        point = {"step": step, "distance": 0.0, "floor": 0.0}
        for name, other in names.items():
            way[name] = max(way[name], _finite(distance(exact[step][name], exact[start][name])))
            gap = max(distance(exact[step][name], side[step][other]) for side in trained if step in side)
            floor = max(
                (distance(floor_of[step][name], copy[step][name]) for copy in copies if step in copy), default=0
            )
            if not math.isfinite(floor):  # where rounding alone ends elsewhere than at a number, nothing can be told
                continue
            point = {**point, "distance": max(point["distance"], gap), "floor": max(point["floor"], floor)}
            if gap <= max(FACTOR * floor, ROUNDING * way[name]) or (overflows and not math.isfinite(gap)):
                continue
            between = apart.get(step, {}).get(other)
            if between is not None and gap < SHARE * between:
                continue
            worst = max(worst, gap)
            if first is None:
                first = {"step": step, "variable": other, "distance": gap, "floor": floor}
                first["times_floor"] = gap / floor if floor and math.isfinite(gap) else None
        curve.append(point)
    return {"departs": first is not None, "first": first, "curve": curve, "worst": worst} if curve else None


def _finite(number):
    return number if math.isfinite(number) else 0.0


def _told(baseline, variant):
    """Names of the settings in which two references differ, by the parameters of their runs."""
    apart = ("resolved.", "seed.", "job.", "runtime.", "scenario.variants", "scenario.cannot", "scenario.optimizer")
    apart += ("scenario.learning_rate", "scenario.shuffle", "optimizer.settings.average_from")
    return [
        name
        for name in sorted({**baseline, **variant})
        if not name.startswith(apart) and baseline.get(name) != variant.get(name)
    ]


def say(content: dict | None, names: tuple[str, str]) -> str:
    """Return who computes wrongly, or that nobody does."""
    if not content or content["at_fault"] is None:
        return ""
    named = [f"`{name}`" for name in names]
    if content["at_fault"] == "neither":
        return f"neither computes wrongly, as each agrees with its reference in float64{_otherwise(content)}"
    where = [_where(content[side]) if content[side]["departs"] else "" for side in SIDES]
    if content["at_fault"] == "both":
        each = ", ".join(f"{name} {said}" for name, said in zip(named, where, strict=True))
        return f"both compute wrongly, held against their references in float64: {each}"
    wrong = SIDES.index(content["at_fault"])
    return (
        f"{named[wrong]} computes wrongly: from its reference in float64 it {where[wrong]}, and {named[1 - wrong]} "
        "agrees with its own"
    )


def _otherwise(content):
    if not content["told"]:
        return "; told the same, they part in what the seed draws for each"
    return f"; they were told otherwise: {', '.join(f'`{name}`' for name in content['told'][:6])}"


def _where(side):
    first = side["first"]
    times = f", {first['times_floor']:.2g} times the noise floor" if first["times_floor"] else ""
    return f"departs at step {first['step']} in `{first['variable']}`{times}"


def show(content: dict | None, names: tuple[str, str]) -> list[Line]:
    """Return a line for each side, and what the references were told differently."""
    if not content:
        return [Line("Not made: it follows where sides really differ, and `sweep.evidence` asks for it.")]
    lines = []
    for side, name in zip(SIDES, names, strict=True):
        seen = content[side]
        formula = "".join(f"; by the formula with {key} {value}" for key, value in seen["formula"].items())
        if seen["departs"] is None:
            lines.append(Line(f"{name}: not told, as {seen['why']}."))
        elif seen["departs"]:
            first = seen["first"]
            text = (
                f"{name}: {_where(seen)}: distance {short(first['distance'])}, floor {short(first['floor'])}{formula}."
            )
            lines.append(Line(text, True))
        else:
            last = seen["curve"][-1]["step"]
            lines.append(Line(f"{name}: agrees with its reference to step {last}{formula}."))
    if content["told"]:
        lines.append(Line(f"Told differently: {', '.join(f'`{name}`' for name in content['told'])}."))
    return lines


def draw(content: dict | None, names: tuple[str, str], comparison):
    """Return how far each side is from its reference, step by step, above how far rounding carries the reference."""
    curves = [content[side]["curve"] for side in SIDES] if content else []
    if not any(curves):
        return None
    figure, axes = axes_of(6.4, 3.4)
    logarithmic(axes, "y")
    by_step(axes)
    every = [point[key] for curve in curves for point in curve for key in ("distance", "floor")]
    seen = np.array([value for value in every if value and math.isfinite(value)])
    bottom = seen.min() / 10 if len(seen) else 1e-12
    for curve, name, color in zip(curves, names, (BASELINE, VARIANT), strict=True):
        if not curve:
            continue
        steps = [point["step"] for point in curve]
        floor, apart = ([max(_plain(point[key]), bottom) for point in curve] for key in ("floor", "distance"))
        axes.fill_between(steps, bottom, floor, color=FLOOR, alpha=0.3, lw=0)
        axes.plot(steps, apart, "o-", color=color, ms=3, lw=1.5, label=plain(name))
    axes.set(xlabel="step", ylabel="distance from the reference")
    axes.set_ylim(bottom * 0.7, None)
    legend(axes, loc="lower right")
    return figure


def _plain(value):
    return value if value is not None and math.isfinite(value) else np.nan
