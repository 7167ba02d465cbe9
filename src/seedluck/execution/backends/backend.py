"""Where jobs are trained: what execution/train.py asks of a backend.

The backends are local.py, ray.py and slurm.py. To add one, write a module with a class that has these
methods, and a file in ``conf/hydra/launcher/`` whose entry ``backend`` names it as ``module.Class``. The other entries
of that file, except ``_target_``, are passed to the constructor of the class.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from seedluck.execution.job import Job


class Backend(Protocol):
    """Trains jobs, each in a fresh process, and tells what they say."""

    def capacity(self, device: str) -> int:
        """Return how many jobs train at the same time. device: ``cpu`` or ``gpu``."""

    def prepare(self, config: dict) -> None:
        """Start the slow preparation that jobs of this configuration need; do not wait for an import to be complete.

        Raises Mistake or Broken if the runtime of the configuration is not available.
        """

    def submit(self, job: Job) -> None:
        """Start a job, whose folder holds ``job.json``. Errors are those of ``prepare``."""

    def events(self, job: Job) -> Iterator[dict | None]:
        """Yield the events of a job in order, each as a dictionary; yield None, without waiting, if none is new.

        The events are the lines of the job's ``events.jsonl``. The last event is ``exit``, which has these keys:

            code     exit code of the process, or minus the number of the signal that ended it
            by       what ended the process, a code of execution/codes.py; None if it exited by itself
            reason   the same in words, or None
            waited   seconds that the job waited until its runtime was ready
            time     seconds since the epoch
        """

    def cancel(self, job: Job) -> None:
        """End a job's process at once; its ``exit`` still comes."""

    def fetch(self, job: Job) -> None:
        """Bring what a job that has ended left behind into its folder on this machine."""


class Lasting(Backend, Protocol):
    """A backend whose jobs go on when the command that submitted them ends.

    Attributes:
        wait: whether a command waits for its jobs.
    """

    wait: bool

    def flush(self) -> None:
        """Hand over what was submitted and only noted until now."""

    def left(self, folder: Path) -> Job | None:
        """Return the job in a folder that was submitted and that no command has followed to its end; None for none."""

    def attach(self, job: Job) -> None:
        """Follow a job that another command submitted; then ask for its events as if this one had."""
