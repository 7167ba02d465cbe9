"""The backend on Slurm: what is submitted together becomes one job array, whose tasks share the jobs out.

The far end is share.py. The folders of the jobs have to be on a disk that the nodes share; then nothing
is lost with the command that submitted them, and another one can collect what they left.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import PASSWORD
from seedluck.basics.project import SOURCES
from seedluck.basics.strict_json import write
from seedluck.execution.backends.share import CANCEL, EXIT, task
from seedluck.execution.backends.tail import Tail
from seedluck.execution.codes import NODE, TIMEOUT, USER
from seedluck.execution.extras import lacking
from seedluck.execution.job import Job, sent

TASK = "slurm.json"  # in a job's folder: the task that trains it
SECONDS_BETWEEN_LOOKS = 0.2  # at one job's folder
SECONDS_BETWEEN_QUEUES = 2.0  # between two questions to Slurm
SECONDS_OF_DELAY = 10.0  # that a shared disk may take to show what a task wrote before it ended
MOST_TASKS = 64  # of an array, where nobody says how many
MORE = "slurm_additional_parameters"  # by submitit's name


@dataclass(eq=False)
class _Followed:
    """A job that was submitted. gone: since when its task is no longer in the queue."""

    tail: Tail
    task: str | None = None
    tries: int = 1
    next_look: float = 0.0
    gone: float | None = None
    cancelled: bool = False


class Slurm:
    """Jobs as tasks of Slurm.

    tasks: of an array; None: as many as the cluster has room for, at most MOST_TASKS. wait: False: only submit.

    parameters: further ones of ``sbatch`` by submitit's names, as ``slurm_partition`` or ``timeout_min``.
    Raises Mistake if this machine has no Slurm or submitit is not installed.
    """

    def __init__(self, tasks: int | None = None, wait: bool = True, parameters: dict | None = None):
        if tasks is not None and not (isinstance(tasks, int) and tasks >= 1):
            raise Mistake(
                f"hydra.launcher.tasks is {tasks!r}; allowed: 1 task or more, or null; the nearest valid choice is 1."
            )
        if shutil.which("sbatch") is None:
            raise Mistake(
                "hydra/launcher=slurm finds no sbatch on this machine; allowed: a machine from which jobs are "
                "submitted to Slurm; the nearest valid choice here is hydra/launcher=warm."
            )
        self.wait = wait
        self._tasks, self._parameters = tasks, dict(parameters or {})
        self._waiting, self._followed = [], {}
        self._queue, self._asked = {}, 0.0

    def capacity(self, device: str) -> int:
        """Return how many jobs are handed over at the same time: all of them, since Slurm has a queue of its own."""
        return sys.maxsize

    def prepare(self, config: dict):
        """Nothing to do: a task prepares what it needs on its own node."""

    def submit(self, job: Job):
        """Note a job; it goes to Slurm together with all others that are noted before the next look at one of them."""
        self._followed[job] = _Followed(Tail(job.folder))
        self._waiting.append(job)

    def flush(self):
        """Submit what was noted, as one array for each kind of task."""
        waiting, self._waiting = self._waiting, []
        kinds = {}
        for job in waiting:
            device = job.config["device"]
            kinds.setdefault((device["threads"] or 1, int(device["kind"] == "gpu")), []).append(job)
        for (cpus, gpus), jobs in kinds.items():
            count = min(len(jobs), self._tasks or _room(cpus))
            shares = [jobs[number::count] for number in range(count)]
            for share, name in zip(shares, self._array(shares, cpus, gpus), strict=True):
                for job in share:
                    self._followed[job].task = name
                    write(job.folder / TASK, {"task": name, "import_path": list(job.import_path)})
        self._asked = 0.0

    @staticmethod
    def left(folder: Path) -> Job | None:
        """Return the job in a folder that a command submitted and did not wait for; None if there is none."""
        result = folder / "result.json"  # of a command that was killed before the store had it, if it says finished
        if not (folder / TASK).exists() or (
            result.exists() and '"status": "finished"' not in result.read_text(encoding="utf-8")
        ):
            return None
        names = ("job.json", "about.json", TASK)
        config, about, submitted = (json.loads((folder / name).read_text(encoding="utf-8")) for name in names)
        tags, words, paths = about["tags"], tuple(about["words"]), tuple(submitted["import_path"])
        place = {"role": tags["role"], "side": tags.get("side"), "parent": tags["mlflow.parentRunId"]}
        return Job(config, tuple(about["seeds"]), words, paths, folder, run_id=about["run_id"], **place)

    def attach(self, job: Job):
        """Follow a job that another command submitted."""
        name = json.loads((job.folder / TASK).read_text(encoding="utf-8"))["task"]
        self._followed[job] = _Followed(Tail(job.folder), name)

    def events(self, job: Job):
        """Yield what a job says; one whose task is gone without a word is submitted again."""
        followed = self._followed[job]
        while True:
            if self._waiting:
                self.flush()
            if time.monotonic() < followed.next_look:
                yield None
                continue
            followed.next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
            ended = (job.folder / EXIT).exists()
            yield from followed.tail.new()
            last = json.loads((job.folder / EXIT).read_text(encoding="utf-8")) if ended else self._lost(job, followed)
            if last is not None:
                yield {"event": "exit", **last, "time": time.time()}
                return
            yield None

    def cancel(self, job: Job):
        """End a job; a task all of whose jobs are to end is taken from Slurm."""
        followed = self._followed[job]
        followed.cancelled = True
        (job.folder / CANCEL).touch()
        if job in self._waiting:
            self._waiting.remove(job)
        beside = [one for one in self._followed.values() if one.task == followed.task]
        if followed.task and all(one.cancelled for one in beside):
            _ask("scancel", followed.task)
            self._asked = 0.0

    def fetch(self, job: Job):
        """Nothing to do: a job writes into its folder, which is shared."""

    def _array(self, shares, cpus, gpus):
        """Submit one task for each share; return their names in Slurm, in order."""
        try:
            import submitit
        except ImportError as error:
            raise Mistake(lacking("slurm", "submitit", "hydra/launcher=slurm", "hydra/launcher=warm")) from error
        executor = submitit.AutoExecutor(folder=shares[0][0].folder.parent / "slurm" / "%j", cluster="slurm")
        path = os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")]))
        asked = {"name": "seedluck", "cpus_per_task": cpus, "slurm_setup": [f"export PYTHONPATH={shlex.quote(path)}"]}
        more = {"export": f"ALL,{PASSWORD}=", **self._parameters.get(MORE, {})}  # no job opens the store
        if gpus:
            asked["gpus_per_node"] = gpus
        shares = [[sent(job) for job in share] for share in shares]
        try:
            executor.update_parameters(**{**asked, **self._parameters, MORE: more})
            return [submitted.job_id for submitted in executor.map_array(task, shares)]
        except Exception as error:  # of sbatch, in whatever words this Slurm has
            raise Mistake(
                f"Slurm does not take the sweep's tasks ({_last_line(error)}); hydra.launcher.parameters is "
                f"{self._parameters!r}; allowed: what submitit and sbatch take, as {{slurm_partition: NAME}}."
            ) from error

    def _lost(self, job, followed):
        """The ``exit`` of a job whose task is no longer there; None while it is, or is tried again."""
        if followed.task is None:
            return _exit(USER, "interrupted by the user") if followed.cancelled else None
        if followed.task in self._tasks_there():
            followed.gone = None
            return None
        followed.gone = followed.gone or time.monotonic()
        if followed.cancelled:
            return _exit(USER, "interrupted by the user")
        if time.monotonic() < followed.gone + SECONDS_OF_DELAY:
            return None
        state = _state(followed.task)
        if state == "CANCELLED":
            return _exit(NODE, f"its task {followed.task} was cancelled in Slurm")
        if state == "TIMEOUT":
            return _exit(TIMEOUT, f"its task {followed.task} took longer than Slurm allows it")
        if followed.tries > job.config["job"]["retries"]:
            return _exit(NODE, f"its task {followed.task} ended before it ({state}), after {followed.tries} tries")
        print(f"{job.name}: its task {followed.task} ended before it ({state}); it is tried again", file=sys.stderr)
        followed.task, followed.gone, followed.tries = None, None, followed.tries + 1
        (job.folder / "events.jsonl").unlink(missing_ok=True)
        followed.tail = Tail(job.folder)
        self._waiting.append(job)
        return None

    def _tasks_there(self):
        """Names of all tasks of this user that wait or run."""
        if time.monotonic() - self._asked > SECONDS_BETWEEN_QUEUES:
            told = _ask("squeue", "--me", "--noheader", "--array", "--format=%i")
            if told is not None:  # Slurm may be away for a while
                self._queue = set(told.split())
            self._asked = time.monotonic()
        return self._queue


def _ask(*command):
    """What a command of Slurm's prints; None if it cannot be asked just now."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    return done.stdout if done.returncode == 0 else None


def _room(cpus):
    """How many tasks of so many cores the cluster has room for: more would import their framework for nothing."""
    told = (_ask("sinfo", "--noheader", "--format=%C") or "").split()
    cores = sum(int(line.rpartition("/")[2]) for line in told if line.count("/") == 3)  # allocated/idle/other/total
    return min(max(cores // cpus, 1), MOST_TASKS)


def _state(name):
    """A task's state, as Slurm has it: ``CANCELLED``, ``FAILED``, ``NODE_FAIL`` ..."""
    told = _ask("scontrol", "show", "job", name, "--oneliner") or ""
    states = [word.partition("=")[2] for word in told.split() if word.startswith("JobState=")]
    return states[0] if states else "no longer known to Slurm"


def _exit(by, reason):
    return {"code": 1, "by": by, "reason": reason, "waited": 0.0}


def _last_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
