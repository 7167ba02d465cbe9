"""Runs a script unchanged, in its own folder, with its own arguments; and tells what came of it.

Who does what: doors.py watches the framework, observation.py keeps what is seen there, seeding.py holds what is drawn,
taken.py fetches what another script hands over, outcome.py finds the number that the run is judged by.
"""

import json
import os
import sys

from seedluck_worker.adapters import seeding
from seedluck_worker.programs import leaving
from seedluck_worker.programs.main import execute
from seedluck_worker.programs.outcome import numbers_of
from seedluck_worker.programs.printing import Printed
from seedluck_worker.programs.taken import take
from seedluck_worker.randomness.seeds import Seeds
from seedluck_worker.shared.failures import ScriptFailed
from seedluck_worker.watching.doors import Doors
from seedluck_worker.watching.observation import Observation


def train(job, folder, events):
    """Run the script of the job; whatever it raises is raised as ScriptFailed."""
    scenario = job["scenario"]
    path = scenario["script"]
    taken = take(job, folder)
    held = Seeds(**job["seed"])
    observation = Observation(job, folder, events, taken)
    with open(os.path.join(folder, "environment.json"), encoding="utf-8") as file:
        os.environ.update(json.load(file))
    seeding.hold_process(held, everything=scenario["seeds"] == "all")
    doors = Doors(job, held, observation)
    doors.watch()
    printed = Printed(sys.stdout, os.path.join(folder, "printed.txt"))
    os.register_at_fork(before=printed.flush)  # or what waits to be written would be written twice
    leaving.current, process = leaving.Leaving(), os.getpid()
    try:
        left = execute(scenario, held.value, printed, leaving.current.wait_for_threads)
    finally:
        if os.getpid() != process:  # forked by the script, and at its end: the job is the other one's
            printed.flush()
            os._exit(0 if sys.exc_info()[0] is None else 1)
        printed.close()
    observation.environment(doors.versions())
    trained = observation.chosen(scenario["which"])
    evaluated = {f"evaluate_{name}": value for name, value in observation.evaluated.items()}
    measured = [("evaluate", evaluated), ("evaluate", observation.evaluated)]
    if trained is not None:
        measured.insert(0, (trained.kind, trained.metrics))
    numbers = numbers_of(scenario["metric"], printed, doors.logged, left, measured)
    if not numbers and trained is None:
        raise ScriptFailed(
            "{} trained nothing that could be seen: no fit, train_on_batch or update of an optimizer; allowed: a "
            "script that trains, or one that leaves or prints {!r}.".format(os.path.basename(path), scenario["metric"])
        )
    if not numbers:
        every = sorted({**evaluated, **trained.metrics}) or ["none"]
        raise ScriptFailed(
            "scenario.metric is {!r}, and {} has no such number; allowed: {} of its training, a variable that holds a "
            "number, or what it prints as name: value; the nearest valid choice is {}.".format(
                scenario["metric"], os.path.basename(path), ", ".join(every), every[0]
            )
        )
    observation.end(trained, numbers, doors.generators.drawn())
    leaving.current.call_functions()  # after what is read of the framework, which lets go of its devices there
