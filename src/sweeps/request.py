"""A sweep as it was asked for: planned, composed and checked, before anything is trained."""

import contextlib
import hashlib
import json
from dataclasses import dataclass, replace

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from src.config import fingerprint
from src.config.composition import SEED, Compositions, Ready, ready, task_of
from src.config.errors import Mistake
from src.evidence.kinds import kinds
from src.execution.backend import Backend
from src.execution.rehearsal import rehearse
from src.runtimes.installation import Broken
from src.sweeps.plan import Plan, Planned, Side, plan
from src.tracking.description import Description, SideDescription

FIRST_ROUND = 5  # seeds, where sweep.stop=decided and the command names fewer


@dataclass
class Request:
    """plan: of all overrides. sides: side of the plan → its checked configuration, at the first seed.

    asked: Hydra's configuration of the group sweep. rounds: the seeds of every round. extra: the trainings that kinds
    of evidence need. description: what the sweep is. parent: the sweep's run in MLflow to go on with, or None.
    """

    plan: Plan
    sides: dict[Side, Ready]
    asked: DictConfig
    compositions: Compositions
    rounds: list[list[int]]
    extra: list[Planned]
    description: Description
    parent: object = None

    @property
    def baseline(self) -> Ready:
        """The configuration that the others are compared with."""
        return self.sides[self.plan.sides[0]]

    @property
    def outcomes(self) -> list[Planned]:
        """One training of every side at every seed of every round."""
        return self.plan.outcomes([seed for seeds in self.rounds for seed in seeds])


def request(words: list[str], master: DictConfig, loader, command: str, backend: Backend | None) -> Request:
    """Return the sweep that the overrides ask for.

    words: overrides, as on the command line. master, loader: Hydra's configuration of the sweep, and its loader.
    command: the command that reproduces the sweep. backend: starts to warm up, unless this is a dry run. Raises Mistake
    with one sentence for everything that is wrong.
    """
    asked = master.sweep
    own = [word for word in words if word.lstrip("+").startswith("sweep.")]
    words = [word for word in words if not word.lstrip("+").startswith(("sweep.", "hydra"))]
    made = plan(OverridesParser.create(config_loader=loader).parse_overrides(words))
    compositions = Compositions(master, loader)
    sides = checked(made, own, compositions)
    if not asked.dry_run:
        _prepare(backend, sides.values())
        rehearse(sides.values(), words)
    baseline = sides[made.sides[0]]
    evidence = kinds(list(asked.evidence), baseline.import_path)
    description, parent = _description(made, sides, asked, command), None
    if asked.resume:
        parent, seeds = _begun(baseline.config["tracking"]["uri"], _as_typed("sweep.resume", own), description)
        if asked.stop != "decided":  # whose rounds come again as they were; else what was trained stays in the verdict
            made = replace(made, seeds=(*seeds, *(seed for seed in made.seeds if seed not in seeds)))
    extra = made.evidence(evidence, baseline.config["scenario"]["epochs"])
    whole = Request(made, sides, asked, compositions, _rounds(made.seeds, asked), extra, description, parent)
    _insist_folders([*whole.outcomes, *extra], compositions)
    return whole


def _prepare(backend, sides):
    """Start to import the framework of every side, while this process imports MLflow and SciPy."""
    for side in sides if backend else ():
        with contextlib.suppress(Mistake, Broken):  # said by the job itself, which has a place to keep it
            backend.prepare(side.config)


def _description(made, sides, asked, command):
    baseline = sides[made.sides[0]]
    return Description(
        name=_name(made, baseline.config),
        scenario=baseline.config["scenario"]["name"],
        metric=baseline.config["scenario"]["metric"],
        factors=[name for name, _ in made.sides[0].factors],
        sides=[SideDescription(side.label, side.short, dict(side.factors)) for side in made.sides],
        plan=digest({side.label: one for side, one in sides.items()}),
        margin=asked.margin,
        stop=asked.stop,
        command=command,
        evidence=list(asked.evidence),
        import_path=list(baseline.import_path),
        resumable=True,
    )


