"""Who is told what jobs do: progress on a screen, pictures, a test."""

from typing import Protocol

from seedluck.execution.job import Job


class Observer(Protocol):
    """Told by execution/train.py, in the thread that calls it. Entered and left as a context manager."""

    def __enter__(self): ...

    def __exit__(self, *_): ...

    def begun(self, job: Job) -> None:
        """A job was handed to its backend."""

    def said(self, job: Job, event: dict) -> None:
        """A job said something; the events are those of observing/training_log.py and worker/job.py."""

    def ending(self, job: Job) -> None:
        """A job has ended, and its folder is about to be stored."""

    def ended(self, job: Job, results: list[dict]) -> None:
        """A job's run is closed. results: the content of ``result.json`` for each of its seeds."""

    def refused(self, job: Job, reason: str) -> None:
        """A job could not even start."""

    def tick(self) -> None:
        """Some time has passed."""


class Silent:
    """An observer that does nothing, to inherit from."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def begun(self, job): ...

    def said(self, job, event): ...

    def ending(self, job): ...

    def ended(self, job, results): ...

    def refused(self, job, reason): ...

    def tick(self): ...
