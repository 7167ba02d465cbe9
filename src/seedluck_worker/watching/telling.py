"""What a script's run says of settings and data, each once, however often it is seen."""

import time

from seedluck_worker.observing.recorder import settings_of

SECONDS_BETWEEN_PROGRESS = 0.5


class Telling:
    """Says things by events. events: OfSeed."""

    def __init__(self, events):
        self._events, self._said, self._next_progress = events, set(), 0.0

    def settings(self, settings):
        """Say how settings were resolved; a nested dictionary."""
        if self._is_new(settings):
            self._events.emit("resolved", settings=settings)

    def optimizer(self, optimizer):
        """Say an optimizer's class and settings, defaults included."""
        try:
            self.settings({"optimizer": settings_of(optimizer)})
        except Exception as error:  # as where an Estimator compiles a copy in a graph of its own
            self._events.emit("not_described", why=str(error))

    def inputs(self, described):
        """Say what data are; described: name → shape, type and digests, as of given.of_array."""
        if self._is_new(described):
            self._events.emit("data", inputs={name: one for name, one in described.items() if one["sha256"]})
            as_text = {name: {key: str(value) for key, value in one.items()} for name, one in described.items()}
            self.settings({"data": as_text})

    def progress(self, epoch, step):
        """Say how far a training is, but not too often."""
        now = time.time()
        if now >= self._next_progress:
            self._next_progress = now + SECONDS_BETWEEN_PROGRESS
            self._events.emit("progress", epoch=epoch, step=step)

    def _is_new(self, content):
        new = repr(content) not in self._said
        self._said.add(repr(content))
        return new