def checked(made: Plan, own, compositions: Compositions) -> dict:
    """Return side → src.config.composition.Ready of it, at the first seed.

    own: the overrides that are the sweep's own; its jobs go without, and they are checked all the same. Raises Mistake
    with whatever is wrong on any side, each sentence once.
    """
    sides, wrong = {}, {}
    for side in made.sides:
        try:
            if own and side is made.sides[0]:  # they are the same on every side
                whole = compositions.whole([*made.words(side), *own, f"{SEED}={made.seeds[0]}"])
                ready(task_of(whole), whole.hydra)
            for seed in dict.fromkeys((max(made.seeds, key=abs), made.seeds[0])):
                sides[side] = compositions.ready(made.words(side), seed)
        except Mistake as mistake:
            wrong.update(dict.fromkeys(mistake.args))
    idle = [made_side.idle for made_side in sides.values()]  # what takes part on one side has its use
    wrong.update(
        dict.fromkeys(said for said in idle[0] if all(said in made_side for made_side in idle)) if idle else {}
    )
    if wrong:
        raise Mistake(*wrong)
    return sides


def _insist_folders(planned, compositions):
    """Raise Mistake if two jobs would share a folder, in which the later one would overwrite the first."""
    if compositions.numbered:
        return
    seen = {}
    for training in planned:
        folder = compositions.folder(training.overrides, training.seed, 0)
        if folder in seen:
            raise Mistake(
                f"hydra.sweep.subdir is {compositions.subdir!r}, which gives {seen[folder].spoken} and "
                f"{training.place.spoken} one folder; allowed: a name that differs from job to job; the nearest valid "
                "choice is hydra.sweep.subdir='${hydra.job.num}'."
            )
        seen[folder] = training.place


def _as_typed(name, words):
    """The value of a setting as it was typed: some ids of runs are numbers to Hydra, such as 1234e567."""
    return next(word.partition("=")[2] for word in reversed(words) if word.lstrip("+").startswith(f"{name}="))


def _begun(uri, run_id, description):
    """The sweep's run to go on with, and the seeds that it has; raises Mistake if it is another sweep's."""
    from src.tracking.parent import SweepRun

    parent = SweepRun(uri, run_id)
    before = parent.description()
    _insist_same(before, description)
    return parent, before.seeds


def _rounds(seeds, asked):
    """The seeds of every round; more rounds than are needed where the sweep stops by itself."""
    if asked.stop != "decided":
        return [list(seeds)]
    first = list(seeds) if len(seeds) > 1 else list(range(seeds[0], seeds[0] + FIRST_ROUND))
    first = first[: asked.max_seeds]
    rounds, last = [first], max(first)
    while sum(map(len, rounds)) < asked.max_seeds:
        size = min(len(first), asked.max_seeds - sum(map(len, rounds)))
        rounds.append(list(range(last + 1, last + 1 + size)))
        last += size
    return rounds


def _name(made, config):
    factors = ", ".join(name for name, _ in made.sides[0].factors)
    sides = " | ".join(side.short for side in made.sides)
    return f"{config['scenario']['name']}: " + (f"{factors} {sides}" if factors else "seeds alone")


def digest(sides: dict) -> str:
    """Return a digest that two sweeps share if they have the same sides; seeds do not matter. sides: label → Ready."""
    parts = []
    for label, made in sides.items():
        seedless = {**made.config, "seed": {**made.config["seed"], "value": None}}
        parts.append([label, fingerprint(seedless, made.import_path)])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _insist_same(before, now):
    if before.plan == now.plan:
        return
    was, asked = (" | ".join(side.label for side in description.sides) for description in (before, now))
    differs = f"it compared {was}, this command asks for {asked}" if was != asked else "some of its settings differ"
    if before.command == now.command:
        raise Mistake(
            "sweep.resume names a sweep that was trained with another scenario, runtime or version of this program "
            "than are here now; allowed: one as it would be trained now; the nearest valid choice is the same command "
            "without sweep.resume."
        )
    raise Mistake(
        f"sweep.resume names a sweep of another configuration: {differs}; allowed: the same command again, with "
        f"other seeds if need be; the nearest valid choice is {before.command}."
    )
