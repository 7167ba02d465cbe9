"""Runs a script unchanged, in its own folder, with its own arguments; and tells what came of it.

Who does what: doors.py watches the framework, observation.py keeps what is seen there, seeds.py holds what is drawn,
outcome.py finds the number that the run is judged by.
"""

import json
import os
import sys
import traceback
import types

from src.instruments.seeds import Seeds
from src.scripts import seeding
from src.scripts.doors import Doors
from src.scripts.observation import Observation
from src.scripts.outcome import Printed, outcome_of


class ScriptFailed(Exception):
    """The script came to no end that counts; ``said`` is a sentence."""

    def __init__(self, said):
        super().__init__(said)
        self.said = said


def train(job, folder, events):
    """Run the script of the job; whatever it raises is raised as ScriptFailed."""
    scenario = job["scenario"]
    path = scenario["script"]
    held = Seeds(**job["seed"])
    observation = Observation(job, folder, events)
    with open(os.path.join(folder, "environment.json")) as file:
        os.environ.update(json.load(file))
    seeding.hold_process(held, everything=scenario["seeds"] == "all")
    doors = Doors(job, held, observation)
    doors.watch()
    printed = Printed(sys.stdout, os.path.join(folder, "printed.txt"))
    try:
        left = _run(path, scenario, held.value, printed)
    finally:
        printed.close()
    observation.environment(doors.versions())
    trained = observation.chosen(scenario["which"])
    measured = dict(observation.evaluated, **(trained.metrics if trained is not None else {}))
    outcome = outcome_of(scenario["metric"], measured, left, printed.path, doors.logged)
    if outcome is None and trained is None:
        raise ScriptFailed(
            "{} trained nothing that could be seen: no fit, train_on_batch or update of an optimizer; allowed: a "
            "script that trains, or one that leaves or prints {!r}.".format(os.path.basename(path), scenario["metric"])
        )
    if outcome is None:
        every = sorted(measured) or ["none"]
        raise ScriptFailed(
            "scenario.metric is {!r}, and {} has no such number; allowed: {} of its training, a variable that holds a "
            "number, or what it prints as name: value; the nearest valid choice is {}.".format(
                scenario["metric"], os.path.basename(path), ", ".join(every), every[0]
            )
        )
    observation.end(trained, outcome)


def _run(path, scenario, seed, printed):
    """Run the file as ``__main__``; return the names that it leaves."""
    name, folder = os.path.basename(path), os.path.dirname(path)
    module = types.ModuleType("__main__")
    module.__file__, module.__builtins__ = path, __builtins__
    sys.modules["__main__"] = module
    sys.argv = [path] + [str(word).replace("{seed}", str(seed)) for word in scenario["args"]]
    sys.path.insert(0, folder)
    os.chdir(folder)
    for variable, value in (scenario["env"] or {}).items():
        os.environ[variable] = str(value).replace("{seed}", str(seed))
    sys.stdout = printed
    try:
        with open(path, "rb") as file:
            source = file.read()
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as left:
        if left.code not in (None, 0):
            raise ScriptFailed(f"{name} left with exit code {left.code}{_where(left, path)}") from left
    except SyntaxError as error:
        raise ScriptFailed(f"{name}, line {error.lineno}: this Python cannot read it ({error.msg})") from error
    except Exception as error:
        kind, message = type(error).__name__, str(error).strip() or "no message"
        raise ScriptFailed(f"{name}{_where(error, path)}: {kind}: {message}") from error
    finally:
        sys.stdout = printed.stream
    return module.__dict__


def _where(error, path):
    """``, line 12``: the last line of the script that led there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f", line {lines[-1]}" if lines else ""
