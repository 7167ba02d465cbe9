"""What a run takes from another script: its data, its loss, its callbacks, the weights that it starts from.

The other script is run in a process of its own, forked before anything of the framework is used, until its training
begins; nothing of it reaches the script that is trained but what was asked for.
"""

import copy
import json
import os
import pickle
import shutil
import sys
import traceback

import numpy as np

from src.instruments.process import end_with
from src.instruments.seeds import Seeds
from src.scripts import seeding
from src.scripts.doors import Doors
from src.scripts.given import arrays_of, as_array
from src.scripts.main import ScriptFailed, execute
from src.scripts.models import build, outside_of_graphs, owner, shapes_of
from src.scripts.ordered import accepted
from src.scripts.own import lies_beside

ROWS = ("x", "y", "sample_weight")  # that belong together


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
        for name in (*ROWS, "validation_data", "callbacks"):
            if name in self._bytes:
                given[name] = self._value(name)
        for name in ROWS:
            dtype, row = (self._given.get(kind, {}).get(name) for kind in ("dtype", "row_shape"))
            if (dtype is None and row is None) or not arrays_of(given.get(name)):
                continue
            array = as_array(given[name])
            array = array if row is None else array.reshape((len(array), *row))
            given[name] = array if dtype is None else array.astype(dtype)
        return given

    def _value(self, name):
        if name not in self._read:
            self._read[name] = pickle.loads(self._bytes[name])
        return self._read[name]


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
    values = {}
    for number, (scenario, names) in enumerate(asked.items()):
        logged = os.path.join(folder, f"logged_{number}")
        values.update(_of_script(dict(job, scenario=json.loads(scenario)), names, logged))
    return Taken(values, given)


def _scenario(own, source):
    source = source if isinstance(source, dict) else {"script": source}
    return dict(own, script=source["script"], args=source.get("args", []), env=source.get("env"))


