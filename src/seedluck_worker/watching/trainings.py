"""One training of a script, and the callback by which fit tells of it."""

import math

import numpy as np

from seedluck_worker.watching.fed import Fed


class Training:
    """A call of fit, or updates of one model in a loop of the script's own.

    Attributes:
        kind: ``fit``, ``train_on_batch`` or ``loop``.
        metrics: name → number at the end of the last epoch; history: of every epoch of fit, these and how many updates
            were made until then.
        done: updates made in a loop, or by fit in the epochs before; in_epoch: batches of fit since the epoch began;
            steps_done: of each epoch.
        initial, final: name → array.
        not_finite: where the loss was first not finite, as audits.finite takes it; None: nowhere.
        not_held: in words, what a replay could not hold.
        shapes: of what fit is fed, without the rows.
        streams: name of what is told of it → Seen, of what is given and is no array.
        fed: the batches that it was fed. each_epoch: those that fit cuts in every epoch alike, where that is known.
        shuffled: whether the framework orders the rows anew; None: not known.
        optimizer: of a loop.
    """

    def __init__(self, number, kind, adapter, model, epochs, steps):
        self.number, self.kind, self.adapter, self.model = number, kind, adapter, model
        self.epochs, self.steps = epochs, steps
        self.metrics, self.history, self.done, self.epoch, self.in_epoch = {}, [], 0, 0, 0
        self.initial, self.final, self.not_finite, self.not_held = None, None, None, []
        self.shapes, self.streams, self.steps_done = None, {}, []
        self.fed, self.each_epoch, self.shuffled, self.optimizer = Fed(), [], None, None

    def look_at(self, loss, epoch, step):
        """Remember the first loss that is not finite. loss: a number, or None where it is not known."""
        if loss is not None and self.not_finite is None and not math.isfinite(float(loss)):
            self.not_finite = {"epoch": epoch, "step": step, "variable": "the loss"}

    def step_of_fit(self, in_epoch):
        """So many batches of an epoch of fit are done; return how many of the whole training are."""
        if in_epoch <= self.in_epoch:  # another epoch has begun
            self.done += self.in_epoch
        self.in_epoch = in_epoch
        return self.done + in_epoch

    def end_epoch(self, epoch, logs):
        """An epoch of fit is over, counted from 1. logs: name → number."""
        self.epoch = epoch
        self.steps_done.append(self.in_epoch)
        for seen in self.streams.values():
            seen.epoch_ends()
        self.fed.see_all(self.each_epoch)
        self.metrics = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        self.history.append({"epoch": epoch, "metrics": self.metrics, "updates": self.done + self.in_epoch})
        self.look_at(self.metrics.get("loss"), epoch, self.in_epoch)

    def count_unseen(self):
        """Count the updates of a loop that nothing was told of, as where XLA compiles it; by its optimizer."""
        if self.kind == "loop" and not self.done and hasattr(self.optimizer, "iterations"):
            self.epoch = int(np.asarray(self.adapter.read([self.optimizer.iterations])[0]))
            self.fed.missed = True

    def made_steps(self):
        """Return how many of the batches that went by were trained on; None: all."""
        return sum(self.steps_done) if self.kind == "fit" else None


def callback(adapter, observation, training):
    """Return a callback that tells Observation what fit does."""

    class Tell(adapter.keras.callbacks.Callback):
        _supports_tf_logs = True

        def on_train_begin(self, logs=None):
            observation.begin(training)

        def on_batch_end(self, batch, logs=None):
            observation.step(training, batch + 1, (logs or {}).get("loss"))

        def on_epoch_end(self, epoch, logs=None):
            if logs:
                observation.epoch_end(training, epoch + 1, logs)

    return Tell()
