"""Any two runs as a sweep of two sides: both trained on the same seeds, with the evidence of any other sweep."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from src.config import PROJECT, fingerprint, quoted
from src.config.composition import Ready
from src.config.errors import Mistake, Unfinished
from src.config.place import OUTCOME, TRIAL, Place
from src.evidence.kinds import kinds, own_role
from src.execution.backend import Backend
from src.execution.job import Job, at_seed
from src.execution.train import train
from src.search.exchange import seeds_of
from src.search.factors import differences, not_seen_inside
from src.search.sequential import TOGETHER
from src.search.sides import of_run, overridden
from src.search.upper_bounds import show_plan
from src.sweeps.plan import OF_THE_SEED, expected, trainings
from src.sweeps.request import digest
from src.sweeps.runner import begin, conclude, look, unused
from src.tracking.description import Description, SideDescription

EVIDENCE = ("repeat", "replay")
SEEDS = 10  # a side, unless a job trains many together


def paired(uri: str, good: str, bad: str, dry: bool, foreseen: Callable, command: str, backend: Backend) -> str | None:
    """Return the run id of a finished sweep that compares the configurations of two runs; train it if there is none.

    good, bad: ids of the two runs. dry: train nothing; return None if there is no such sweep. foreseen(good, bad):
    called with two src.search.sides.Side; returns the first two arguments of src.search.upper_bounds.show_plan, and may
    raise Mistake. command: as it was typed. backend: trains the runs. Raises Mistake if there is no run of an id or the
    two trained different scenarios, Unfinished if a job failed.
    """
    from src.tracking.parent import SweepRun
    from src.tracking.reader import newest_sweep

    store = SweepRun(uri, good)
    SweepRun(uri, bad)  # says so where there is none
    sides = [of_run(store, good, "good"), of_run(store, bad, "bad")]
    names = [side.config["scenario"]["name"] for side in sides]
    if names[0] != names[1]:
        raise Mistake(
            f"good trained the scenario {names[0]} and bad {names[1]}; allowed: two runs of one scenario; the nearest "
            f"valid choice is another run of {names[0]}."
        )
    for side in sides:
        side.config["tracking"].update(uri=uri)
    known = foreseen(*sides)
    plan = digest({side.name: Ready(side.config, list(side.words), side.import_path) for side in sides})
    run_id = newest_sweep(sides[0].config["tracking"], plan)
    if run_id or dry:
        if run_id is None:
            planned, seeds = _planned(sides), len(_seeds(sides))
            print(f"the two sides come first, {len(planned)} runs; then, of what the configurations show now:")
            show_plan(*known, seeds, seeds_of(*sides))
        return run_id
    begun = newest_sweep(sides[0].config["tracking"], plan, finished=False)
    return _train(sides, plan, begun, command, backend)


def _train(sides, plan, begun, command, backend):
    """begun: the run of such a sweep that broke off, to go on with; or None."""
    from src.report.console import SweepProgress
    from src.tracking.parent import SweepRun

    planned, config, together = _planned(sides), sides[0].config, _together(sides)
    names = [factor.name for factor in differences(*(side.config for side in sides), *(side.params for side in sides))]
    description = Description(
        name=f"{config['scenario']['name']}: good | bad",
        scenario=config["scenario"]["name"],
        metric=config["scenario"]["metric"],
        factors=["run"],
        sides=[SideDescription(side.name, side.name, {"run": side.name}, expected(names)) for side in sides],
        plan=plan,
        margin=config["sweep"]["margin"],
        stop="all_run",
        command=command,
        seeds=_seeds(sides),
        ordered=True,
        import_path=sides[0].import_path,
    )
    parent = SweepRun(config["tracking"]["uri"], begun) if begun else SweepRun.create(config, description.name)
    if begun:  # what it has counted and borrowed stays
        before = parent.description()
        description.looks, description.jobs, description.borrowed = before.looks, before.jobs, before.borrowed
        if before.margin == description.margin:
            description.decided = before.decided
    begin(parent, description, None, "src.explain")
    folder = PROJECT / "multirun" / "pairs" / parent.run_id
    folder.mkdir(parents=True, exist_ok=True)

    def made(planned):
        """Train what is lacking; return whether anything was."""
        new = [(place, side) for place, side in planned if place not in description.jobs]
        description.jobs += [place for place, _ in new]
        description.borrowed += _borrowed(parent, new, together)
        parent.describe(description.content())
        done = {child.place for child in parent.children(description) if child.status == "finished"}
        lacking = [(place, side) for place, side in planned if place not in done]
        groups = _groups(lacking, together)
        jobs = [_job(group, parent.run_id, folder / str(number)) for number, group in enumerate(groups, unused(folder))]
        for _ in train(jobs, backend, SweepProgress(sum(len(job.seeds) for job in jobs))):
            pass  # each is on the screen and in the store
        return bool(jobs)

    status, judged = "KILLED", None
    try:
        made(planned)
        judged = look(parent, description, tried=True)
        if made(_further(sides, judged)):
            judged = None
        status = "FINISHED"
    finally:
        judged = conclude(parent, description, folder, status, status == "FINISHED", judged)
    missing = judged.verdict["missing"]
    if any(Place(OUTCOME, side.name, seed) not in judged.children for side in sides for seed in description.seeds):
        raise Unfinished(
            f"{len(missing)} of {len(planned)} runs of the two sides did not finish: {', '.join(missing[:5])}."
        )
    return parent.run_id


def _together(sides):
    return seeds_of(*sides) is TOGETHER


def _seeds(sides):
    return list(range(TOGETHER.most_reference if _together(sides) else SEEDS))


def _groups(planned, together):
    """What each job trains: all seeds of a side where its path takes them together."""
    groups = {}
    for place, side in planned:
        alone = None if together else place.seed
        groups.setdefault((place.role, place.side, place.copy, alone), []).append((place, side))
    return list(groups.values())


def _borrowed(parent, planned, together):
    """Places that the store has a run for already, each with its id: these are not trained again.

    Of seeds that train together none: a run of many has no place, and many cost little more than few.
    """
    borrowed = []
    for place, side in planned if not together else ():
        # A repeat has to be another run than the outcome, and a replay keeps weights that others do not.
        roles = (OUTCOME, TRIAL) if place.role == OUTCOME else (place.role,)
        key = fingerprint(at_seed(side.config, place.seed), side.import_path)
        if (run := parent.fingerprinted(key, roles, side.config["scenario"]["script"])) is not None:
            borrowed.append((place, run.run_id))
    return borrowed


def _planned(sides):
    """Place, and the side to train there: as src/sweeps/plan.py plans any sweep."""
    seeds, together = _seeds(sides), _together(sides)
    planned = [(Place(OUTCOME, side.name, seed), side) for seed in seeds for side in sides]
    unseen = any(not_seen_inside(side.params) for side in sides)
    for training in trainings(kinds(EVIDENCE), sides[0].config["scenario"]["epochs"]):
        if training.without or training.own_start or (training.inside and unseen):
            continue
        for seed in seeds if training.whole and together else seeds[:1]:
            planned += _at(training, sides, seed)
    return planned


def _further(sides, judged):
    """The same for what kinds of evidence want at further seeds."""
    epochs = sides[0].config["scenario"]["epochs"]
    further = [
        one
        for kind, seeds in judged.further(epochs).items()
        for training in trainings(kinds([kind]), epochs)
        for seed in next(iter(seeds.values()))
        for one in (_at(training, sides, seed) if training.further else [])
    ]
    again = [
        one
        for kind, seeds in judged.own_starts().items()
        for training in trainings(kinds([kind]), epochs)
        for seed, failed_on in (next(iter(seeds.values())) if training.own_start else ())
        for one in _from_own_start(training, sides, seed, failed_on, judged)
    ]
    return further + again


def _from_own_start(training, sides, seed, failed_on, judged):
    """A seed that failed, on both sides from the start that it had on the side where it failed."""
    start = judged.children[Place(OUTCOME, sides[failed_on].name, seed)].run_id
    told = [*training.overrides, f"seed.start={quoted(start)}"]
    role = own_role(training.role, failed_on)
    return [(Place(role, side.name, seed, training.copy), overridden(side, told)) for side in sides]


def _at(training, sides, seed):
    return [
        (Place(training.role, side.name, seed, training.copy), _held(side, training.overrides))
        for side in (sides if training.every_side else sides[:1])
    ]


def _held(side, overrides):
    """The side with the overrides of a kind of evidence, which may bring a seed group of their own."""
    if not overrides:
        return side
    words = tuple(word for word in side.words if not word.lstrip("+").startswith(OF_THE_SEED))
    return overridden(replace(side, words=words), list(overrides))


def _job(group, parent: str, folder: Path):
    place, side = group[0]
    words, seeds = (*side.words, f"seed.value={place.seed}"), tuple(other.seed for other, _ in group)
    config = at_seed(side.config, place.seed)
    return Job(config, seeds, words, tuple(side.import_path), folder, place.role, place.side, parent)
