"""From the runs of a sweep, as MLflow has them, to its verdict; trains nothing and asks nobody else."""

import shlex
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from seedluck.basics.strict_json import plain
from seedluck.config.place import OUTCOME
from seedluck.evidence import invariants, reference
from seedluck.evidence.comparison import Comparison, Levels
from seedluck.evidence.kinds import FURTHER_SEEDS, kinds
from seedluck.evidence.spread import spread
from seedluck.stats import decision, looks
from seedluck.tracking.description import Decided, Description
from seedluck.verdicts.sentence import sentence

MOST_READ = 200  # characters of a side's values


@dataclass
class Judgement:
    """verdict: the content of verdict.json. children: every run that counts, by place. comparisons: what was judged.

    kinds: name → module of the evidence that was looked at. decided: label of a side → Decided
    of every comparison that has a verdict other than ``inconclusive``. stands: whether these are to stand, as all that
    was to be trained by now is in them.
    """

    verdict: dict
    children: dict
    comparisons: list[Comparison] = field(default_factory=list)
    kinds: dict = field(default_factory=dict)
    decided: dict[str, Decided] = field(default_factory=dict)
    stands: bool = True

    @property
    def differing(self) -> set[str]:
        """Labels of the sides that really differ from the baseline, and of the baseline if one does."""
        pairs = zip(self.comparisons, self.verdict["comparisons"], strict=True)
        real = [one for one, judged in pairs if judged["verdict"] not in (decision.LUCK, decision.INCONCLUSIVE)]
        return {side.label for comparison in real for side in comparison.sides}

    def further(self, epochs: int) -> dict[str, dict[str, list[int]]]:
        """Return kind of evidence → label of a side → seeds, of what is wanted at further seeds.

        Of sides that really differ nothing more is wanted. epochs: of the scenario.
        """
        wanted = {}
        for comparison, judged in zip(self.comparisons, self.verdict["comparisons"], strict=True):
            if judged["verdict"] not in (decision.LUCK, decision.INCONCLUSIVE):
                continue
            for name, module in self.kinds.items():
                if hasattr(module, "further") and module.further(judged["evidence"][name]):
                    roles = {training.role for training in module.trainings(epochs) if training.further}
                    seeds = comparison.further_seeds(roles, FURTHER_SEEDS)
                    wanted.setdefault(name, {})[comparison.variant.label] = seeds
        return wanted

    def own_starts(self) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """Return kind of evidence → label of a side → (seed, side on which it failed), of seeds to be replayed.

        Of sides that really differ none is wanted.
        """
        wanted = {}
        for comparison, judged in zip(self.comparisons, self.verdict["comparisons"], strict=True):
            for name, module in self.kinds.items():
                if judged["verdict"] not in (decision.LUCK, decision.INCONCLUSIVE) or not hasattr(module, "own_starts"):
                    continue
                if module.further(judged["evidence"][name]) and (seeds := module.own_starts(comparison)):
                    wanted.setdefault(name, {})[comparison.variant.label] = seeds
        return wanted


def judge(parent, description: Description, margin: float | None = None, children=None) -> Judgement:
    """Compare every side of a sweep with its baseline.

    parent: SweepRun. margin: in the metric's units; None: as the sweep was asked. children: of
    :func:`finished`, where they were read already. A verdict that stands is judged by the seeds and at the look that
    made it. Outcomes that no look of the description has seen are judged as at a look that was not planned; who wants
    it to count, counts it before, as sweeps/rounds.py does.
    """
    children = finished(parent, description) if children is None else children
    description = replace(description, looks=[*description.looks])
    description.look(count(children, description), complete=False)  # at what no look has seen this is one of its own
    modules = kinds(description.evidence, description.import_path)
    comparisons = _comparisons(parent, description, children, description.margin if margin is None else margin)
    judged = [_seen(comparison, modules) for comparison in comparisons]
    adjusted = _adjusted(description, comparisons, judged)
    decided = {}
    for judged_comparison, comparison, p in zip(judged, comparisons, adjusted, strict=True):
        _conclude(judged_comparison, comparison, p, modules)
        if judged_comparison["verdict"] != decision.INCONCLUSIVE:
            real = judged_comparison["verdict"] != decision.LUCK
            seeds = sorted({run.seed for runs in comparison.judged for run in runs})
            decided[comparison.variant.label] = Decided(comparison.levels.taken, seeds, p, real)
    followed = {reference.ROLE, reference.ROUNDED}  # without which the sweep is done all the same
    missing = [place.spoken for place in description.jobs if place not in children and place.role not in followed]
    verdict = {
        "run_id": parent.run_id,
        "scenario": description.scenario,
        "metric": description.metric,
        "better": description.better,
        "seeds": description.seeds,
        "sides": _summaries(description, children, comparisons),
        "comparisons": judged,
        "missing": missing,
        "written_by_several": _written_by_several(children.values()),
        "command": description.command,
    }
    return Judgement(plain(verdict), children, comparisons, modules, decided)


def _written_by_several(runs):
    """Files that more than one run wrote, and may so have read of another."""
    counted = Counter(path for run in runs for path in run.wrote)
    return sorted(path for path, runs in counted.items() if runs > 1)


def finished(parent, description: Description) -> dict:
    """Return place → Child of every run of a sweep that finished, the oldest of each place."""
    children = {}
    for child in parent.children(description):
        if child.status == "finished":
            children.setdefault(child.place, child)
    return children


def count(children: dict, description: Description) -> int:
    """Return how many outcomes a sweep has at its seeds, which is what its looks have seen. children: by place."""
    seeds = {*description.seeds, *(place.seed for place, _ in description.borrowed)}
    return sum(place.role == OUTCOME and place.seed in seeds for place in children)


def _comparisons(parent, description, children, margin):
    baseline, *variants = description.sides
    made, fetched = [], {}
    for variant in variants:
        before = description.decided.get(variant.label)
        look = before.look if before else len(description.looks)
        borrowed = [place.seed for place, _ in description.borrowed if place.role == OUTCOME]
        seeds = before.seeds if before else [*dict.fromkeys([*description.seeds, *borrowed])]
        levels = _levels(description, look, len(variants))
        made.append(Comparison(parent, description, children, baseline, variant, margin, levels, seeds, fetched))
    return made


def _levels(description, look, family):
    """What tests may err by at a look, from 1; before the first one, as at the first that was planned.

    A look at so few seeds that a test could not pass has not spent that test's share.
    """
    planned, taken = description.planned, description.taken[:look]
    level, apart = decision.LEVEL / family, decision.RATES_APART
    # Beside many stored runs of the baseline even a few seeds can pass.
    real = looks.number(taken, planned, lambda seeds: bool(description.borrowed) or looks.can_tell(seeds, level))
    inside = looks.number(taken, planned, lambda seeds: looks.can_be_luck(seeds, apart))
    doubt = decision.DOUBT
    if taken and description.stop == "decided" and planned > 1:
        seeds = taken[-1][0]
        doubt = looks.doubt(doubt, seeds, description.most_seeds or seeds)
    shares = looks.share(real, planned), looks.share(inside, planned)
    return Levels(decision.LEVEL * shares[0], decision.INSIDE * shares[1], family, real, planned, look, doubt)


def _adjusted(description, comparisons, judged):
    """p-values after Holm. One that was found real before keeps its own, and no longer counts among the others.

    One that was found alike still counts, as the largest: it was one of the questions that share the level.
    """
    before = [description.decided.get(comparison.variant.label) for comparison in comparisons]
    known = {True: 0.0, False: 1.0}
    p = [
        known[decided.real] if decided else judged_comparison["evidence"]["outcome"]["p"]
        for decided, judged_comparison in zip(before, judged, strict=True)
    ]
    holm = decision.holm(p)
    return [decided.p_adjusted if decided else adjusted for decided, adjusted in zip(before, holm, strict=True)]


