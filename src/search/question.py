"""From what was typed to a sweep that has been judged: two sides, their runs at the same seeds, and a verdict."""

import subprocess
import sys
from dataclasses import dataclass

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode

from src import config as configuration
from src.config import PROJECT
from src.mistakes import Mistake
from src.search.side import Side, of_run
from src.sweeps.plan import Plan, plan
from src.sweeps.sweep import Unfinished, checked, digest


@dataclass
class Asked:
    """A sweep as it was typed. words: overrides. configs: side → resolved configuration. plan: what it would train."""

    words: list[str]
    configs: dict
    plan: Plan
    digest: str

    @property
    def tracking(self) -> dict:
        """Where its runs are recorded."""
        return next(iter(self.configs.values()))["tracking"]


@dataclass
class Question:
    """parent: the sweep's run, src.tracking.sweep.SweepRun. verdict: on the one comparison. good, bad: its sides."""

    parent: object
    description: dict
    judged: object
    good: Side
    bad: Side
    runs: tuple  # of the good and of the bad side, lists of Child at the same seeds
    seeds: list[int]

    @property
    def verdict(self) -> dict:
        return self.judged.verdict["comparisons"][0]

    @property
    def invariants(self) -> list[str]:
        """Those that hold on one side and are broken on the other."""
        return [name for name, found in self.verdict["evidence"]["invariants"].items() if found["differs"]]


def asked(words: list[str]) -> Asked:
    """Compose the sweep that the overrides ask for; raises Mistake where it is wrong or compares other than two."""
    configuration.register()
    folders = [word.partition("=")[2] for word in words if word.startswith("--config-dir=")]
    overrides = [word for word in words if not word.startswith("-")]
    path = [f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in folders)}]"] if folders else []
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3", job_name="seedluck"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", [*overrides, *path], run_mode=RunMode.MULTIRUN)
        every = [f"{name}={value}" for name, value in (master.hydra.sweeper.params or {}).items()] + overrides
        own = [word for word in every if word.lstrip("+").startswith("sweep.")]
        kept = [word for word in every if not word.lstrip("+").startswith(("sweep.", "hydra"))]
        made = plan(OverridesParser.create(config_loader=loader).parse_overrides(kept))
        configs = checked(made, own, master, loader)
    if len(made.sides) != 2:
        sides = " | ".join(side.label for side in made.sides)
        raise Mistake(
            f"the question has {len(made.sides)} side{'s' * (len(made.sides) != 1)}, {sides}; allowed: 2, as in "
            "variant=tied_call,frozen_copy; the nearest valid choice is a ready question such as experiment=tied_ae."
        )
    return Asked(words, configs, made, digest(made, configs))


def newest(sweep: Asked) -> str | None:
    """The run of the newest finished sweep like this one; None where the store has none."""
    from src.tracking.sweep import newest_sweep

    return newest_sweep(sweep.tracking, sweep.digest)


def swept(sweep: Asked) -> str:
    """The run of a finished sweep like this one; trains it first where the store has none. Raises Unfinished."""
    found = newest(sweep)
    if found is None:
        done = subprocess.run([sys.executable, "-m", "src.run", "-m", *_flags_first(sweep.words)], cwd=PROJECT)
        if done.returncode > 2:
            raise KeyboardInterrupt(done.returncode - 128)
        found = newest(sweep)
    if found is None:
        raise Unfinished("the sweep to explain did not finish; the same command begins it again.")
    return found


def question(uri: str, run_id: str) -> Question:
    """Judge a stored sweep of two sides as it is now; raises Mistake where it is none."""
    from src.sweeps.judge import judge
    from src.tracking.sweep import SweepRun

    parent = SweepRun(uri, run_id)
    description = parent.description()
    if len(description["sides"]) != 2:
        raise Mistake(
            f"the sweep {run_id} compares {len(description['sides'])} sides; allowed: 2; the nearest valid choice is "
            "to sweep the two that differ."
        )
    judged = judge(parent, description)
    sides, runs, seeds = [], [], [*description["seeds"]]
    for side in description["sides"]:
        seeds = [seed for seed in seeds if ("outcome", side["label"], seed, 0) in judged.children]
    if not seeds:
        raise Mistake(f"the sweep {run_id} has no seed that finished on both sides; allowed: one or more.")
    for side in description["sides"]:
        runs.append([judged.children["outcome", side["label"], seed, 0] for seed in seeds])
        sides.append(of_run(parent, runs[-1][0].run_id, side["short"]))
    if not description.get("ordered") and _worse(judged.verdict["comparisons"][0]):
        sides.reverse()
        runs.reverse()
    return Question(parent, description, judged, *sides, tuple(runs), seeds)


def _worse(verdict):
    """Whether the baseline is the side that fares worse: its invariant is broken, or it diverges, or ends higher."""
    evidence = verdict["evidence"]
    for found in evidence["invariants"].values():
        if found["differs"]:
            return found["baseline"]["broken"] > 0
    bad = evidence["outcome"].get("diverged") or [0, 0]
    if bad[0] != bad[1]:
        return bad[0] > bad[1]
    return (evidence["outcome"]["shift"] or 0) < 0


def _flags_first(words):
    return sorted(words, key=lambda word: not word.startswith("-"))  # Hydra's parser takes flags first
