"""From the runs of a sweep, as MLflow has them, to its verdict; trains nothing and asks nobody else."""

from dataclasses import dataclass, field

import numpy as np

from src.config.place import OUTCOME, Place
from src.config.strict_json import plain
from src.evidence.comparison import Comparison
from src.evidence.kinds import kinds
from src.evidence.sentence import sentence
from src.evidence.spread import spread
from src.stats import decision, tests
from src.tracking.description import Description


@dataclass
class Judgement:
    """verdict: the content of verdict.json. children: every run that counts, by place. comparisons: what was judged.

    kinds: name → module of the evidence that was looked at.
    """

    verdict: dict
    children: dict
    comparisons: list[Comparison] = field(default_factory=list)
    kinds: dict = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether every comparison has a verdict other than ``inconclusive``."""
        return all(comparison["verdict"] != "inconclusive" for comparison in self.verdict["comparisons"])


def judge(parent, description: Description, margin: float | None = None) -> Judgement:
    """Compare every side of a sweep with its baseline.

    parent: src.tracking.parent.SweepRun. margin: in the metric's units; None: as the sweep was asked.
    """
    children = {}
    for child in parent.children(description):
        if child.status == "finished":
            children.setdefault(child.place, child)
    modules = kinds(description.evidence, description.import_path)
    comparisons = _comparisons(parent, description, children, description.margin if margin is None else margin)
    judged = [_seen(comparison, modules) for comparison in comparisons]
    adjusted = tests.holm([judged_comparison["evidence"]["outcome"]["p"] for judged_comparison in judged])
    for judged_comparison, comparison, p in zip(judged, comparisons, adjusted, strict=True):
        _conclude(judged_comparison, comparison, p, modules)
    missing = [place.spoken for place in description.jobs if place not in children]
    verdict = {
        "run_id": parent.run_id,
        "scenario": description.scenario,
        "metric": description.metric,
        "seeds": description.seeds,
        "sides": [_summary(side, description, children) for side in description.sides],
        "comparisons": judged,
        "missing": missing,
        "command": description.command,
    }
    return Judgement(plain(verdict), children, comparisons, modules)


def _comparisons(parent, description, children, margin):
    spent = decision.spent(description.looks) if description.stop == "decided" else 1.0
    levels = {"alpha": decision.ALPHA * spent, "inside": decision.INSIDE * spent}
    baseline, *variants = description.sides
    shared = {"margin": margin, "levels": levels, "family": len(variants), "fetched": {}}
    return [Comparison(parent, description, children, baseline, variant, **shared) for variant in variants]


def _seen(comparison, modules):
    """A comparison with its evidence, before its verdict."""
    baseline, variant = comparison.sides
    evidence = {name: module.see(comparison) for name, module in modules.items()}
    return {
        "factor": ", ".join(variant.factors),
        "baseline": ", ".join(baseline.factors.values()),
        "variant": ", ".join(variant.factors.values()),
        "seeds": len(comparison.pairs),
        "evidence": {**dict.fromkeys(("repeat", "replay")), **evidence},
    }


def _conclude(judged, comparison, adjusted_p, modules):
    """Add the verdict and its sentence."""
    evidence, level = judged["evidence"], comparison.levels["alpha"]
    evidence["outcome"]["p_adjusted"] = adjusted_p
    differs = [name for name, counts in evidence["invariants"].items() if counts["differs"]]
    inside = evidence["outcome"]["inside"]
    judged["verdict"] = decision.verdict(adjusted_p, inside, differs, evidence["replay"], level)
    names = tuple(side.short for side in comparison.sides)
    judged["sentence"] = sentence(judged["verdict"], names, comparison.description.metric, evidence, modules)


def _summary(side, description, children):
    runs = [children.get(Place(OUTCOME, side.label, seed)) for seed in description.seeds]
    runs = [run for run in runs if run]
    return {
        "label": side.label,
        "short": side.short,
        "factors": side.factors,
        "runs": len(runs),
        "converged": sum(run.converged for run in runs),
        "diverged": sum(run.diverged for run in runs),
        **spread(np.array([run.outcome for run in runs])),
    }
