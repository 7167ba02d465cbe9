"""A Ray cluster of two nodes and a Slurm, on this machine, and sweeps on them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import OWN
from tests.scale import slurm_here

SEEDS = range(4)
ASKED = [
    *("-m", f"--config-dir={OWN}", "scenario=luck", "variant=plain,same", f"seed.value={','.join(map(str, SEEDS))}"),
    *("scenario.epochs=2", "sweep.evidence=[]", "scenario.settings.pause=0.3"),
]


class Sweep:
    """The command of a sweep of eight jobs, of a second or two each, in a process of its own."""

    def __init__(self, folder: Path, words, environment=None):
        self.folder = folder
        store = [f"tracking.uri=sqlite:///{folder}/store/mlflow.db", f"tracking.artifacts={folder}/store/artifacts"]
        self._log = folder.parent / f"{folder.name}.log"
        (folder / "store").mkdir(parents=True, exist_ok=True)
        with open(self._log, "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "src.run", *ASKED, *store, f"hydra.sweep.dir={folder}", *words],
                cwd=PROJECT,
                env={**os.environ, **(environment or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_finished(self, count: int):
        """Wait until so many jobs have a result."""
        while len(self.results()) < count:
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def until_held(self, hold: Path, count: int):
        """Wait until so many jobs train and wait for a file to go, which ``scenario.settings.hold`` names."""
        while not list(self.folder.glob("*/job.json")):  # before it, each side is tried out in the command itself
            assert self.process.poll() is None, self.said
            time.sleep(0.01)
        hold.touch()
        while hold.stat().st_size < count:
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def end(self, code: int = 0) -> str:
        """Wait for its end; return what it said."""
        assert self.process.wait(300) == code, self.said
        return self.said

    @property
    def said(self) -> str:
        return self._log.read_text()

    def results(self) -> list[dict]:
        """What has ended, in the order of its folders."""
        files = sorted(self.folder.glob("*/result.json"), key=lambda file: int(file.parent.name))
        return [json.loads(file.read_text()) for file in files]

    def outcomes(self) -> dict:
        """(variant, seed) → outcome of what has finished; each only once."""
        finished = [result for result in self.results() if result["status"] == "finished"]
        told = {(result["variant"], result["seed"]): result["outcome"] for result in finished}
        assert len(told) == len(finished), "trained twice"
        return told

    @property
    def run_id(self) -> str:
        return json.loads((self.folder / "verdict.json").read_text())["run_id"]

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)


def processes(words: str) -> list[int]:
    """Processes whose command line has these words, by Linux's process table, the oldest first."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            found += [int(entry.name)] if words in command else []
    return sorted(found)


@pytest.fixture
def sweep(tmp_path):
    """Start a sweep; it ends with the test."""
    started = []

    def start(*words, environment=None, name="sweep"):
        started.append(Sweep(tmp_path / name, words, environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.interrupt()
            one.process.wait(60)


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """(variant, seed) → outcome, as this machine alone computes them."""
    local = Sweep(tmp_path_factory.mktemp("local") / "sweep", [])
    local.end()
    return local.outcomes()


@pytest.fixture
def ray_cluster():
    """Two nodes of a core each; the second of them can be taken away."""
    with _cluster(cores=1) as cluster:
        cluster.second = cluster.add_node(num_cpus=1)
        yield cluster


@pytest.fixture
def ray_alone():
    """A head that trains nothing itself."""
    with _cluster(cores=0) as cluster:
        yield cluster


@contextmanager
def _cluster(cores):
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cores, "include_dashboard": False})
    cluster.words = ["hydra/launcher=ray", f"hydra.launcher.address={cluster.address}"]
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """The environment in which commands find a Slurm of this machine."""
    with slurm_here.running(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment
