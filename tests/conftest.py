"""Jobs are trained by the real worker, whose warm parents live as long as the test session.

Most commands are called in the test's own process, by :func:`call`, so that nothing is imported anew; what is sent
signals, or has to be a process, goes through :class:`Command`.
"""

import contextlib
import copy
import functools
import glob
import importlib
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from seedluck import config as configuration
from seedluck.basics.project import PROJECT
from seedluck.config.composer import task_of
from seedluck.config.composition import Compositions
from seedluck.execution.backends.local import Local
from seedluck.execution.job import Job
from seedluck.execution.train import train as train_jobs
from seedluck.report.console import Progress

OWN = PROJECT / "tests" / "own"  # scenarios that only tests use, outside src and conf
configuration.register()
# TensorFlow turns oneDNN on by itself where the processor has AVX512_VNNI; without it, convolutions take channels last
# alone. So that the tests are the same ones everywhere:
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@dataclass
class Trained:
    """A run that has ended: its configuration, its result.json and its folder."""

    config: dict
    result: dict
    folder: Path

    def weights(self, name: str) -> dict:
        with np.load(self.folder / "weights" / f"{name}.npz", allow_pickle=False) as arrays:
            return dict(arrays)

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "events.jsonl").read_text().splitlines()]


@dataclass
class Done:
    """A command that has ended: its exit code, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def job_of(config: dict, folder: Path, words=(), **place) -> Job:
    """A job of one seed. place: role, side and the like."""
    return Job(config, (config["seed"]["value"],), tuple(words), (str(OWN),), folder, **place)


def trained(job: Job) -> dict:
    """Train one job to its end; return the content of its result.json. Raises what kept it from starting."""
    (ended,) = train_jobs([job], Local(), Progress(job))
    if ended.error:
        raise ended.error
    return ended.results[0]


def call(*arguments: str, module: str = "src.run") -> Done:
    """Run a command of this project in this process, as ``python -m module arguments`` would in its own."""
    out, err = io.StringIO(), io.StringIO()
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    before = list(sys.argv), dict(os.environ)
    main = importlib.import_module(module.replace("src.", "seedluck.commands.")).main
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(arguments))
    except SystemExit as left:  # Hydra's own flags, and what its parser refuses
        code = left.code
    finally:
        sys.argv[:] = before[0]
        os.environ.clear()
        os.environ.update(before[1])
        for number, handler in signals.items():
            signal.signal(number, handler)
    return Done(code or 0, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """Overrides that lead to an MLflow store of this test session."""
    from seedluck.tracking.connection import connect

    place = tmp_path_factory.mktemp("store")
    connect(f"sqlite:///{place}/mlflow.db", make=True)
    return [f"tracking.uri=sqlite:///{place}/mlflow.db", f"tracking.artifacts={place}/artifacts"]


@pytest.fixture(scope="session")
def composed(store):
    """Compose a configuration from overrides, as the command line does."""

    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", [f"hydra.searchpath=[file://{OWN}]"], RunMode.MULTIRUN)
    compositions = Compositions(master, loader)  # as of a sweep

    @functools.cache
    def build(*overrides):
        return configuration.resolved(task_of(compositions.whole([*store, *overrides])))

    return lambda *overrides: copy.deepcopy(build(*overrides))


@pytest.fixture
def client(store):
    from mlflow.tracking import MlflowClient

    return MlflowClient(store[0].removeprefix("tracking.uri="))


@pytest.fixture(scope="session")
def train(composed, tmp_path_factory):
    """Train a configuration given as overrides."""

    def one(*overrides) -> Trained:
        job = job_of(composed(*overrides), tmp_path_factory.mktemp("job"), overrides)
        return Trained(job.config, trained(job), job.folder)

    return one


def heeding_hang_ups():
    """In a child process: let SIGHUP be no signal that is ignored, as it is below nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def as_typed(line: str) -> Done:
    """Run a printed line with the words that a shell makes of it, in this process."""
    python, flag, module, *words = shlex.split(line)
    assert (python, flag) == ("python", "-m"), line
    words = [path for word in words for path in (sorted(glob.glob(word)) if word.endswith("*/") else [word])]
    return call(*words, module=module)


def in_a_shell(line: str) -> subprocess.CompletedProcess:
    """Run a printed line in a process of its own, which has this one's environment as it is now."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(line, shell=True, cwd=PROJECT, env=environment, capture_output=True, text=True)


class Command:
    """The command line in a process of its own, and every process that it starts."""

    def __init__(self, folder: Path, arguments: list[str], module: str = "src.run"):
        self.folder, self.seen = folder, set()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heeding_hang_ups,
        )

    def wait_for(self, event: str, **content):
        """Return the first event of this kind and content that the job says."""
        path = self.folder / "events.jsonl"
        while self.process.poll() is None:
            for line in path.read_text().splitlines() if path.exists() else []:
                said = json.loads(line) if line.endswith("}") else {}
                if {**said, "event": event, **content} == said:
                    self.seen |= descendants(self.process.pid)
                    return said
            time.sleep(0.05)
        raise AssertionError(f"ended before it said {event}: {self.process.communicate()}")

    def end(self) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def left_behind(self) -> set[int]:
        """Processes seen under this command that still run a moment after its end."""
        return still_running(self.seen)

    @property
    def result(self) -> dict:
        return json.loads((self.folder / "result.json").read_text())


@pytest.fixture
def command(store, tmp_path):
    """Start the command line on a job whose folder is the test's own."""
    started = []

    def start(*arguments, tracking=store):
        folder = tmp_path / f"run{len(started)}"
        started.append(Command(folder, [*arguments, f"hydra.run.dir={folder}", *tracking]))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def descendants(pid: int) -> set[int]:
    """All processes below one, by Linux's process table."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, frontier = set(), {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found |= frontier
    return found


def still_running(processes: set[int]) -> set[int]:
    """Which of these processes still run a moment later."""
    for _ in range(100):
        if not (alive := {pid for pid in processes if _running(pid)}):
            break
        time.sleep(0.05)
    return alive


def _running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _quiet_environment():
    os.environ.pop("MLFLOW_RUN_ID", None)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
