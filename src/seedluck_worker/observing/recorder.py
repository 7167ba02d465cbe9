"""What is observed of a training, the same on every path, without changing it."""

import math
import os

import numpy as np

from seedluck_worker.observing import audits, graphs
from seedluck_worker.observing.gaps import Gaps
from seedluck_worker.observing.training_log import TrainingLog, digest_of_end, save_weights, settings_of, start_in
from seedluck_worker.randomness.batches import count


class Recorder:
    """Paths call it; it measures and writes events and files into the job's folder.

    Attributes:
        log: what is said, TrainingLog.
        metrics: name → number, of the last measurement.
        gaps: of invariants.
        ended: digest of the final weights.
    """

    def __init__(self, kit, scenario, data, job, folder, events):
        self.kit, self.scenario, self.data, self.job, self.folder = kit, scenario, data, job, folder
        self.trace_folder = os.path.join(folder, "graph", "train_function")
        self.steps = -(-count(data.x) // job["scenario"]["batch_size"])
        self.metrics, self.gaps = {}, Gaps(job["scenario"]["invariant_tolerance"])
        self.log, self.ended = TrainingLog(events), ""
        self._epoch, self._model, self._trace = 0, None, None
        self._initial = self._last = self._trainable = self._answers = self._rows = None
        self._reported = self._not_finite = None
        self._here = True  # whether the model itself is what trains, not a copy of it elsewhere

    def compiled(self, optimizer):
        """The optimizer stands, with its defaults settled."""
        self.log.settings({"optimizer": settings_of(optimizer), "floatx": self.kit.keras.backend.floatx()})

    def order(self, rows):
        """The path draws the order of rows itself, and this is the coming epoch's: an int array of shape (rows,)."""
        if self._rows is None:
            self._rows = rows[: self.job["scenario"]["batch_size"]]

    def begin(self, model, traced=True):
        """Training is about to start; may be called again, once an epoch.

        traced: whether what trains is traced in this process's own graph and can be followed from here.
        """
        if self._model is not None:
            return
        self._model, self._here = model, traced
        self.kit.build(model, self.data.x)
        trained = {id(variable) for variable in model.trainable_weights}
        self._trainable = [name for name, one in self.kit.variables(model).items() if id(one) in trained]
        self._take_over()
        self._initial = self._save("initial")
        graphs.save(model, os.path.join(self.folder, "graph"))
        self.log.settings({"model": graphs.settings(model)})
        self._measure(0)
        if not (audits.is_stateful(model) or model.losses):
            self._answers = self.kit.predict(model, self.data.x)
        self._tell_step(0)
        if traced and self.job["framework"]["execution"] == "compiled":
            self._trace = self.kit.engine.trace(self.trace_folder)
        self.log.begin(self.job["scenario"]["epochs"], self.steps, self._initial)

    def _take_over(self):
        """Begin with the initial weights of another run, where the job names one."""
        if self.job["seed"]["start"]:
            self.log.take_over(self.kit, self._model, start_in(self.folder), self.job["seed"]["ulp_copy"])

    def batch_end(self, step, loss=None):
        """The given number of batches of this epoch are done; loss is what the path reports after them.

        A path may report the mean over the epoch so far: exact for the first step, and not finite whenever one was.
        """
        if self._trace is not None:
            self._trace()
            self._trace = None
        if loss is not None and self._not_finite is None:
            loss = float(loss)
            if self._epoch == 0 and step == 1:
                self._reported = loss
            if not math.isfinite(loss):
                self._find_not_finite(step)
        done = self._epoch * self.steps + step
        if done <= self.job["job"]["steps"]:
            self._save(f"step_{done:05d}")
            self._tell_step(done)
        if step < self.steps:
            self.log.progress(self._epoch, step)

    def epoch_end(self, epoch, loss):
        """An epoch is over; loss is the mean over its batches as the path reports it."""
        self._epoch = epoch
        if not math.isfinite(loss) and self._not_finite is None:
            self._epoch = epoch - 1
            self._find_not_finite(self.steps)
            self._epoch = epoch
        self._measure(epoch, loss=loss)
        if epoch == self.job["scenario"]["epochs"] or self.job["framework"]["callbacks"]:
            self._last = self.kit.weights(self._model)
        every = self.job["job"]["weights_every"]
        if every and epoch % every == 0:
            self._save(f"epoch_{epoch:05d}")

    def add(self, **metrics):
        """Something measured once, after the last epoch."""
        self.metrics = dict(self.metrics, **metrics)
        self.log.epoch(self._epoch, self.metrics, self.gaps.last)

    def end(self):
        """Training is over; what the path did once its epochs were over, as averaging the weights, counts too."""
        self._final = self._save("final")
        self.ended = digest_of_end(self._final)
        if self._here and self._last is not None and _differ(self._last, self._final):
            self._measure(self._epoch, loss=self.metrics["loss"])
        self.log.settings({"framework": self._settled()})

    def _settled(self):
        """What became of settings that were left to the path or the package."""
        settled = {}
        if getattr(self.data.y, "ndim", None) == 1:
            seen = self.kit.shapes_in_loss  # None: fit's own loss, which aligns them
            settled["targets"] = "expanded" if seen is None or len(seen[0]) > 1 else "as_given"
        kind = self.kit.engine.kind_of_variables(self._model.weights)
        if kind is not None:
            settled["variables"] = kind
        return settled

    def audits(self):
        """Return name → what observing/audits.py found; asked once, after the end, as it calls the model."""
        modes = audits.modes(self.kit, self._model, self.data.x)
        right = audits.loss(self._reported, self._first_loss(), modes)
        return {
            "loss": right,
            "shapes": audits.shapes(self.kit.shapes_in_loss, right["ok"]),
            "unmoved": audits.unmoved(self._initial, self._final, self._trainable),
            "finite": audits.finite(self._not_finite),
            "dropout": audits.dropout(self._model, modes, self.kit.masks and self.kit.masks.held),
        }

    def _first_loss(self):
        """The first step's loss from the untrained model's answers; None if that step's rows are not known."""
        rows = self._rows
        if rows is None and self.job["scenario"]["batch_size"] >= count(self.data.x):
            rows = np.arange(count(self.data.x))
        if rows is None and self.job["framework"]["shuffle"] == "none":
            rows = np.arange(self.job["scenario"]["batch_size"])
        if rows is None or not isinstance(self._answers, np.ndarray) or self._weighted():
            return None
        rows = np.sort(rows)
        return audits.aligned_loss(self.kit, self.scenario, self._answers[rows], self.data.y[rows])

    def _weighted(self):
        """Whether rows count differently in the loss."""
        framework = self.job["framework"]
        as_given = framework["sample_weight"] == "as_given" and self.data.sample_weight is not None
        return bool(framework["class_weight"]) or as_given

    def _find_not_finite(self, step):
        weights = self.kit.weights(self._model)
        broken = [name for name, array in weights.items() if not np.all(np.isfinite(array))]
        self._not_finite = {"epoch": self._epoch + 1, "step": step, "variable": (broken or ["the loss"])[0]}

    def _tell_step(self, step):
        """For a replay: the loss over all rows, without dropout."""
        if not self.job["job"]["steps"] or not self._here or audits.is_stateful(self._model):
            return
        answers = self.kit.predict(self._model, self.data.x)
        if isinstance(answers, np.ndarray):
            loss = audits.aligned_loss(self.kit, self.scenario, answers, self.data.y)
            self.log.step(step, loss)

    def _save(self, name):
        return save_weights(self.kit, self._model, os.path.join(self.folder, "weights"), name)

    def _measure(self, epoch, **metrics):
        measured = self.scenario.measure(self.kit, self._model, self.data)
        self.metrics = dict(metrics, **{name: float(value) for name, value in measured.items()})
        gaps = self.scenario.invariants(self.kit, self._model)
        self.gaps.take(epoch, {name: float(gap) for name, gap in gaps.items()})
        self.log.epoch(epoch, self.metrics, self.gaps.last)


def _differ(before, after):
    return any(before[name].tobytes() != after[name].tobytes() for name in before)  # bytes: NaN is equal to itself
