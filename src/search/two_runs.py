"""Any two runs as a sweep of two sides: both trained on the same seeds, with the evidence of any other sweep."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from src.config import PROJECT, fingerprint
from src.config.composition import Ready
from src.config.errors import Mistake, Unfinished
from src.config.place import OUTCOME, TRIAL, Place
from src.evidence.kinds import kinds
from src.execution.backend import Backend
from src.execution.job import Job, at_seed
from src.execution.train import train
from src.search.sides import Side, of_run, overridden
from src.search.upper_bounds import show_plan
from src.sweeps.plan import OF_THE_SEED
from src.sweeps.request import digest
from src.sweeps.runner import begin, conclude, unused
from src.tracking.description import Description, SideDescription

EVIDENCE = ("repeat", "replay")
SEEDS = list(range(10))


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
            print(f"the two sides come first, {len(_planned(sides))} runs; then, of what the configurations show now:")
            show_plan(*known, len(SEEDS))
        return run_id
    begun = newest_sweep(sides[0].config["tracking"], plan, finished=False)
    return _train(sides, plan, begun, command, backend)


def _train(sides, plan, begun, command, backend):
    """begun: the run of such a sweep that broke off, to go on with; or None."""
    from src.report.console import SweepProgress
    from src.tracking.parent import SweepRun

    planned, config = _planned(sides), sides[0].config
    description = Description(
        name=f"{config['scenario']['name']}: good | bad",
        scenario=config["scenario"]["name"],
        metric=config["scenario"]["metric"],
        factors=["run"],
        sides=[SideDescription(side.name, side.name, {"run": side.name}) for side in sides],
        plan=plan,
        margin=config["sweep"]["margin"],
        stop="all_run",
        command=command,
        seeds=SEEDS,
        looks=1,
        jobs=[place for place, _ in planned],
        ordered=True,
        import_path=sides[0].import_path,
    )
    parent = SweepRun(config["tracking"]["uri"], begun) if begun else SweepRun.create(config, description.name)
    description.borrowed = _borrowed(parent, planned)
    begin(parent, description, None, "src.explain")
    folder = PROJECT / "multirun" / "pairs" / parent.run_id
    folder.mkdir(parents=True, exist_ok=True)
    done = {child.place for child in parent.children(description) if child.status == "finished"}
    lacking = [(place, side) for place, side in planned if place not in done]
    jobs = [
        _job(side, place, parent.run_id, folder / str(number))
        for number, (place, side) in enumerate(lacking, unused(folder))
    ]
    status, judged = "KILLED", None
    try:
        for _ in train(jobs, backend, SweepProgress(len(jobs))):
            pass  # each is on the screen and in the store
        status = "FINISHED"
    finally:
        judged = conclude(parent, description, folder, status)
    missing = judged.verdict["missing"]
    if any(Place(OUTCOME, side.name, seed) not in judged.children for side in sides for seed in SEEDS):
        raise Unfinished(
            f"{len(missing)} of {len(planned)} runs of the two sides did not finish: {', '.join(missing[:5])}."
        )
    return parent.run_id


def _borrowed(parent, planned):
    """Places that the store has a run for already, each with its id: these are not trained again."""
    borrowed = []
    for place, side in planned:
        # A repeat has to be another run than the outcome, and a replay keeps weights that others do not.
        roles = (OUTCOME, TRIAL) if place.role == OUTCOME else (place.role,)
        key = fingerprint(at_seed(side.config, place.seed), side.import_path)
        if (run := parent.fingerprinted(key, roles)) is not None:
            borrowed.append((place, run.run_id))
    return borrowed


def _planned(sides):
    """Place, and the side to train there: as src/sweeps/plan.py plans any sweep."""
    planned = [(Place(OUTCOME, side.name, seed), side) for seed in SEEDS for side in sides]
    epochs = sides[0].config["scenario"]["epochs"]
    for kind in kinds(EVIDENCE).values():
        for training in kind.trainings(epochs) if hasattr(kind, "trainings") else ():
            for side in sides if training.every_side else sides[:1]:
                place = Place(training.role, side.name, SEEDS[0], training.copy)
                planned.append((place, _held(side, training.overrides)))
    return planned


def _held(side, overrides):
    """The side with the overrides of a kind of evidence, which may bring a seed group of their own."""
    if not overrides:
        return side
    words = tuple(word for word in side.words if not word.lstrip("+").startswith(OF_THE_SEED))
    return overridden(replace(side, words=words), list(overrides))


def _job(side: Side, place: Place, parent: str, folder: Path):
    words = (*side.words, f"seed.value={place.seed}")
    config = at_seed(side.config, place.seed)
    return Job(config, (place.seed,), words, tuple(side.import_path), folder, place.role, place.side, parent)