def _seen(comparison, modules):
    """A comparison with its evidence, before its verdict."""
    baseline, variant = comparison.sides
    evidence = {name: module.see(comparison) for name, module in modules.items()}
    return {
        "factor": ", ".join(variant.factors),
        "baseline": _values(baseline),
        "variant": _values(variant),
        "seeds": min(map(len, comparison.judged)),
        "expected": variant.expected,
        "evidence": {**dict.fromkeys(("repeat", "replay", "reference")), **evidence},
    }


def _values(side):
    """What a side's factors are set to; of values that nobody would read to the end, the side's short name."""
    values = ", ".join(side.factors.values())
    return values if len(values) <= MOST_READ else side.short


def _conclude(judged, comparison, adjusted_p, modules):
    """Add the verdict, its direction and its sentence."""
    evidence, level = judged["evidence"], comparison.levels.real
    seen = evidence["outcome"]
    seen["p_adjusted"] = adjusted_p
    broken = [name for name, counts in evidence["invariants"].items() if counts["differs"]]
    fixed = seen["copies"]["fixed"]
    judged["verdict"] = decision.verdict(seen, adjusted_p, broken, evidence["replay"], judged["expected"], level, fixed)
    is_real = judged["verdict"] not in (decision.LUCK, decision.INCONCLUSIVE)
    judged["at_fault"], judged["at_fault_reason"] = _at_fault(evidence.get("reference"), is_real)
    judged["direction"] = decision.direction(seen, invariants.broken_side(evidence["invariants"])) if is_real else None
    names = tuple(side.short for side in comparison.sides)
    judged["sentence"] = sentence(judged["verdict"], names, comparison.description.metric, evidence, modules)
    judged["next"] = _next(comparison, judged)


def _next(comparison, judged):
    """The command that trains as many seeds as would decide; None where a verdict stands, or seeds are no way on.

    Where what was looked at so far could pass no test, the sweep is gone on with, which costs nothing.
    """
    seen, description = judged["evidence"]["outcome"], comparison.description
    need = seen["seeds_to_decide"]
    if judged["verdict"] != decision.INCONCLUSIVE or not need or seen["copies"]["fixed"] or not description.resumable:
        return None
    words = [word for word in shlex.split(description.command) if not word.startswith(("seed.value=", "sweep.resume="))]
    first, seeds = min(description.seeds, default=0), max(need, len(description.seeds))
    words += [f"seed.value=range({first},{first + seeds})"]
    level = decision.LEVEL / comparison.levels.family
    spent = [looks.can_tell(seeds, level) or bool(description.borrowed) for seeds, _ in description.taken]
    free = not any(spent)
    return shlex.join([*words, *([f"sweep.resume={comparison.parent.run_id}"] if free else [])])


def _at_fault(seen, is_real):
    """The side that computes wrongly, as of evidence/reference.py, and why it is None."""
    if not is_real:
        return None, "no real difference was found"
    if not seen:
        return None, "no side was held against a reference"
    return seen["at_fault"], None if seen["at_fault"] else seen["reason"]


def _summaries(description, children, comparisons):
    """What is told of each side; of the baseline, without the seeds that failed beside any variant."""
    failed = {}
    for comparison in comparisons:
        for side, seeds in zip(comparison.sides, comparison.failed, strict=True):
            failed.setdefault(side.label, set()).update(seeds)
    return [_summary(side, description, children, failed.get(side.label, set())) for side in description.sides]


def _summary(side, description, children, failed):
    runs = [run for place, run in sorted(children.items()) if place.role == OUTCOME and place.side == side.label]
    return {
        "label": side.label,
        "short": side.short,
        "factors": side.factors,
        "runs": len(runs),
        "converged": sum(run.converged for run in runs),
        "diverged": sum(run.diverged for run in runs),
        "failed": len(failed),
        **spread(np.array([run.outcome for run in runs if run.seed not in failed])),
    }
