"""Where jobs are trained: what src/execution/train.py asks of a backend.

One is here, src/execution/local.py. Another is a file of its own, named as ``backend`` by a file in
``conf/hydra/launcher/``, whose other entries its constructor takes.
"""

from collections.abc import Iterator
from typing import Protocol

from src.execution.job import Job


class Backend(Protocol):
    """Trains jobs, each in a fresh process, and tells what they say."""

    def capacity(self, device: str) -> int:
        """Return how many jobs train at the same time. device: ``cpu`` or ``gpu``."""

    def prepare(self, config: dict) -> None:
        """Start what takes long before a job of this configuration can be submitted, and return at once.

        Raises Mistake or Broken where its runtime cannot be had.
        """

    def submit(self, job: Job) -> None:
        """Start a job, whose folder holds ``job.json``. Errors are those of ``prepare``."""

    def events(self, job: Job) -> Iterator[dict | None]:
        """Yield what a job says in ``events.jsonl``, in order, and None, at once, whenever there is nothing new.

        The last is ``{"event": "exit", "code", "by", "reason", "waited", "time"}``: the process's exit code, or minus
        the signal that ended it; None or a code of src/execution/codes.py for what ended it, and why in words; seconds
        for which the job waited for its runtime.
        """

    def cancel(self, job: Job) -> None:
        """End a job's process at once; its ``exit`` still comes."""

    def fetch(self, job: Job) -> None:
        """Bring what a job that has ended left behind into its folder on this machine."""
