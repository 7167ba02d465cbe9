"""Whether it is of any use to train a sweep's further seeds, after the first ones have failed."""

import re
from pathlib import Path

from seedluck.config.place import OUTCOME
from seedluck.execution.codes import ENVIRONMENT, ERROR
from seedluck.execution.job import Job
from seedluck.execution.train import Trained


class Hopeless(Exception):
    """Every side failed on its first seeds, for one reason; the argument is that reason."""


class SameFailure:
    """Told what became of each job, it is true once every side has failed and none has finished, for one reason.

    jobs: all that are to be trained; only those for outcomes count, and without any it stays false. Attributes:
    ``reason``, once it is true.
    """

    def __init__(self, jobs: list[Job]):
        self._sides = {job.side for job in jobs if job.role == OUTCOME}
        self._failed, self._any_finished, self._said, self.reason = {}, False, None, None

    def __call__(self, trained: Trained) -> bool:
        """Return whether there is no use in more."""
        if trained.job.role != OUTCOME or not self._sides:
            return False
        if trained.finished:
            self._any_finished = True
        elif trained.error or trained.results:
            said = str(trained.error) if trained.error else trained.results[0]["reason"] or ""
            by_chance = bool(trained.results) and trained.results[0]["ended_by"] not in (ERROR, ENVIRONMENT)
            self._failed.setdefault(trained.job.side, None if by_chance else _kind(said, trained.job))
            self._said = self._said or said
        reasons = set(self._failed.values())
        if not self._any_finished and self._failed.keys() == self._sides and len(reasons) == 1 and None not in reasons:
            self.reason = self._said
        return self.reason is not None


def _kind(reason, job):
    """The reason without what differs from side to side: the script's name, the line, and what is allowed there."""
    without = re.sub(r"^[^:]*, line \d+[^:]*: ", "", reason).partition("; allowed: ")[0]
    script = job.config["scenario"]["script"]
    return without.replace(Path(script).name, "the script") if script else without
