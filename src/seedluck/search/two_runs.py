"""Any two runs as a sweep of two sides: both trained on the same seeds, with the evidence of any other sweep."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from omegaconf import OmegaConf

from seedluck.basics.errors import Mistake, Unfinished
from seedluck.basics.project import PROJECT
from seedluck.config import fingerprint
from seedluck.config.composition import Ready
from seedluck.config.place import OUTCOME, TRIAL, Place
from seedluck.evidence.kinds import kinds
from seedluck.execution.backends.backend import Backend
from seedluck.execution.job import at_seed
from seedluck.search import sides as questions
from seedluck.search.exchange import seeds_of
from seedluck.search.factors import differences, not_seen_inside
from seedluck.search.sequential import TOGETHER
from seedluck.search.upper_bounds import show_plan
from seedluck.sweeps.hopeless import Hopeless
from seedluck.sweeps.plan import Plan, Planned, Side, expected
from seedluck.sweeps.request import Request, digest
from seedluck.sweeps.rounds import Rounds
from seedluck.sweeps.runner import begin, conclude
from seedluck.tracking.description import Description, SideDescription

EVIDENCE = ("repeat", "replay", "reference")
SEEDS = 10  # a side, unless a job trains many together


def paired(uri: str, good: str, bad: str, dry: bool, foreseen: Callable, command: str, backend: Backend) -> str | None:
    """Return the run id of a finished sweep that compares the configurations of two runs; train it if there is none.

    good, bad: ids of the two runs. dry: train nothing; return None if there is no such sweep. foreseen(good, bad):
    called with two Side; returns the first two arguments of seedluck.search.upper_bounds.show_plan, and may
    raise Mistake. command: as it was typed. backend: trains the runs. Raises Mistake if there is no run of an id or the
    two trained different scenarios, Unfinished if a job failed.
    """
    from seedluck.tracking.parent import SweepRun
    from seedluck.tracking.reader import newest_sweep

    store = SweepRun(uri, good)
    SweepRun(uri, bad)  # says so where there is none
    sides = [questions.of_run(store, good, "good"), questions.of_run(store, bad, "bad")]
    names = [side.config["scenario"]["name"] for side in sides]
    if names[0] != names[1]:
        raise Mistake(
            f"good trained the scenario {names[0]} and bad {names[1]}; allowed: two runs of one scenario; the nearest "
            f"valid choice is another run of {names[0]}."
        )
    for side in sides:
        side.config["tracking"].update(uri=uri)
    known = foreseen(*sides)
    asked = _request(sides, command)
    plan, tracking = asked.description.plan, sides[0].config["tracking"]
    run_id = newest_sweep(tracking, plan)
    if run_id is None and dry:
        unseen = any(not_seen_inside(side.params) for side in sides)
        planned = [*asked.outcomes, *(asked.at_once(asked.extra) if unseen else asked.extra)]
        print(f"the two sides come first, {len(planned)} runs; then, of what the configurations show now:")
        show_plan(*known, len(asked.plan.seeds), seeds_of(*sides))
    if run_id or dry:
        return run_id
    return _trained(asked, newest_sweep(tracking, plan, finished=False), backend)


@dataclass(frozen=True)
class Half(Side):
    """One of the two; ``good`` or ``bad`` is all that it is called."""

    @property
    def label(self) -> str:
        """``good`` or ``bad``."""
        return self.factors[0][1]


@dataclass(frozen=True)
class TwoRuns(Plan):
    """own: name of a side → the overrides of its run, which stand in the place of factors."""

    own: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def words(self, side: Side) -> list[str]:
        """Return the overrides of a side, without those of its seed's number."""
        return list(self.own[side.label])


