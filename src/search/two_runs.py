"""Any two runs as a sweep of two sides: both trained on the same seeds, with the evidence of any other sweep."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from src.config import PROJECT, fingerprint
from src.config.composition import Ready
from src.config.errors import Mistake, Unfinished
from src.execution.job import Job
from src.search.sides import Side, of_run
from src.search.upper_bounds import show_plan
from src.sweeps.launcher import at_once, follow
from src.sweeps.plan import CHECKPOINTS, COPIES, STEPS
from src.sweeps.runner import conclude, digest, unused

SEEDS = list(range(10))


def paired(
    uri: str, good: str, bad: str, dry: bool, foreseen: Callable, command: str, n_jobs: int | None = None
) -> str | None:
    """The run of a finished sweep of the configurations of two runs; trains it first where the store has none.

    good, bad: ids of runs. dry: train nothing, and answer None where there is no such sweep. foreseen(good, bad): what
    can be said of two src.search.sides.Side before that, arguments of src.search.upper_bounds.show_plan; may raise
    Mistake. command: as it was typed. n_jobs: how many train at once; None: as src.sweeps.launcher.at_once has it.
    Raises Mistake where a run is none or the two trained different scenarios, Unfinished where a job failed.
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
    found = newest_sweep(sides[0].config["tracking"], plan)
    if found or dry:
        if found is None:
            print(f"the two sides come first, {len(_jobs(sides))} runs; then, of what the configurations show now:")
            show_plan(*known, len(SEEDS))
        return found
    begun = newest_sweep(sides[0].config["tracking"], plan, finished=False)
    return _train(sides, plan, begun, command, n_jobs)


def _train(sides, plan, begun, command, n_jobs):
    """begun: the run of such a sweep that broke off, to go on with; or None."""
    from src.tracking.parent import SweepRun

    scenario = sides[0].config["scenario"]
    jobs = _jobs(sides)
    description = {
        "name": f"{scenario['name']}: good | bad",
        "scenario": scenario["name"],
        "metric": scenario["metric"],
        "factors": ["run"],
        "sides": [{"label": side.name, "short": side.name, "factors": {"run": side.name}} for side in sides],
        "plan": plan,
        "ordered": True,  # which side is the good one was said, and is not to be guessed
        "margin": sides[0].config["sweep"]["margin"],
        "stop": "all_run",
        "seeds": SEEDS,
        "looks": 1,
        "jobs": [list(place) for place, _ in jobs],
        "command": command,
    }
    config = sides[0].config
    parent = SweepRun(config["tracking"]["uri"], begun) if begun else SweepRun.create(config, description["name"])
    description["borrowed"] = _borrowed(parent, jobs)
    tags = {"scenario": scenario["name"], "plan": plan, "question": description["name"]}
    parent.begin(description, {**tags, "mlflow.source.name": "src.explain"})
    folder = PROJECT / "multirun" / "pairs" / parent.run_id
    folder.mkdir(parents=True, exist_ok=True)
    done = {child.place for child in parent.children(description) if child.status == "finished"}
    lacking = [(place, side) for place, side in jobs if place not in done]
    starts = [
        lambda number=number, side=side, place=place: _start(side, place, parent.run_id, folder / str(number))
        for number, (place, side) in enumerate(lacking, unused(folder))
    ]
    status, judged = "KILLED", None
    try:
        follow(starts, [" ".join(map(str, place)) for place, _ in lacking], at_once(n_jobs, config["device"]["kind"]))
        status = "FINISHED"
    finally:
        judged = conclude(parent, description, folder, status)
    missing = judged.verdict["missing"]
    if any(("outcome", side.name, seed, 0) not in judged.children for side in sides for seed in SEEDS):
        raise Unfinished(
            f"{len(missing)} of {len(jobs)} runs of the two sides did not finish: {', '.join(missing[:5])}."
        )
    return parent.run_id


def _borrowed(parent, jobs):
    """Places of jobs that the store has already, each with the id of its run: they are not trained again."""
    found = []
    for place, side in jobs:
        role, _, seed, _ = place
        config = copy.deepcopy(side.config)
        config["seed"]["value"] = seed
        # A repeat has to be another run than the outcome, and a replay keeps weights that others do not.
        roles = ("outcome", "trial") if role == "outcome" else (role,)
        if (run := parent.fingerprinted(fingerprint(config, side.import_path), roles)) is not None:
            found.append([*place, run.run_id])
    return found


def _jobs(sides):
    """(role, side, seed, copy) and the side to train, as src/sweeps/plan.py plans them for any sweep."""
    every = max(1, sides[0].config["scenario"]["epochs"] // CHECKPOINTS)
    jobs = [(("outcome", side.name, seed, 0), side) for seed in SEEDS for side in sides]
    jobs += [(("repeat", side.name, SEEDS[0], 0), side) for side in sides]
    for side, copies in ((sides[0], COPIES), (sides[1], 0)):
        for number in range(copies + 1):
            held = copy.deepcopy(side.config)
            held["seed"].update(kind="shared", ulp_copy=number)
            held["job"].update(steps=STEPS, weights_every=every)
            place = ("floor" if number else "replay", side.name, SEEDS[0], number)
            added = ("seed=shared", f"seed.ulp_copy={number}", f"job.steps={STEPS}", f"job.weights_every={every}")
            jobs.append((place, replace(side, config=held, words=(*side.words, *added))))
    return jobs


def _start(side: Side, place, parent, folder: Path):
    role, label, seed, _ = place
    config = copy.deepcopy(side.config)
    config["seed"]["value"] = seed
    config["job"].update(role=role, side=label, parent=parent)
    folder.mkdir(parents=True)
    job = Job(config, folder, [*side.words, f"seed.value={seed}"], side.import_path)
    job.start()
    return job
