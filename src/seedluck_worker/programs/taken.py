"""What a run takes from another script: its data, its loss, its callbacks, the weights that it starts from.

The other script is run in a process of its own, forked before anything of the framework is used, until its training
begins; nothing of it reaches the script that is trained but what was asked for.
"""

import copy
import json
import os
import traceback

from seedluck_worker.adapters import seeding
from seedluck_worker.programs import workdir
from seedluck_worker.programs.main import execute
from seedluck_worker.programs.pipe import leave, read, wait
from seedluck_worker.programs.until_training import ROWS, UntilTraining
from seedluck_worker.randomness.seeds import Seeds
from seedluck_worker.shared.failures import ScriptFailed
from seedluck_worker.system.process import end_with
from seedluck_worker.watching import streams
from seedluck_worker.watching.doors import Doors
from seedluck_worker.watching.given import arrays_of, as_array


class Taken:
    """What is taken from other scripts, of that for which ``framework.given`` asks and which the script has not itself.

    values: name → it, as bytes; read where it is needed first, since reading a loss imports its framework.
    """

    def __init__(self, values, given):
        self._bytes, self._given, self._read = values, given, {}

    @property
    def weights(self):
        """name → initial weight, in the other model's order; None if they are not taken."""
        return self._value("initial_weights") if "initial_weights" in self._bytes else None

    def into_compile(self, given):
        """Return what compile is to be handed."""
        return dict(given, loss=self._value("loss")) if "loss" in self._bytes else given

    def into_evaluate(self, given, number):
        """Return what a call of evaluate is to be handed; number: of calls before."""
        calls = self._value("evaluate") if "evaluate" in self._bytes else []
        return dict(given, **calls[number]) if number < len(calls) else given

    def into_fit(self, given):
        """Return what fit is to be handed; arrays have the type and the shape of a row that the configuration names."""
        given = dict(given, **(self._value("rows") if "rows" in self._bytes else {}))
        if "batches" in self._bytes:
            given.update(_fed(self._value("batches")))
        for name in (*ROWS, "validation_data", "callbacks"):
            if name in self._bytes:
                given[name] = self._value(name)
        if "validation_data" in self._bytes:
            given["validation_steps"] = None
        for name in ROWS:
            dtype, row = (self._given.get(kind, {}).get(name) for kind in ("dtype", "row_shape"))
            if (dtype is None and row is None) or not arrays_of(given.get(name)):
                continue
            array = as_array(given[name])
            array = array if row is None else array.reshape((len(array), *row))
            given[name] = array if dtype is None else array.astype(dtype)
        return given

    def into_batch(self, given, number):
        """Return what train_on_batch is to be handed; number: of calls before."""
        if "batches" not in self._bytes:
            return given
        batches = self._value("batches")
        if "batches" not in batches:
            raise ScriptFailed("the batches of a script that gives fit arrays cannot be taken by train_on_batch")
        batch = batches["batches"][number % len(batches["batches"])]
        return dict(given, **dict(zip(ROWS, batch if isinstance(batch, tuple) else (batch,))))

    def _value(self, name):
        if name not in self._read:
            self._read[name] = read(self._bytes[name])
        return self._read[name]


def _fed(batches):
    """What fit is given so that it is fed the batches of another script."""
    if "batches" not in batches:
        return batches
    nothing = {"y": None, "sample_weight": None, "batch_size": None, "validation_split": 0.0}
    return {**nothing, "x": streams.again(batches["batches"]), "steps_per_epoch": batches["steps"]}


def take(job, folder):
    """Return what the job takes from other scripts, as :class:`Taken`.

    To be called before the framework is used. Raises ScriptFailed if another script does not come to a training, or if
    what it hands over cannot leave its process.
    """
    given = job["framework"]["given"]
    asked = {}
    for name, source in given.items():
        if source is not None and name not in ("dtype", "row_shape"):
            scenario = _scenario(job["scenario"], source)
            if scenario != job["scenario"]:
                asked.setdefault(json.dumps(scenario, sort_keys=True), []).append(name)
    values, beside = {}, os.path.dirname(os.path.abspath(job["scenario"]["script"]))
    for scenario, names in asked.items():
        values.update(_of_script(dict(job, scenario=json.loads(scenario)), names, folder, beside))
    return Taken(values, given)


def _scenario(own, source):
    source = source if isinstance(source, dict) else {"script": source}
    return dict(own, script=source["script"], args=source.get("args", []), env=source.get("env"))


def _of_script(job, names, folder, beside):
    """name → what that script hands over, as bytes. folder: the job's. beside: that of the script that is trained."""
    aside = workdir.aside_for_another(job["scenario"]["script"], folder)  # also for what it logs with MLflow
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _hand_over(job, names, folder, beside, aside, writing)
    os.close(writing)
    told = wait(reading, pid)
    workdir.remove(aside)
    script = os.path.basename(job["scenario"]["script"])
    if told is None:
        raise ScriptFailed(f"{script}, from which {', '.join(names)} is taken, ended before it told it")
    if "failed" in told:
        raise ScriptFailed(f"{script}, from which {', '.join(names)} is taken: {told['failed']}")
    return told


def _hand_over(job, names, folder, beside, aside, pipe):
    """In a process of its own: run the script until its training begins, and tell what it hands over."""
    end_with(os.getppid())
    try:
        os.environ["MLFLOW_TRACKING_URI"] = f"file:{aside}/logged"
        job = workdir.enter_another(copy.deepcopy(job), folder, beside, aside)
        job["seed"]["start"] = None
        epochs = job["framework"]["fit"].get("epochs") if "batches" in names else None
        job["framework"].update(given={}, fit={}, compile={})
        job["framework"]["execution"] = "left_to_script"
        job["optimizer"].update(name=None, learning_rate=None, settings={})
        held = Seeds(**job["seed"])
        seeding.hold_process(held, everything=job["scenario"]["seeds"] == "all")
        which = job["scenario"]["which"]
        watched = UntilTraining(which if isinstance(which, int) else 1, names, pipe, epochs)
        Doors(job, held, watched).watch()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            try:
                execute(job["scenario"], held.value, nowhere)
            finally:
                watched.over()
        leave(pipe, {"failed": f"it {'evaluates' if 'evaluate' in names else 'trains'} nothing that could be seen"})
    except ScriptFailed as failed:
        leave(pipe, {"failed": failed.said})
    except BaseException as error:
        traceback.print_exc()
        leave(pipe, {"failed": f"{type(error).__name__}: {error}"})