def _of_script(job, names, logged):
    """name → what that script hands over, as bytes. logged: a folder for what it logs with MLflow."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _hand_over(job, names, logged, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    shutil.rmtree(logged, ignore_errors=True)
    script = os.path.basename(job["scenario"]["script"])
    if not told:
        raise ScriptFailed(f"{script}, from which {', '.join(names)} is taken, ended before it told it")
    told = pickle.loads(told)  # of this process's own child, through a pipe that nobody else can write to
    if "failed" in told:
        raise ScriptFailed(f"{script}, from which {', '.join(names)} is taken: {told['failed']}")
    return told


def _hand_over(job, names, logged, pipe):
    """In a process of its own: run the script until its training begins, and tell what it hands over."""
    end_with(os.getppid())
    try:
        os.environ["MLFLOW_TRACKING_URI"] = f"file:{logged}"
        job = copy.deepcopy(job)
        job["seed"]["start"] = None
        job["framework"].update(given={}, fit={}, compile={})
        job["framework"]["execution"] = "left_to_script"
        job["optimizer"].update(name=None, learning_rate=None, settings={})
        held = Seeds(**job["seed"])
        seeding.hold_process(held, everything=job["scenario"]["seeds"] == "all")
        which = job["scenario"]["which"]
        watched = _UntilTraining(which if isinstance(which, int) else 1, names, pipe)
        Doors(job, held, watched).watch()
        with open(os.devnull, "w") as nowhere:
            try:
                execute(job["scenario"], held.value, nowhere)
            finally:
                watched.over()
        _leave(pipe, {"failed": f"it {'evaluates' if 'evaluate' in names else 'trains'} nothing that could be seen"})
    except ScriptFailed as failed:
        _leave(pipe, {"failed": failed.said})
    except BaseException as error:
        traceback.print_exc()
        _leave(pipe, {"failed": f"{type(error).__name__}: {error}"})


class _UntilTraining:
    """Watches a script as src/scripts/observation.py does, and ends its process where its training begins."""

    def __init__(self, number, names, pipe):
        self._number, self._names, self._pipe = number, names, pipe
        self._loss, self._seen, self._evaluated, self._told, self.models = {}, [], [], {}, []

    def compile(self, kit, original, model, given):
        self._loss[id(model)] = given.get("loss")
        return original(model, **accepted(given))

    def fit(self, kit, original, model, given):
        self._seen.append(model)
        if len(self._seen) == self._number:
            build(model, shapes_of(given.get("x")))
            self._end(kit, model, given)
        if len(self._seen) >= self._number:  # what is evaluated comes after a training, which need not be made
            history = kit.keras.callbacks.History()
            history.history, history.epoch = _Nothing(), []
            return history
        return original(model, **accepted(given))

    fit_generator = fit

    def train_on_batch(self, kit, original, model, given):
        self._updated(kit, model)
        return original(model, **given)

    def update_begins(self, kit, optimizer, variables):
        self._updated(kit, owner(self.models, variables))
        return self

    def ended(self):
        """Nothing is told of an update."""

    def evaluate(self, kit, original, model, given):
        if len(self._seen) < self._number or "evaluate" not in self._names:
            return original(model, **accepted(given))
        self._evaluated.append({name: _arrays(name, given.get(name)) for name in ("x", "y")})
        names = getattr(model, "metrics_names", None) or ["loss"]
        return [np.nan] * len(names) if len(names) > 1 else np.nan

    def over(self):
        """The script has ended, or broken off: leave what was evaluated, if that was asked for and there is some."""
        if self._evaluated:
            _leave(self._pipe, dict(self._told, evaluate=_by_value(self._evaluated)))

    def called(self, kit, model):
        """Nothing is done with a model that is called."""

    def _updated(self, kit, model):
        if model is not None and not any(model is one for one in self._seen):
            self._seen.append(model)
            if len(self._seen) == self._number:
                outside_of_graphs(kit, lambda: self._end(kit, model, {}))

    def _end(self, kit, model, given):
        def value(name):
            if name == "initial_weights":
                return kit.weights(model)
            if name == "loss":
                return self._loss.get(id(model))
            if name == "rows":
                return {name: _arrays(name, given.get(name)) for name in ROWS}
            return given.get(name) if name == "callbacks" else _arrays(name, given.get(name))

        told = {}
        for name in self._names:
            if name == "evaluate":
                continue  # which comes later
            try:
                told[name] = _by_value(value(name))
            except ScriptFailed as failed:
                _leave(self._pipe, {"failed": failed.said})
            except Exception as error:
                says = f"its {name} cannot be carried into another process ({type(error).__name__}: {error})"
                _leave(self._pipe, {"failed": says})
        if "evaluate" in self._names:
            self._told = told
            return
        _leave(self._pipe, told)


class _Nothing(dict):
    """What a training that was not made has in its history: whatever is asked for, once, and not a number."""

    def __missing__(self, name):
        return [np.nan]


def _leave(pipe, told):
    """Tell it to the process that waits, and end this one without any of its clean-up."""
    with os.fdopen(pipe, "wb") as writing:
        writing.write(pickle.dumps(told))
    sys.stderr.flush()
    os._exit(0)


def _arrays(name, value):
    """The same, every array one of NumPy."""
    if value is None:
        return None
    if not arrays_of(value):
        raise ScriptFailed(f"it gives fit a {type(value).__name__} as {name}, and only arrays can be taken over")
    if isinstance(value, dict):
        return {key: as_array(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(as_array(one) for one in value)
    return as_array(value)


def _by_value(value):
    """Pickled so that functions and classes of the script, and of modules beside it, come along with their code."""
    if value is None or isinstance(value, (np.ndarray, str)):
        return pickle.dumps(value)
    import cloudpickle

    for module in list(sys.modules.values()):
        if module is not sys.modules["__main__"] and lies_beside(module):
            cloudpickle.register_pickle_by_value(module)
    return cloudpickle.dumps(value)
