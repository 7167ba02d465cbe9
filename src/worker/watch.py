"""What is observed of a training, the same on every path, without changing it."""

import os
import time

from src.worker import graphs
from src.worker.events import save_arrays

SECONDS_BETWEEN_PROGRESS = 0.5


class Watch:
    """Paths call it; it measures and writes events and files into the job's folder."""

    def __init__(self, kit, scenario, data, job, folder, events):
        self.kit, self.scenario, self.data, self.job, self.folder, self.events = (
            kit,
            scenario,
            data,
            job,
            folder,
            events,
        )
        self.trace_folder = os.path.join(folder, "graph", "train_function")
        self.steps = -(-len(data.y) // job["scenario"]["batch_size"])
        self.metrics, self.gaps, self.worst, self.first_broken = {}, {}, {}, {}
        self.began = None
        self._epoch, self._model, self._trace = 0, None, None
        self._next_progress = 0.0

    def compiled(self, optimizer):
        """The optimizer stands, with its defaults settled."""
        wrapped = getattr(optimizer, "optimizer", optimizer)  # Keras wraps an optimizer of tf.train
        kind = type(wrapped)
        settings = wrapped.get_config() if hasattr(wrapped, "get_config") else _of_tf_train(wrapped)
        settings = dict(settings, **{"class": kind.__module__ + "." + kind.__name__})
        self.events.emit("resolved", settings={"optimizer": settings, "floatx": self.kit.keras.backend.floatx()})

    def begin(self, model, traced=True):
        """Training is about to start; may be called again, once an epoch.

        traced: whether what trains is traced in this process's own graph and can be followed from here.
        """
        if self._model is not None:
            return
        self._model = model
        if not model.built:
            x = self.data.x
            shapes = [(None,) + one.shape[1:] for one in (x if isinstance(x, list) else [x])]
            model.build(shapes if isinstance(x, list) else shapes[0])
        self._save("initial")
        graphs.save(model, os.path.join(self.folder, "graph"))
        self._measure(0)
        if traced and self.job["framework"]["execution"] == "compiled" and self.kit.backend == "tensorflow":
            self._trace = graphs.trace(self.kit, self.trace_folder)
        self.began = time.time()
        self.events.emit("begin", epochs=self.job["scenario"]["epochs"], steps=self.steps)

    def batch_end(self, step):
        """The given number of batches of this epoch are done."""
        if self._trace is not None:
            self._trace()
            self._trace = None
        now = time.time()
        if now >= self._next_progress and step < self.steps:
            self._next_progress = now + SECONDS_BETWEEN_PROGRESS
            self.events.emit("progress", epoch=self._epoch, step=step)

    def epoch_end(self, epoch, loss):
        """An epoch is over; loss is the mean over its batches as the path reports it."""
        self._epoch = epoch
        self._measure(epoch, loss=loss)
        every = self.job["job"]["weights_every"]
        if every and epoch % every == 0:
            self._save(f"epoch_{epoch:05d}")

    def add(self, **metrics):
        """Something measured once, after the last epoch."""
        self.metrics = dict(self.metrics, **metrics)
        self.events.emit("metrics", epoch=self._epoch, metrics=self.metrics, gaps=self.gaps)

    def end(self):
        """Training is over."""
        self._save("final")

    def _save(self, name):
        save_arrays(os.path.join(self.folder, "weights", name + ".npz"), self.kit.weights(self._model))

    def _measure(self, epoch, **metrics):
        measured = self.scenario.measure(self.kit, self._model, self.data)
        self.metrics = dict(metrics, **{name: float(value) for name, value in measured.items()})
        self.gaps = {n: float(gap) for n, gap in self.scenario.invariants(self.kit, self._model).items()}
        tolerance = self.job["scenario"]["invariant_tolerance"]
        for name, gap in self.gaps.items():
            if not gap <= tolerance:  # a gap that is not a number does not hold either
                self.first_broken.setdefault(name, epoch)
            if not gap <= self.worst.get(name, -1.0):
                self.worst[name] = gap
        self.events.emit("metrics", epoch=epoch, metrics=self.metrics, gaps=self.gaps)


def _of_tf_train(optimizer):
    """Settings of an optimizer that does not tell them: its plain attributes."""
    plain = (bool, int, float, str)
    return {name.lstrip("_"): value for name, value in vars(optimizer).items() if isinstance(value, plain)}
