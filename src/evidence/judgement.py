"""From the runs of a sweep, as MLflow has them, to its verdict; trains nothing and asks nobody else."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from src.config.strict_json import plain
from src.evidence import replay
from src.evidence.sentence import sentence
from src.stats import decision, tests
from src.tracking.events import finite, read_events


@dataclass
class Judgement:
    """verdict: the content of verdict.json. sides: a summary of each. children: every run that counts, by place."""

    verdict: dict
    sides: list[dict]
    children: dict

    @property
    def decided(self) -> bool:
        """Whether every comparison has a verdict other than ``inconclusive``."""
        return all(one["verdict"] != "inconclusive" for one in self.verdict["comparisons"])


def judge(parent, description: dict, margin: float | None = None) -> Judgement:
    """Compare every side of a sweep with its baseline. parent: src.tracking.parent.SweepRun.

    margin: in the metric's units; None: as the sweep was asked.
    """
    margin = description["margin"] if margin is None else margin
    children = {}
    for child in parent.children(description):
        if child.status == "finished":
            children.setdefault(child.place, child)
    baseline, *variants = description["sides"]
    spent = decision.spent(description["looks"]) if description["stop"] == "decided" else 1.0
    levels = {"alpha": decision.ALPHA * spent, "inside": decision.INSIDE * spent}
    sides = [_summary(side, description, children) for side in description["sides"]]
    cache = {}
    comparisons = [
        _compare(parent, description, children, baseline, variant, margin, levels, len(variants), cache)
        for variant in variants
    ]
    adjusted = tests.holm([one["evidence"]["outcome"]["p"] for one in comparisons])
    for one, p in zip(comparisons, adjusted, strict=True):
        evidence = one["evidence"]
        evidence["outcome"]["p_adjusted"] = p
        differs = [name for name, found in evidence["invariants"].items() if found["differs"]]
        one["verdict"] = decision.verdict(
            p, evidence["outcome"]["inside"], differs, evidence["replay"], levels["alpha"]
        )
        names = (side["short"] for side in (baseline, one.pop("side")))
        one["sentence"] = sentence(one["verdict"], *names, description["metric"], evidence)
    missing = [_spoken(place) for place in map(tuple, description["jobs"]) if place not in children]
    verdict = {
        "run_id": parent.run_id,
        "scenario": description["scenario"],
        "metric": description["metric"],
        "seeds": description["seeds"],
        "sides": sides,
        "comparisons": comparisons,
        "missing": missing,
        "command": description["command"],
    }
    return Judgement(plain(verdict), sides, children)


def _compare(parent, description, children, baseline, variant, margin, levels, family, cache):
    pairs = [
        (children["outcome", baseline["label"], seed, 0], children["outcome", variant["label"], seed, 0])
        for seed in description["seeds"]
        if all(("outcome", side["label"], seed, 0) in children for side in (baseline, variant))
    ]
    a, b = (np.array([pair[i].outcome for pair in pairs]) for i in (0, 1))
    factors = list(variant["factors"])
    return {
        "factor": ", ".join(factors),
        "baseline": ", ".join(baseline["factors"].values()),
        "variant": ", ".join(variant["factors"].values()),
        "side": variant,
        "seeds": len(pairs),
        "evidence": {
            "repeat": _repeat(parent, children, baseline, variant, description, cache),
            "replay": _replay(parent, children, baseline, variant, description, cache),
            "outcome": _outcome(a, b, pairs, margin, levels, family),
            "invariants": _invariants(pairs),
            "audits": {
                name: _audits(children, side["label"]) for name, side in (("baseline", baseline), ("variant", variant))
            },
            "settings": _settings(pairs[0]) if pairs else {},
        },
    }


def _outcome(a, b, pairs, margin, levels, family):
    if not len(a):
        nothing = {"seeds": 0, "shift": None, "p": 1.0, "p_diverged": None, "p_outside": None, "inside": False}
        return {**nothing, "seeds_to_decide": None, "level": levels["alpha"]}
    found = decision.outcome(a, b, margin, levels["alpha"] / family, levels["inside"])
    found.update(decision.described(a, b, found["paired"]))
    found["margin_is"] = "one seed-to-seed deviation of the baseline" if margin is None else "as given"
    found["level"] = levels["alpha"]
    for i, name in enumerate(("baseline", "variant")):
        found[name] = spread((a, b)[i])
        found[name]["converged"] = sum(pair[i].converged for pair in pairs)
    rates = [found[name]["converged"] for name in ("baseline", "variant")]
    found["p_converged"] = tests.p_rates(rates[0], len(a), rates[1], len(b))
    deviations = [found[name]["deviation"] for name in ("baseline", "variant")]
    level, bad = levels["alpha"] / family / 2, found["diverged"]
    need = [tests.seeds_to_tell_rates(bad[0], len(a), bad[1], len(b), level)]
    if found["shift"] is not None and None not in deviations:
        of_two = np.std(b - a, ddof=1) if found["paired"] else np.hypot(*deviations)
        pooled = float(of_two) / math.sqrt(2)
        need.append(tests.seeds_to_decide(found["shift"], pooled, found["margin"], level, levels["inside"]))
    found["seeds_to_decide"] = min((seeds for seeds in need if seeds), default=None)
    return found


def spread(outcomes: np.ndarray) -> dict:
    """Mean, deviation and 95 % interval of the mean (Student's) of the finite outcomes; shape (seeds,)."""
    finite = outcomes[np.isfinite(outcomes)]
    found = {"mean": None, "deviation": None, "interval": None, "median": None}
    if len(finite):
        found.update(mean=float(finite.mean()), median=float(np.median(finite)))
    if len(finite) > 1:
        deviation = float(finite.std(ddof=1))
        half = float(stats.t.ppf(0.975, len(finite) - 1) * deviation / math.sqrt(len(finite)))
        found.update(deviation=deviation, interval=[found["mean"] - half, found["mean"] + half])
    return found


def _summary(side, description, children):
    runs = [children.get(("outcome", side["label"], seed, 0)) for seed in description["seeds"]]
    runs = [run for run in runs if run]
    return {
        "label": side["label"],
        "short": side["short"],
        "factors": side["factors"],
        "runs": len(runs),
        "converged": sum(run.converged for run in runs),
        "diverged": sum(run.diverged for run in runs),
        **spread(np.array([run.outcome for run in runs])),
    }


def _repeat(parent, children, baseline, variant, description, cache):
    found, first = {}, _first(description)
    for name, side in (("baseline", baseline), ("variant", variant)):
        places = [(role, side["label"], first, 0) for role in ("outcome", "repeat")]
        if not all(place in children for place in places):
            return None
        if places[1] not in cache:
            weights = [load(parent.artifact(children[place].run_id, "weights/final.npz")) for place in places]
            cache[places[1]] = replay.repeat(*weights)
        found[name] = cache[places[1]]
    return found


def _replay(parent, children, baseline, variant, description, cache):
    first = _first(description)
    sides = [children.get(("replay", side["label"], first, 0)) for side in (baseline, variant)]
    if None in sides:
        return None
    copies = [child for place, child in children.items() if place[0] == "floor" and place[1] == baseline["label"]]
    trained = []
    for child in [*sides, *copies]:
        if child.place not in cache:
            cache[child.place] = _checkpoints(parent, child)
        trained.append(cache[child.place])
    (one, losses), (other, other_losses), *moved = trained
    found = replay.compare(one, other, [checkpoints for checkpoints, _ in moved])
    draws = any(child.draws for child in sides)
    keys = ("framework.package", "runtime.name")
    same_layers = all(sides[0].params.get(key) == sides[1].params.get(key) for key in keys)
    repeated = _repeat(parent, children, baseline, variant, description, cache)
    found["not_held"] = [
        *(["initial weights"] if found["same_start"] is False else []),
        *(["dropout masks, which every framework draws in its own way"] if draws and not same_layers else []),
        *(["a race or an unseeded draw: a repeated run differs"] if repeated and not _agrees(repeated) else []),
    ]
    found["all_held"] = not found["not_held"] and repeated is not None
    found["copies"] = len(moved)
    for point in found["curve"]:
        point.update(loss=[losses.get(point["step"]), other_losses.get(point["step"])])
    return found


def _first(description):
    """The seed that is repeated and replayed; None where the sweep broke off before its first round."""
    return next(iter(description["seeds"]), None)


def _agrees(repeated):
    return all(one["identical"] for one in repeated.values())


def _checkpoints(parent, child):
    """Step → weights, and step → loss over all rows where the run told it."""
    folder = parent.artifact(child.run_id, "weights")
    events = read_events(parent.artifact(child.run_id, "events.jsonl").parent)
    steps = next(event["steps"] for event in events if event["event"] == "begin")
    places = {}
    for path in folder.glob("*.npz"):
        kind, _, number = path.stem.partition("_")
        if kind in ("initial", "step", "epoch"):
            places[int(number or 0) * (steps if kind == "epoch" else 1)] = path
    losses = {event["step"]: finite(event["loss"]) for event in events if event["event"] == "step"}
    return {step: load(places[step]) for step in sorted(places)}, losses


def load(path) -> dict:
    """Name → array of an .npz file."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _invariants(pairs):
    held = [{}, {}]
    for pair in pairs:
        for side, run in zip(held, pair, strict=True):
            for name, holds in run.invariants.items():
                side.setdefault(name, []).append(holds)
    differ = decision.invariants_differ(*held)
    return {
        name: {
            **{
                side: {"holds": sum(runs.get(name, [])), "broken": runs.get(name, []).count(False)}
                for side, runs in zip(("baseline", "variant"), held, strict=True)
            },
            "differs": name in differ,
        }
        for name in {**held[0], **held[1]}
    }


def _audits(children, label):
    """Audit → how many runs passed, failed and could not be checked, and what the first that failed says."""
    found = {}
    for place in sorted(children):
        if place[1] != label or place[0] == "floor":
            continue
        for name, (ok, says) in children[place].audits.items():
            one = found.setdefault(name, {"ok": 0, "wrong": 0, "unknown": 0, "says": None})
            one[{True: "ok", False: "wrong", None: "unknown"}[ok]] += 1
            if ok is False and one["says"] is None:
                one["says"] = says
    return dict(sorted(found.items()))


def _settings(pair):
    """Setting → its value on either side, for all that the two sides resolved differently."""
    one, other = (run.params for run in pair)
    names = sorted(name for name in {**one, **other} if one.get(name) != other.get(name))
    return {name: [one.get(name), other.get(name)] for name in names}


def _spoken(place):
    role, side, seed, copy = place
    return f"{side} seed {seed}" + ("" if role == "outcome" else f", {role}" + (f" copy {copy}" if copy else ""))
