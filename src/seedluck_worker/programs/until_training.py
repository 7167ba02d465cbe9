"""A script that is run until its training begins, and tells what it hands over: data, loss, callbacks, weights."""

from collections import defaultdict

import numpy as np

from seedluck_worker.programs.pipe import by_value, leave
from seedluck_worker.shared.failures import ScriptFailed
from seedluck_worker.watching import streams
from seedluck_worker.watching.given import arrays_of, as_array
from seedluck_worker.watching.models import build, owner, shapes_of
from seedluck_worker.watching.ordered import accepted, as_list

ROWS = ("x", "y", "sample_weight")  # that belong together


class UntilTraining:
    """Watches a script as watching/observation.py does, and ends its process once it has told what was asked for.

    number: of the training that is meant. epochs: of it, where its batches are asked for; None: as the script has it.
    """

    def __init__(self, number, names, pipe, epochs):
        self._number, self._names, self._pipe, self._epochs = number, names, pipe, epochs
        self._loss, self._seen, self._evaluated, self._told = {}, [], [], {}
        self.models = defaultdict(list)  # adapter → those of it that the script made, in order
        self._batches = []  # that train_on_batch was given
        self.at_begin = []  # what is to be done as a fit begins

    def compile(self, adapter, original, model, given):
        self._loss[id(model)] = given.get("loss")
        return original(model, **accepted(given))

    def fit(self, adapter, original, model, given):
        self._seen.append(model)
        if len(self._seen) == self._number:
            build(adapter, model, shapes_of(given.get("x")))
            self._tell(adapter, model, given)
            if "batches" in self._names:
                self._told["batches"] = by_value(self._fed(adapter, original, model, given))
            self._end()
        if len(self._seen) >= self._number:  # what is evaluated comes after a training, which need not be made
            history = adapter.keras.callbacks.History()
            history.history, history.epoch = _Nothing(), []
            return history
        return streams.feed(adapter, original, model, given)

    fit_generator = fit

    def train_on_batch(self, adapter, original, model, given):
        self._updated(adapter, model)
        meant = len(self._seen) >= self._number and model is self._seen[self._number - 1]
        if not meant or "batches" not in self._names:
            return original(model, **given)
        batch = [given.get(name) for name in ROWS]
        self._batches.append(streams.in_numpy(tuple(batch if batch[2] is not None else batch[:2])))
        return _not_numbers(model)

    def update_begins(self, adapter, optimizer, variables):
        self._updated(adapter, owner(adapter, self.models[adapter], variables))
        return self

    def ended(self):
        """Nothing is told of an update."""

    def evaluate(self, adapter, original, model, given):
        if len(self._seen) < self._number or "evaluate" not in self._names:
            return original(model, **accepted(given))
        if streams.is_stream(given.get("x")):
            whole = _read(adapter, given["x"], given.get("steps"))
            self._evaluated.append({"y": None, **dict(zip(ROWS, whole)), "steps": None})
        else:
            self._evaluated.append({name: _arrays(name, given.get(name)) for name in ("x", "y")})
        return _not_numbers(model)

    def over(self):
        """The script has ended, or broken off: tell what was to be known only now, if there is some."""
        if self._batches:
            self._told["batches"] = by_value({"batches": self._batches, "steps": len(self._batches)})
        if self._evaluated:
            self._told["evaluate"] = by_value(self._evaluated)
        if self._batches or self._evaluated:
            leave(self._pipe, self._told)

    def called(self, adapter, model):
        """Nothing is done with a model that is called."""

    def given_to(self, adapter, model, args, kwargs):
        """Nor with what it is called with."""

    def targets_given(self, adapter, targets):
        """Nor with what a loss is computed for."""

    def optimizer_made(self, optimizer):
        """Nothing is done with an optimizer of PyTorch."""

    def _updated(self, adapter, model):
        if model is not None and not any(model is one for one in self._seen):
            self._seen.append(model)
            if len(self._seen) == self._number:
                adapter.engine.outside_of_graphs(lambda: self._tell(adapter, model, {}))
                if "batches" not in self._names:
                    self._end()

    def _tell(self, adapter, model, given):
        """What is known as the training begins."""

        def value(name):
            if name == "initial_weights":
                return adapter.weights(model)
            if name == "loss":
                return self._loss.get(id(model))
            if name == "rows":
                return {name: _arrays(name, given.get(name)) for name in ROWS}
            if name == "validation_data" and streams.is_stream(given.get(name)):
                return _read(adapter, given[name], given.get("validation_steps"))
            return given.get(name) if name == "callbacks" else _arrays(name, given.get(name))

        for name in self._names:
            if name in ("evaluate", "batches"):
                continue  # which comes later
            try:
                self._told[name] = by_value(value(name))
            except ScriptFailed as failed:
                leave(self._pipe, {"failed": failed.said})
            except Exception as error:
                says = f"its {name} cannot be carried into another process ({type(error).__name__}: {error})"
                leave(self._pipe, {"failed": says})

    def _end(self):
        if "evaluate" not in self._names:
            leave(self._pipe, self._told)

    def _fed(self, adapter, original, model, given):
        """What fit is fed: arrays as they are; for a stream it is trained, so that it reads its batches as it does."""
        if arrays_of(given.get("x")):
            told = {name: _arrays(name, given.get(name)) for name in ROWS}
            return {**told, **{name: given.get(name) for name in ("batch_size", "shuffle", "steps_per_epoch")}}
        kept, steps = streams.Kept(), []
        shown = streams.shown(given["x"], kept)
        if shown is None:
            raise ScriptFailed(f"it gives fit a {type(given['x']).__name__} as x, and its batches cannot be taken over")
        given = dict(given, x=shown, epochs=self._epochs or given["epochs"])
        given["callbacks"] = as_list(given.get("callbacks")) + [_counting(adapter, kept, steps, self.at_begin)]
        streams.feed(adapter, original, model, given)
        if kept.batches is None:
            raise ScriptFailed(f"its batches are more than {streams.MOST_BYTES >> 30} GiB, and cannot be taken over")
        if len(kept.batches) < sum(steps):
            raise ScriptFailed("its batches are read in other processes, and cannot be taken over")
        return {"batches": kept.batches[: sum(steps)], "steps": steps[0]}


def _counting(adapter, kept, steps, at_begin):
    """A callback that counts the steps of each epoch, and begins with the first that is trained on.

    at_begin: functions that are called then.
    """

    class Count(adapter.keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            kept.starts()
            for begin in at_begin:
                begin()

        def on_epoch_begin(self, epoch, logs=None):
            steps.append(0)

        def on_batch_end(self, batch, logs=None):
            steps[-1] = batch + 1

    return Count()


def _read(adapter, data, steps):
    """A stream that is validated on, or evaluated, as arrays. steps: how many batches are read; None: all."""
    if not (adapter.reads_data_sets or hasattr(data, "__getitem__") or hasattr(data, "__next__")):
        raise ScriptFailed(f"it evaluates a {type(data).__name__}, which cannot be read over in TensorFlow 1")
    read = streams.as_arrays(data, steps)
    if read is None:
        kind, most = type(data).__name__, streams.MOST_BYTES >> 30
        raise ScriptFailed(f"its {kind} gives nothing, or more than {most} GiB, and cannot be taken over")
    return read


def _not_numbers(model):
    """What a training or an evaluation returns that was not made."""
    names = getattr(model, "metrics_names", None) or ["loss"]
    return [np.nan] * len(names) if len(names) > 1 else np.nan


class _Nothing(dict):
    """What a training that was not made has in its history: whatever is asked for, once, and not a number."""

    def __missing__(self, name):
        return [np.nan]


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
