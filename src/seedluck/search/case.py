"""From what was typed to a sweep that has been judged: two sides, their runs at the same seeds, and a verdict."""

import shlex
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode

from seedluck.basics.errors import Mistake, Unfinished
from seedluck.basics.passwords import hidden
from seedluck.config import fingerprint
from seedluck.config.composer import loader, search_path
from seedluck.config.composition import Compositions
from seedluck.config.place import OUTCOME, Place
from seedluck.evidence.invariants import broken_side
from seedluck.execution.backends.backend import Backend
from seedluck.execution.job import at_seed
from seedluck.search.sides import Side, of_run
from seedluck.stats import decision
from seedluck.sweeps.plan import plan
from seedluck.sweeps.request import checked, digest
from seedluck.sweeps.runner import sweep as run_sweep
from seedluck.tracking.description import Description


@dataclass
class Asked:
    """A sweep as it was typed.

    words: overrides. sides: of the plan → Ready. seeds: those of the plan. margin: as asked, or
    None.
    """

    words: list[str]
    sides: dict
    seeds: list[int]
    margin: float | None

    @property
    def configs(self) -> list[dict]:
        """Resolved, the baseline's first."""
        return [made.config for made in self.sides.values()]

    @property
    def tracking(self) -> dict:
        """Where its runs are recorded."""
        return self.configs[0]["tracking"]

    @property
    def digest(self) -> str:
        """What makes it the same sweep as another, whichever seeds that ran."""
        return digest({side.label: made for side, made in self.sides.items()})


@dataclass
class Question:
    """parent: the sweep's run, SweepRun. verdict: on the one comparison. good, bad: its sides."""

    parent: object
    description: Description
    judged: object
    good: Side
    bad: Side
    runs: tuple  # of the good and of the bad side, lists of Child at the same seeds
    seeds: list[int]
    bad_is: str  # baseline or variant
    as_stored: bool  # whether the verdict explained is the sweep's own

    @property
    def verdict(self) -> dict:
        """The comparison of the two sides, as ``verdict.json`` has it."""
        return self.judged.verdict["comparisons"][0]

    @property
    def names(self) -> tuple[str, str]:
        """Of the baseline and of the variant."""
        return (self.good.name, self.bad.name) if self.bad_is == "variant" else (self.bad.name, self.good.name)

    @property
    def invariants(self) -> list[str]:
        """Those that hold on the good side and are broken on the bad one."""
        seen = self.verdict["evidence"]["invariants"]
        return [name for name, invariant in seen.items() if invariant["differs"] and invariant[self.bad_is]["broken"]]

    @property
    def by_failures(self) -> bool:
        """Whether it is only how often seeds fail that tells the sides apart; see stats/failures.py."""
        outcome = self.verdict["evidence"]["outcome"]
        level = outcome["level"] / 2  # which two tests share
        if self.invariants or outcome["p_failed"] is None or outcome["p_failed"] > level:
            return False
        return outcome["p_shift"] is None or outcome["p_shift"] > level

    def outcomes(self, runs: list) -> np.ndarray:
        """Return the outcome of runs, or if an invariant tells the sides apart, whether it is broken; shape (runs,)."""
        if self.invariants:
            held = [all(run.invariants.get(name, False) for name in self.invariants) for run in runs]
            return np.array([float(not holds) for holds in held])
        return self._sign * np.array([run.outcome for run in runs])

    @property
    def _sign(self):
        """What turns an outcome into one of which lower is better."""
        return -1.0 if self.description.better == "higher" else 1.0

    def values(self, runs: list) -> np.ndarray:
        """Return what runs are told apart by, shape (runs,): as ``outcomes``, or whether they failed."""
        return self._failed(runs) if self.by_failures else self.outcomes(runs)

    def _failed(self, runs):
        """Zeros, and ones for runs that are not finite, or lie on the far side of the gap behind which seeds failed."""
        ends, outcome = self.outcomes(runs), self.verdict["evidence"]["outcome"]
        failed = ~np.isfinite(ends)
        if outcome["failed_from"] is not None:
            beyond, edge = (self._sign * outcome[name] for name in ("failed_from", "others_to"))
            with np.errstate(invalid="ignore"):
                failed |= (ends > (beyond + edge) / 2) if beyond > edge else (ends < (beyond + edge) / 2)
        return failed.astype(float)

    @property
    def told_apart_by(self) -> str:
        """The same in words."""
        if self.invariants:
            return ", ".join(self.invariants) + " broken"
        return "failed" if self.by_failures else self.description.metric


def asked(words: list[str]) -> Asked:
    """Compose the sweep that the overrides ask for; raises Mistake if it is wrong or compares other than two."""
    with multirun(words) as (every, master, hydra):
        own = [word for word in every if word.lstrip("+").startswith("sweep.")]
        kept = [word for word in every if not word.lstrip("+").startswith(("sweep.", "hydra"))]
        made = plan(OverridesParser.create(config_loader=hydra).parse_overrides(kept))
        sides = checked(made, own, Compositions(master, hydra))
    if len(made.sides) != 2:
        said = " | ".join(side.label for side in made.sides)
        raise Mistake(
            f"the question has {len(made.sides)} side{'s' * (len(made.sides) != 1)}, {said}; allowed: 2, as in "
            "variant=tied_call,frozen_copy; the nearest valid choice is a ready question such as experiment=tied_ae."
        )
    return Asked(words, sides, list(made.seeds), master.sweep.margin)


