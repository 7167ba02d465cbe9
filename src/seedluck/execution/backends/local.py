"""The local backend: jobs are processes of this machine, forked from a warm parent of their runtime.

The other end is ``worker/__main__.py``. No process stays behind: a parent ends when its input is closed, and its
children end with it.
"""

import atexit
import contextlib
import json
import math
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.keys import key_of_variables
from seedluck.basics.passwords import for_children
from seedluck.basics.project import PROJECT, RUNTIMES, SOURCES
from seedluck.config import gpus, instructions
from seedluck.config.locks import required
from seedluck.execution.backends.early_imports import imported
from seedluck.execution.backends.tail import Tail
from seedluck.execution.codes import CRASH, CRASHES, ENVIRONMENT, NO_START, PARENT, SIGNAL, TIMEOUT
from seedluck.execution.job import Job
from seedluck.runtimes.releases import environment as environment_of

SECONDS_TO_ANSWER = 5.0  # that a parent has to end, and to say what became of a job that it was told to end


class Warm:
    """One warm parent process.

    modules: what it imports before it forks. environment: variables laid over this process's own.
    """

    def __init__(self, python, modules, environment):
        self.ready_at = None  # seconds since the epoch
        self.submitted = {}  # job's folder → seconds since the epoch
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the parent
        self._exits = {}  # job's folder → its process's exit code
        self._told_to_end = {}  # job's folder → when, by time.monotonic
        self._environment = environment
        self._process = subprocess.Popen(
            [python, "-m", "seedluck_worker.worker", str(PROJECT), *modules],
            cwd=SOURCES,
            env=for_children(**environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is ours to answer
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def start(self, folder: Path, import_path: list[str], rehearse: bool = False):
        """Start the job whose files are in the folder; the folder's path is also the job's name.

        import_path: folders, besides the project, in which a scenario's module is looked for. rehearse: build the model
        and the optimizer and measure once, but do not train.
        """
        self.submitted[str(folder)] = time.time()
        for of_before in (self._exits, self._told_to_end):  # of a job in the same folder
            of_before.pop(str(folder), None)
        try:
            now = for_children(**self._environment)  # which may be another than when the parent began
            self._say(job=str(folder), folder=str(folder), import_path=import_path, rehearse=rehearse, environment=now)
        except OSError:
            self._process.wait()  # events() will say that the parent is gone

    def kill(self, folder: Path):
        """End the job's process at once, and whatever it started."""
        self._told_to_end.setdefault(str(folder), time.monotonic())
        try:
            self._say(kill=str(folder))
        except OSError:
            return

    def events(self, folder: Path, timeout: float | None = None):
        """Yield what the job in the folder says, as execution/backends/backend.py has it.

        After timeout seconds the job is killed.
        """
        tail, deadline, too_long = Tail(folder), timeout and time.monotonic() + timeout, None
        while True:
            ended = self._ended(folder)
            yield from tail.new()
            if ended is not None:
                code, by, reason = ended if too_long is None else (ended[0], TIMEOUT, too_long)
                waited = max(0.0, (self.ready_at or time.time()) - self.submitted[str(folder)])
                said = {"code": code, "by": by, "reason": reason, "waited": waited}
                yield {"event": "exit", **said, "time": time.time()}
                return
            if deadline and too_long is None and time.monotonic() > deadline:
                too_long = f"it took longer than job.timeout={timeout:g} seconds"
                self.kill(folder)
            told_to_end = self._told_to_end.get(str(folder), math.inf)
            if ended is None and time.monotonic() > told_to_end + 3 * SECONDS_TO_ANSWER:
                self._process.kill()  # it does not answer, as one that is stopped; its jobs end with it
            yield None

    def close(self):
        """End the parent and whatever still runs in it."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(SECONDS_TO_ANSWER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(SECONDS_TO_ANSWER)
        self._process.stdout.close()
        self._last_words()  # a job that is not told yet may still ask for them
        self._errors.close()

    def _ended(self, folder):
        """Exit code, what ended the job and why; None while it runs."""
        code = self._exits.get(str(folder))
        if code is not None:
            by = None if code >= 0 else CRASH if -code in CRASHES else SIGNAL
            return code, by, by and f"signal {-code} ended the worker process"
        if not self.alive:
            code = self._process.wait()
            said = f"; its last words: {last}" if (last := self._last_words()) else ""
            if self.ready_at is None and code > 0:  # it could not import what the runtime offers
                return code, ENVIRONMENT, f"{NO_START}: {last or f'exit code {code}'}"
            return code, PARENT, f"the runtime's parent process ended with exit code {code}{said}"
        return None

    def _last_words(self):
        """Return the last line of what the parent said on standard error, once it has ended."""
        if not self._errors.closed:
            self._errors.seek(0)
            self._words = "".join(self._errors.read().decode(errors="replace").strip().splitlines()[-1:])
        return self._words

    def _say(self, **order):
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _read(self):
        for line in self._process.stdout:
            answer = json.loads(line)
            if "ready" in answer:
                self.ready_at = time.time()
            elif "exit" in answer:
                self._exits[answer["job"]] = answer["exit"]


class Local:
    """Jobs on this machine. n_jobs: how many train at once; None: one a core, or one a GPU.

    Raises Mistake if that is no number of jobs.
    """

    def __init__(self, n_jobs: int | None = None):
        if n_jobs is not None and not (isinstance(n_jobs, int) and n_jobs >= 1):
            raise Mistake(
                f"hydra.launcher.n_jobs is {n_jobs!r}; allowed: 1 job or more, or null for as many as there are cores; "
                "the nearest valid choice is 1."
            )
        self._n_jobs, self._warm = n_jobs, {}  # job's folder → its parent

    def capacity(self, device: str) -> int:
        """Return how many jobs train at once."""
        return self._n_jobs or (max(gpus(), 1) if device == "gpu" else len(os.sched_getaffinity(0)))

    def prepare(self, config: dict):
        """Start the warm parent of a configuration, which imports its framework."""
        warm(config)

    def submit(self, job: Job):
        """Fork a process for a job."""
        self._warm[job.folder] = warm(job.config)
        self._warm[job.folder].start(job.folder, list(job.import_path))

    def events(self, job: Job):
        """Yield what a job says."""
        return self._warm[job.folder].events(job.folder, job.config["job"]["timeout"])

    def cancel(self, job: Job):
        """Kill a job's process."""
        self._warm[job.folder].kill(job.folder)

    def fetch(self, job: Job):
        """Nothing to do: a job writes into its folder."""


_parents: dict[tuple, Warm] = {}  # of this process, which outlive a backend


def warm(config: dict) -> Warm:
    """Return the warm parent for a configuration: the one that runs, or a new one where there is none or it died.

    Installs the runtime where it is missing; raises Mistake or Broken if that cannot be done.
    """
    runtime = config["runtime"]
    needed = [name.replace("-", "_") for name in required(config)]  # or every child would import it
    script = config["scenario"]["script"]
    package = runtime["packages"].get(config["framework"]["package"])
    modules = imported(Path(script), runtime) if script else (runtime["backend"], package, *needed)
    environment = {
        "KERAS_BACKEND": runtime["backend"],
        "KERAS_HOME": str(RUNTIMES / "keras_home"),  # a user's keras.json must not decide
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **({} if script else instructions.everywhere(runtime["limits"])),
        **instructions.environment(config["device"]["instructions"], runtime["limits"]),
    }
    if config["device"]["kind"] == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    interpreter, folders = environment_of(runtime)  # another lock is another environment, and so another interpreter
    if folders:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [*folders, os.environ.get("PYTHONPATH")]))
    environment["SEEDLUCK_WATCH"] = json.dumps({"key": key_of_variables(), "settled": sorted(environment)})
    key = (interpreter, modules, tuple(sorted(environment.items())))
    if key in _parents and not _parents[key].alive:
        _parents.pop(key).close()
    if key not in _parents:
        _parents[key] = Warm(interpreter, modules, environment)
    return _parents[key]


@atexit.register
def close_all():
    """End every warm parent of this process."""
    for parent in _parents.values():
        parent.close()
    _parents.clear()
