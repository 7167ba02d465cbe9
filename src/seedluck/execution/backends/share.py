"""The far end of the backend on Slurm: a task trains its share of a sweep's jobs, one after another.

All of it is in the jobs' folders, which the nodes share with the machine that submitted them: ``job.json`` before,
``events.jsonl`` while it trains, ``exit.json`` once it has ended. A file ``cancel`` in a folder ends its job.
"""

import os
import signal
import time
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.strict_json import write
from seedluck.execution.backends.local import Local
from seedluck.execution.codes import ENVIRONMENT, PARENT, USER
from seedluck.execution.job import Job
from seedluck.runtimes.installation import Broken

EXIT, CANCEL = "exit.json", "cancel"
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_OF_GRACE = 1.0


def task(jobs: list[Job]):
    """Be a task of Slurm's, which trains a share and ends at once when it is told to."""
    signal.signal(signal.SIGTERM, _leave_at_once)
    train_share(jobs)


def train_share(jobs: list[Job]):
    """Train jobs one after another, on the node on which this is called."""
    backend = Local(1)
    for job in jobs:
        if not (job.folder / EXIT).exists():
            _leave(job.folder, _train(job, backend))


def _train(job, backend):
    """The ``exit`` of a job, once it has ended."""
    cancel, cancelled = job.folder / CANCEL, False
    if cancel.exists():
        return {"code": 1, "by": USER, "reason": "cancelled before it began", "waited": 0.0}
    try:
        backend.submit(job)
        for event in backend.events(job):
            if event is not None and event["event"] == "exit":
                if event["by"] == PARENT:
                    time.sleep(SECONDS_OF_GRACE)  # where Slurm ends the task, this process is ended as well
                return {key: event[key] for key in ("code", "by", "reason", "waited")}
            if event is None:
                time.sleep(SECONDS_BETWEEN_LOOKS)
                if not cancelled and cancel.exists():
                    cancelled = True
                    backend.cancel(job)
    except (Mistake, Broken) as error:
        return {"code": 1, "by": ENVIRONMENT, "reason": error.args[0], "waited": 0.0}


def _leave_at_once(number, frame):
    """Slurm takes the node away: say nothing of the job under way, so that it is trained elsewhere."""
    os._exit(128 + number)


def _leave(folder: Path, told):
    partial = folder / f"{EXIT}.partial"
    write(partial, told)
    partial.replace(folder / EXIT)
