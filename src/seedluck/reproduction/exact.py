"""What the reference in float64 makes of a small problem: the numbers that a script holds its sides against."""

import json
import tempfile
from pathlib import Path

import numpy as np

from seedluck.basics.errors import CONFIGURATION_ERRORS, Mistake
from seedluck.basics.project import SOURCES
from seedluck.basics.strict_json import write
from seedluck.evidence import reference
from seedluck.reproduction.programs import Programs
from seedluck.reproduction.writing import Problem
from seedluck.search.sides import Side, composed
from seedluck.sweeps.plan import group

PROGRAM = """
import importlib, json, sys
import numpy as np
folder = {folder!r}
sys.path[0:0] = [{sources!r}, *{import_path!r}]
from seedluck_worker.scenarios import Data
from seedluck_worker.worker.job import run
job = json.load(open(folder + "/job.json"))
module, _, name = job["scenario"]["_target_"].rpartition(".")
kind = getattr(importlib.import_module(module), name)
given = np.load(folder + "/data.npz", allow_pickle=False)
parts = {{}}
for letter, is_list in {lists!r}.items():
    every = [given[key] for key in sorted(given.files) if key.startswith(letter)]
    parts[letter] = every if is_list else every[0]
kind.data = lambda self: Data(parts["x"], parts["y"])
kind.measure = lambda self, kit, model, data: {{job["scenario"]["metric"]: 0.0}}
kind.invariants = lambda self, kit, model: {{}}
sys.exit(run(folder))
"""


class Exact:
    """Trains the reference of both sides of a problem. sides: name → Side. seen: the content of
    ``evidence.reference``; None where the sweep had none, and then there is nothing to hold a side against. Use it as a
    context; where a side has no reference, its weights are None.
    """

    def __init__(self, sides: dict[str, Side], seen: dict | None):
        self._configs = {}
        formulas = [seen[side]["formula"] for side in reference.SIDES] if seen else []
        for (name, side), formula in zip(sides.items(), formulas, strict=False):
            try:
                self._configs[name] = _config(side, formula)
            except (Mistake, *CONFIGURATION_ERRORS):
                self._configs[name] = None
        self._sides, self._programs = sides, None

    def __enter__(self):
        runtime = next((config["runtime"] for config in self._configs.values() if config), None)
        if runtime is not None:
            self._programs = Programs(runtime, ["jax", "keras"]).__enter__()
        return self

    def __exit__(self, *left):
        if self._programs:
            self._programs.__exit__(*left)

    def __call__(self, problem: Problem) -> dict:
        """Return name of a side → final weights, float64 arrays in the model's order; None without a reference."""
        if not self._configs:
            return {}
        numbers = range(len(problem.sides))
        return {name: self._trained(problem, name, number) for number, name in zip(numbers, problem.sides, strict=True)}

    def _trained(self, problem, name, number):
        config = self._configs[name]
        shuffles = problem.sides[name]["framework"]["shuffle"] != "none"
        if config is None or shuffles or problem.draws:  # what a package draws by itself, no other can
            return None
        scenario = {**config["scenario"], "epochs": problem.epochs, "batch_size": problem.batches[number]}
        scenario["settings"] = {**scenario["settings"], **problem.settings}
        framework = {**config["framework"], "shuffle": "none"}
        job = {
            **config,
            "framework": framework,
            "scenario": scenario,
            "job": {**config["job"], "steps": 0, "weights_every": None},
        }
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / "job.json", job)
            parts = {"x": problem.x, "y": problem.y}
            lists = {letter: isinstance(part, list) for letter, part in parts.items()}
            named = {
                f"{letter}{i:03d}": array
                for letter, part in parts.items()
                for i, array in enumerate(part if lists[letter] else [part])
            }
            np.savez(Path(folder) / "data.npz", **named)
            program = PROGRAM.format(
                folder=folder, sources=str(SOURCES), import_path=self._sides[name].import_path, lists=lists
            )
            program = program.replace(
                "sys.exit(", _START.format(start=[_told(array) for array in problem.start]) + "sys.exit("
            )
            code, _, _ = self._programs.run(program)
            if code:
                return None
            with np.load(Path(folder) / "weights" / "final.npz", allow_pickle=False) as arrays:
                return [arrays[key] for key in arrays.files]


# The weights that training begins with are the script's: in the model's order, whatever their names.
_START = """
from seedluck_worker.observing.recorder import Recorder
from seedluck_worker.randomness.seeds import Seeds
START = [np.array(values, kind).reshape(shape) for kind, shape, values in {start!r}]
def take_over(self):
    self.kit.write(self._model, dict(zip(self.kit.variables(self._model), START)))
Recorder._take_over = take_over
Seeds.initial = lambda self, name, config: lambda shape: next(a for a in START if a.shape == tuple(shape))
"""


def _told(array):
    return str(array.dtype), list(array.shape), array.ravel().tolist()


def _config(side, formula):
    """The configuration of a side's reference, by the formula that was nearest to it."""
    trainings = [one for one in reference.follows(side.config, side.params) if one.role == reference.ROLE]
    wanted = [f"++optimizer.settings.{key}={json.dumps(value)}" for key, value in formula.items()]
    chosen = next((one for one in trainings if {*wanted} <= {*one.overrides}), trainings[0])
    words = [word for word in side.words if group(word) not in chosen.instead]
    return composed((*words, *chosen.overrides, "framework.dtype=float64"))