@dataclass
class Pair(Request):
    """The sweep of two runs. runs: name of a side → Side. place: the folder of all jobs."""

    runs: dict[str, questions.Side] = field(default_factory=dict)
    place: Path | None = None

    def __post_init__(self):
        self._made = {}  # label and overrides → the side that they make of its run

    def made(self, training: Planned) -> Ready:
        """Return the configuration of a run with the overrides of a training in the place of its own; raises Mistake
        with a sentence for everything that is wrong, and what composing raises.
        """
        key = training.side.label, training.overrides
        if key not in self._made:
            side = questions.instead(self.runs[training.side.label], training.overrides)
            if training.overrides != self.plan.own[training.side.label] and side.wrong:
                raise Mistake(*side.wrong)
            self._made[key] = side
        side = self._made[key]
        words = [*side.words, f"seed.value={training.seed}"]
        return Ready(at_seed(side.config, training.seed), words, side.import_path)

    def folder(self, training: Planned, number: int) -> Path:
        """Return the folder of a job. number: of the job in the sweep."""
        return self.place / str(number)

    def lent(self, parent, planned: list[Planned]) -> list[tuple[Place, str]]:
        """Return which trainings the store has a run for already, each with its id.

        Of seeds that train together none: a run of many has no place, and many cost little more than few.
        """
        lent = []
        for training in planned if seeds_of(*self.runs.values()) is not TOGETHER else ():
            made = self.made(training)
            # A repeat has to be another run than the outcome, and a replay keeps weights that others do not.
            roles = (OUTCOME, TRIAL) if training.role == OUTCOME else (training.role,)
            key = fingerprint(made.config, made.import_path)
            if (run := parent.fingerprinted(key, roles, made.config["scenario"]["script"])) is not None:
                lent.append((training.place, run.run_id))
        return lent


def _request(runs, command):
    """The sweep of two runs, each a Side."""
    halves = tuple(Half((("run", run.name),)) for run in runs)
    sides = {half: Ready(run.config, list(run.words), run.import_path) for half, run in zip(halves, runs, strict=True)}
    config, names = (
        runs[0].config,
        [factor.name for factor in differences(*_both(runs, "config"), *_both(runs, "params"))],
    )
    seeds = list(range(TOGETHER.most_reference if seeds_of(*runs) is TOGETHER else SEEDS))
    description = Description(
        name=f"{config['scenario']['name']}: good | bad",
        scenario=config["scenario"]["name"],
        metric=config["scenario"]["metric"],
        factors=["run"],
        sides=[SideDescription(half.label, half.short, dict(half.factors), expected(names)) for half in halves],
        plan=digest({half.label: made for half, made in sides.items()}),
        margin=config["sweep"]["margin"],
        stop="all_run",
        command=command,
        evidence=list(EVIDENCE),
        ordered=True,
        import_path=runs[0].import_path,
    )
    plan = TwoRuns((), halves, tuple(seeds), {run.name: tuple(run.words) for run in runs})
    asked = OmegaConf.create({"stop": description.stop})
    evidence = kinds(EVIDENCE, runs[0].import_path)
    return Pair(plan, sides, asked, None, [seeds], evidence, description, runs={run.name: run for run in runs})


def _both(runs, name):
    return [getattr(run, name) for run in runs]


def _trained(asked, begun, backend):
    """Train and judge the sweep; return its run's id. begun: the run of such a sweep that broke off, or None."""
    from seedluck.tracking.parent import SweepRun

    description, tracking = asked.description, asked.baseline.config["tracking"]
    parent = SweepRun(tracking["uri"], begun) if begun else SweepRun.create(asked.baseline.config, description.name)
    if begun:  # what it has counted and borrowed stays
        before = parent.description()
        description.looks, description.jobs, description.borrowed = before.looks, before.jobs, before.borrowed
        if before.margin == description.margin:
            description.decided = before.decided
    begin(parent, description, None, "src.explain")
    asked.place = PROJECT / "multirun" / "pairs" / parent.run_id
    asked.place.mkdir(parents=True, exist_ok=True)
    status, rounds = "KILLED", None
    try:
        rounds = Rounds(asked, parent, asked.place, backend)
        rounds.train()
        status = "FINISHED"
    except Hopeless as hopeless:
        status = "FINISHED"
        raise Unfinished(f"both sides fail on their first seed for one reason: {hopeless}.") from None
    finally:
        tried = rounds is not None and rounds.all_tried
        judged = conclude(parent, description, asked.place, status, tried, rounds.judged if tried else None)
    missing = judged.verdict["missing"]
    if any(training.place not in judged.children for training in asked.outcomes):
        raise Unfinished(
            f"{len(missing)} of {len(description.jobs)} runs of the two sides did not finish: {', '.join(missing[:5])}."
        )
    return parent.run_id
