"""A sweep as it was asked for: planned, composed and checked, before anything is trained."""

import contextlib
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from seedluck.basics.errors import Mistake
from seedluck.config import fingerprint
from seedluck.config.composer import task_of
from seedluck.config.composition import SEED, Compositions, Ready, ready
from seedluck.config.paths import takes_several_seeds
from seedluck.config.place import OUTCOME, Place
from seedluck.evidence.kinds import FURTHER_SEEDS, kinds
from seedluck.execution.backends.backend import Backend
from seedluck.execution.job import at_seed
from seedluck.execution.rehearsal import rehearse
from seedluck.runtimes.installation import Broken
from seedluck.sweeps.plan import Plan, Planned, Side, plan, trainings
from seedluck.tracking.description import Description, SideDescription

FIRST_ROUND = 8  # seeds, where sweep.stop=decided and the command names fewer; with 5, no test can pass at its share


@dataclass
class Request:
    """plan: of all overrides. sides: side of the plan → its checked configuration, at the first seed.

    asked: Hydra's configuration of the group sweep. rounds: the seeds of every round. evidence: name → module of the
    kinds that were asked for. description: what the sweep is. parent: the sweep's run in MLflow to go on with, or None.
    compositions: of its overrides; None where :meth:`made` and :meth:`folder` do without.
    """

    plan: Plan
    sides: dict[Side, Ready]
    asked: DictConfig
    compositions: Compositions
    rounds: list[list[int]]
    evidence: dict
    description: Description
    parent: object = None

    def made(self, training: Planned) -> Ready:
        """Return the configuration of a training, ready to be trained; raises what composing it raises."""
        return self.compositions.ready(training.overrides, training.seed)

    def folder(self, training: Planned, number: int) -> Path:
        """Return the folder of a job. number: of the job in the sweep."""
        return self.compositions.folder(training.overrides, training.seed, number)

    def lent(self, parent, planned: list[Planned]) -> list[tuple[Place, str]]:
        """Return which trainings need not be made since a run of the store stands for them, each with that run's id."""
        return []

    @property
    def baseline(self) -> Ready:
        """The configuration that the others are compared with."""
        return self.sides[self.plan.sides[0]]

    @property
    def epochs(self) -> int:
        """How many epochs the scenario trains."""
        return self.baseline.config["scenario"]["epochs"]

    def take_stored(self, parent):
        """Let runs of the same job that the store has already stand as the baseline's, where ``sweep.stored`` asks for
        it: at whatever seeds they are. parent: the sweep's run in MLflow."""
        if self.asked.stored != "baseline" or takes_several_seeds(self.baseline.config, self.baseline.import_path):
            return
        configuration = fingerprint(at_seed(self.baseline.config, 0), self.baseline.import_path)
        known = {place for place, _ in self.description.borrowed} | {one.place for one in parent.children()}
        label = self.plan.sides[0].label
        for seed, run in sorted(parent.outcomes_of(configuration, self.baseline.config["scenario"]["script"]).items()):
            if (place := Place(OUTCOME, label, seed)) not in known:
                self.description.borrowed.append((place, run.run_id))

    def set_stale_aside(self, parent) -> dict[str, int]:
        """Let runs of the sweep that read what is otherwise now count no more; return in words what has changed, each
        with the number of runs that read it. parent: the sweep's run in MLflow."""
        found = Counter()
        sides = {side.label: made for side, made in self.sides.items()}
        borrowed = {run_id for _, run_id in self.description.borrowed}
        for run in parent.children(self.description):
            made = sides.get(run.side) if run.status == "finished" else None
            why = parent.changed(run, made.config["scenario"]["script"]) if made else []
            found.update(why)
            if why and run.run_id in borrowed:
                self.description.borrowed = [pair for pair in self.description.borrowed if pair[1] != run.run_id]
            elif why:
                parent.set_aside(run, why)
        if found:
            self.description.decided.clear()  # on outcomes of which some count no more
        return dict(found)

    @property
    def outcomes(self) -> list[Planned]:
        """One training of every side at every seed of every round."""
        return self.plan.outcomes([seed for seeds in self.rounds for seed in seeds])

    def outcomes_of(self, seeds) -> list[Planned]:
        """Return a training of every side at these seeds; of a side that is decided, only what was planned before."""
        still, before = self.description.open, {*self.description.jobs}
        if still or len(self.plan.sides) == 1:
            still = [*still, self.plan.sides[0].label]
        planned = self.plan.outcomes(seeds)
        return [training for training in planned if training.side.label in still or training.place in before]

    def further(self, judged) -> list[Planned]:
        """Return the trainings that kinds of evidence want at further seeds, by Judgement."""
        wanted, own = judged.further(self.epochs), judged.own_starts()
        further = [
            training
            for name, seeds in wanted.items()
            for training in self.plan.further({name: self.evidence[name]}, self.epochs, seeds)
        ]
        again = [
            training
            for name, seeds in own.items()
            for training in self.plan.from_own_starts({name: self.evidence[name]}, self.epochs, seeds)
        ]
        return [*further, *again]

    def at_once(self, planned: list[Planned]) -> list[Planned]:
        """Return those of evidence's trainings that need not wait: all of a scenario; of a script, whose training may
        not be seen inside, those that compare no weights."""
        if not any(made.config["scenario"].get("script") for made in self.sides.values()):
            return planned
        inside = {training.role for training in trainings(self.evidence, self.epochs) if training.inside}
        return [training for training in planned if training.role not in inside]

    def seen_inside(self, planned: list[Planned], runs: dict) -> list[Planned]:
        """Return those of the trainings whose side, and the baseline, was seen inside while it trained.

        runs: place → Child, of what has finished.
        """
        outcomes = [run for place, run in runs.items() if place.role == OUTCOME]
        seen = {run.side for run in outcomes if run.kept_weights} - {r.side for r in outcomes if not r.kept_weights}
        baseline = self.plan.sides[0]
        if baseline.label not in seen or len(seen) < 2:
            return []
        return [training for training in planned if training.side.label in seen]

    def following(self, judged, runs: dict) -> tuple[list[Planned], dict[str, str]]:
        """Return the trainings that follow where sides really differ, and label of a side → why it has none.

        judged: Judgement. runs: place → Child, of what has finished.
        """
        labels, planned, reasons = judged.differing, [], {}
        kinds_that_follow = [kind for kind in self.evidence.values() if hasattr(kind, "follows")]
        for side, made in self.sides.items() if kinds_that_follow else ():
            replay = runs.get(Place("replay", side.label, self.plan.seeds[0], 0))
            if side.label not in labels:
                continue
            if replay is None:
                outcomes = [run for place, run in runs.items() if place.role == OUTCOME and place.side == side.label]
                unseen = any(not run.kept_weights for run in outcomes)
                reasons[side.label] = "its training was not seen inside" if unseen else "it was not replayed"
                continue
            for kind in kinds_that_follow:
                try:
                    following = [self.plan.follow(one, side) for one in kind.follows(made.config, replay.params)]
                    for training in following:
                        self.made(training)
                    planned += following
                except (Mistake, HydraException, OmegaConfBaseException) as error:
                    reasons[side.label] = str(error.args[0]).rstrip(".")
        return planned, reasons

    def without(self, runs: dict) -> list[Planned]:
        """Return the replays in which layers are kept from drawing; runs: as of Plan.without."""
        return self.plan.without(self.evidence, self.epochs, runs)

    @property
    def at_most_further(self) -> list[Planned]:
        """The trainings that kinds of evidence may want at further seeds, if all sides are found alike."""
        asking = {name: kind for name, kind in self.evidence.items() if hasattr(kind, "further")}
        seeds = [seed for seed in (*self.plan.seeds, *range(FURTHER_SEEDS)) if seed != self.plan.seeds[0]]
        others = list(dict.fromkeys(seeds))[: FURTHER_SEEDS - 1]
        return self.plan.further(asking, self.epochs, {side.label: others for side in self.plan.sides[1:]})

    @property
    def extra(self) -> list[Planned]:
        """The trainings that kinds of evidence need at the first seed."""
        together = [side for side, made in self.sides.items() if takes_several_seeds(made.config, made.import_path)]
        before = dict.fromkeys(place.seed for place in self.description.jobs if place.role == "repeat")
        plan = replace(self.plan, seeds=tuple(before)) if before else self.plan
        return plan.evidence(self.evidence, self.epochs, together)


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
    description, parent, before = _description(made, sides, asked, command), None, None
    if asked.resume:
        parent, before = _begun(baseline.config["tracking"]["uri"], _as_typed("sweep.resume", own), description)
        looks, description.borrowed = before.looks_to_keep(), before.borrowed
        description = replace(description, seeds=list(before.seeds), looks=looks, jobs=before.jobs)
        description.without_reference = before.without_reference
        if _asked_alike(before, description):
            description.decided = before.decided
    doubling = all(takes_several_seeds(side.config, side.import_path) for side in sides.values())
    rounds = _rounds(list(made.seeds), before.seeds if before else [], asked, doubling)
    description.planned = before.planned if before and before.looks else len(rounds)
    description.most_seeds = sum(map(len, rounds))
    whole = Request(
        replace(made, seeds=tuple(rounds[0])), sides, asked, compositions, rounds, evidence, description, parent
    )
    _insist_folders(whole)
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
        better=baseline.config["scenario"]["better"],
        factors=[name for name, _ in made.sides[0].factors],
        sides=[
            SideDescription(side.label, side.short, dict(side.factors), asked.expect or made.expected(side))
            for side in made.sides
        ],
        plan=digest({side.label: one for side, one in sides.items()}),
        margin=asked.margin,
        stop=asked.stop,
        command=command,
        evidence=list(asked.evidence),
        import_path=list(baseline.import_path),
        resumable=True,
    )