@contextmanager
def multirun(words: list[str]):
    """Compose a sweep as Hydra does for ``src.run -m``.

    words: overrides and flags, as on the command line. Gives all overrides, those of a ready question first, Hydra's
    configuration of the sweep, and its loader.
    """
    given = [word for word in words if not word.startswith("-")]
    with loader() as hydra:
        master = hydra.load_configuration("config", [*given, *search_path(words)], run_mode=RunMode.MULTIRUN)
        HydraConfig.instance().set_config(master)  # which ${hydra:...} asks
        params = [f"{name}={value}" for name, value in (master.hydra.sweeper.params or {}).items()]
        yield [*params, *given], master, hydra


def newest(sweep: Asked) -> str | None:
    """Return the run of the newest finished sweep like this one; None if the store has none."""
    from seedluck.tracking.reader import newest_sweep

    return newest_sweep(sweep.tracking, sweep.digest)


def swept(sweep: Asked, backend: Backend) -> str:
    """Return the run of a finished sweep like this one, at its seeds; train what the store lacks. Raises Unfinished."""
    from seedluck.tracking.parent import SweepRun
    from seedluck.tracking.reader import newest_sweep

    run_id = newest(sweep)
    if run_id and set(sweep.seeds) <= set(SweepRun(sweep.tracking["uri"], run_id).description().seeds):
        return run_id
    begun = run_id or newest_sweep(sweep.tracking, sweep.digest, finished=False)
    more = [f"sweep.resume={begun}"] if begun else []
    flags_first = sorted(sweep.words, key=lambda word: not word.startswith("-"))  # as Hydra's parser takes them
    command = "python -m src.run " + shlex.join(hidden(word) for word in ["-m", *flags_first])
    try:
        with multirun([*sweep.words, *more]) as (every, master, loader):
            run_sweep(every, master, loader, command, backend)
    except Unfinished as unfinished:
        print(*unfinished.args, file=sys.stderr)
        raise Unfinished("the sweep to explain did not finish; what it trained is kept.") from unfinished
    run_id = newest(sweep)
    if run_id is None:
        raise Unfinished("the sweep to explain did not finish; what it trained is kept.")
    return run_id


def question(uri: str, run_id: str, to_train: bool = True, **asked) -> Question:
    """Judge a stored sweep of two sides as it is now; raises Mistake if it is none.

    to_train: whether more runs are to be held against its own, so that one that was trained by other code is refused.
    asked: ``margin``, in the metric's units or None, where it is not to be as the sweep was asked.
    """
    from seedluck.tracking.parent import SweepRun
    from seedluck.verdicts.judgement import judge

    parent = SweepRun(uri, run_id)
    stored = parent.description()
    if len(stored.sides) != 2:
        raise Mistake(
            f"the sweep {run_id} compares {len(stored.sides)} sides; allowed: 2; the nearest valid choice is to sweep "
            "the two that differ."
        )
    description = replace(stored, **asked)
    judged = judge(parent, description)
    seeds = [pair[0].seed for pair in judged.comparisons[0].pairs]
    if not seeds:
        raise Mistake(f"the sweep {run_id} has no seed that finished on both sides; allowed: one or more.")
    sides, runs = [], []
    for side in description.sides:
        runs.append([judged.children[Place(OUTCOME, side.label, seed)] for seed in seeds])
        sides.append(_side(parent, runs[-1], side, uri, description.command, to_train))
    turned = not description.ordered and _is_baseline(judged.verdict["comparisons"][0])
    if turned:
        sides.reverse()
        runs.reverse()
    return Question(
        parent,
        description,
        judged,
        *sides,
        tuple(runs),
        seeds,
        "baseline" if turned else "variant",
        description == stored,
    )


def _side(parent, runs, side, uri, command, to_train):
    """The side of some runs; raises Mistake if more of it is to be trained and would be trained otherwise now."""
    run = runs[0]
    side_of_run = of_run(parent, run.run_id, side.short)
    side_of_run.config["tracking"]["uri"] = uri  # a store may have moved since
    if to_train and run.fingerprint != fingerprint(at_seed(side_of_run.config, run.seed), side_of_run.import_path):
        raise Mistake(
            f"the sweep {parent.run_id} was trained with another scenario, runtime or version of this program than are "
            "here now, so that further runs could not be held against it; allowed: a sweep as it would be trained now; "
            f"the nearest valid choice is to train it again: {command}."
        )
    for run in runs if to_train else ():
        if why := parent.changed(run, side_of_run.config["scenario"]["script"]):
            raise Mistake(
                f"the sweep {parent.run_id} was trained with other inputs than are here now, so that no further run "
                f"can be held against it ({'; '.join(why)}); allowed: a sweep as it would be trained now; the nearest "
                f"valid choice is to train it again: {command}."
            )
    return side_of_run


def _is_baseline(verdict):
    """Whether the baseline is the bad side: the one that computes wrongly, or where neither or both do, fares worse.

    A side fares worse whose invariant is broken, or that diverges, or that ends higher.
    """
    if verdict["at_fault"] in ("baseline", "variant"):
        return verdict["at_fault"] == "baseline"
    evidence = verdict["evidence"]
    return decision.direction(evidence["outcome"], broken_side(evidence["invariants"])) == "better"
