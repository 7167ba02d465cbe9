"""What is kept and said of one training, whoever drives it: a path, a script, or a program of many seeds."""

import hashlib
import os
import time
from collections import OrderedDict

import numpy as np

from seedluck_worker.observing.events import save_arrays
from seedluck_worker.observing.judged import judged
from seedluck_worker.randomness.carry import initial_weights

SECONDS_BETWEEN_PROGRESS = 0.5
MOST_DIGESTS = 200  # of initial variables, in the model's order


class TrainingLog:
    """Events of a training, and its weights as files. events: OfSeed, of the seed that is trained.

    Attributes:
        began: when training began, in seconds since the epoch; None before.
    """

    def __init__(self, events):
        self.events, self.began = events, None
        self._said, self._next_progress = set(), 0.0

    def settings(self, settings):
        """Say how settings were resolved, each once; a nested dictionary."""
        if self._is_new(settings):
            self.events.emit("resolved", settings=settings)

    def optimizer(self, optimizer):
        """Say an optimizer's class and settings, defaults included."""
        try:
            self.settings({"optimizer": settings_of(optimizer)})
        except Exception as error:  # as where an Estimator compiles a copy in a graph of its own
            self.events.emit("not_described", why=str(error))

    def inputs(self, described):
        """Say what data are; described: name → shape, type and digests, as of given.of_array."""
        if self._is_new(described):
            self.events.emit("data", inputs={name: one for name, one in described.items() if one["sha256"]})
            as_text = {name: {key: str(value) for key, value in one.items()} for name, one in described.items()}
            self.settings({"data": as_text})

    def take_over(self, framework, model, start, ulp_copy):
        """Begin with the initial weights of another training. framework: reads and writes the model's weights.

        start: name → array. ulp_copy: as of randomness/carry.py.
        """
        begun, alone = initial_weights(start, framework.weights(model), ulp_copy)
        if begun:
            framework.write(model, begun)
        self.events.emit("carried", weights=list(begun), not_matched=alone)

    def begin(self, epochs, steps, initial, **which):
        """Training begins. steps: of an epoch. initial: name → array. which: ``training``, of a script's several."""
        self.began = self.began or time.time()
        self.events.emit("begin", epochs=epochs, steps=steps, start=digests_of_start(initial), **which)

    def step(self, step, loss, **which):
        """A step of a replay was made. loss: over all rows after it, None where it is not known."""
        self.events.emit("step", step=step, loss=None if loss is None else float(loss), **which)

    def progress(self, epoch, step):
        """Say how far a training is, but not too often."""
        now = time.time()
        if now >= self._next_progress:
            self._next_progress = now + SECONDS_BETWEEN_PROGRESS
            self.events.emit("progress", epoch=epoch, step=step)

    def epoch(self, epoch, metrics, gaps, **more):
        """An epoch is over, counted from 1; 0: before the first. gaps: of invariants, name → number."""
        self.events.emit("metrics", epoch=epoch, metrics=metrics, gaps=gaps, **more)

    def result(self, scenario, outcome, loss, stayed_finite, **found):
        """Say what the run is judged by. scenario: of the job. loss: at the end. found: metrics, audits and so on."""
        self.events.emit("result", **dict(found, **judged(outcome, loss, scenario, stayed_finite)))

    def _is_new(self, content):
        new = repr(content) not in self._said
        self._said.add(repr(content))
        return new


def start_in(folder):
    """Return the initial weights that a job in this folder is to begin with: name → array."""
    with np.load(os.path.join(folder, "start.npz"), allow_pickle=False) as arrays:
        return OrderedDict((name, arrays[name]) for name in arrays.files)


def save_weights(framework, model, folder, name):
    """Write a model's weights as a checkpoint, ``name.npz`` of the folder, and return them: name → array."""
    weights = framework.weights(model)
    save_arrays(os.path.join(folder, name + ".npz"), weights)
    return weights


def digests_of_start(initial):
    """Return a digest of every initial variable that was drawn, by which two runs are seen to begin alike.

    Zeros and ones are the same in every run, so they tell nothing.
    """
    drawn = [array for array in initial.values() if array.size > 1 and (array != array.flat[0]).any()]
    return [hashlib.sha256(np.ascontiguousarray(array)).hexdigest()[:12] for array in drawn[:MOST_DIGESTS]]


def digest_of_end(final):
    """Return a digest of a training's final weights, 12 hex digits. final: name → array, in the model's order."""
    digest = hashlib.sha256()
    for array in final.values():
        digest.update(str((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def settings_of(optimizer):
    """Return name → value of an optimizer's settings, defaults included, and its ``class``."""
    wrapped = getattr(optimizer, "optimizer", optimizer)  # Keras wraps an optimizer of tf.train
    kind = type(wrapped)
    if hasattr(wrapped, "get_config"):
        settings = wrapped.get_config()
    elif isinstance(getattr(wrapped, "defaults", None), dict):  # PyTorch's
        settings = wrapped.defaults
    else:  # of one that does not tell them: its plain attributes
        plain = (bool, int, float, str)
        settings = {name.lstrip("_"): value for name, value in vars(wrapped).items() if isinstance(value, plain)}
    return dict(settings, **{"class": kind.__module__ + "." + kind.__name__})