def checked(made: Plan, own, compositions: Compositions) -> dict:
    """Return side → Ready of it, at the first seed.

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


def _insist_folders(asked):
    """Raise Mistake if two jobs would share a folder, in which the later one would overwrite the first."""
    compositions, seen = asked.compositions, {}
    if compositions.numbered:
        return
    for training in [*asked.outcomes, *asked.extra]:
        folder = asked.folder(training, 0)
        if folder in seen:
            raise Mistake(
                f"hydra.sweep.subdir is {compositions.subdir!r}, which gives {seen[folder].spoken} and "
                f"{training.place.spoken} one folder; allowed: a name that differs from job to job; the nearest valid "
                "choice is hydra.sweep.subdir='${hydra.job.num}'."
            )
        seen[folder] = training.place


def _asked_alike(before, now):
    """Whether two descriptions of a sweep ask the same of its outcomes, so that a verdict on them still stands."""
    return (before.margin, before.evidence, before.sides) == (now.margin, now.evidence, now.sides)


def _as_typed(name, words):
    """The value of a setting as it was typed: some ids of runs are numbers to Hydra, such as 1234e567."""
    return next(word.partition("=")[2] for word in reversed(words) if word.lstrip("+").startswith(f"{name}="))


def _begun(uri, run_id, description):
    """The sweep's run to go on with, and its description so far; raises Mistake if it is another sweep's."""
    from seedluck.tracking.parent import SweepRun

    parent = SweepRun(uri, run_id)
    before = parent.description()
    _insist_same(before, description)
    return parent, before


def _rounds(typed, begun, asked, doubling):
    """The seeds of every round; more rounds than are needed where the sweep stops by itself.

    typed: seeds that the command names. begun: those of the sweep that is gone on with, which are the first round.
    doubling: whether a round takes as many seeds as all before it, which one job trains at once.
    """
    if asked.stop != "decided":
        return [[*begun, *(seed for seed in typed if seed not in begun)]]
    first = typed if len(typed) > 1 else list(range(typed[0], typed[0] + FIRST_ROUND))
    first = first[: asked.max_seeds]
    rounds, last = [begun or first], max(begun or first)
    while (left := asked.max_seeds - sum(map(len, rounds))) > 0:
        size = min(sum(map(len, rounds)) if doubling else len(first), left)
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
