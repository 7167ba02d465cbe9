"""Faults in the middle of a sweep: what is left, what is said, and that the printed way on leads to the same verdict.

docs/faults.md is the table of them.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedluck.basics.project import PROJECT, RUNTIMES
from tests.conftest import as_typed, call, descendants, heeding_hang_ups, in_a_shell, still_running

SCRIPT = """
import os, sys, time
import numpy as np
while sys.argv[1] != "0" and not os.path.exists({gate!r}):
    time.sleep(0.02)
{late}
print("score:", np.random.normal() + {shift})
"""
AS_ANOTHER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]  # where root is nobody of importance
WAY_ON = r"to train only what is missing: (python -m src\.run .*)$"


class Sweep:
    """A sweep of two scripts, in a process of its own. Seeds other than 0 wait at a gate.

    late: what a script does behind the gate.
    """

    def __init__(self, place: Path, *words: str, before: tuple = (), late: str = ""):
        self.place, self.folder = place, place / "sweep"
        self.store, self.seen = place / "mlflow.db", set()
        self.gate, scripts = place / "gate", place / "scripts"
        scripts.mkdir()
        for name, shift in (("a", 0), ("b", 50)):
            (scripts / f"{name}.py").write_text(SCRIPT.format(shift=shift, gate=str(self.gate), late=late))
        self.words = [
            "-m",
            "scenario=script",
            f"scenario.script={scripts}/a.py,{scripts}/b.py",
            "scenario.metric=score",
        ]
        self.words += ["scenario.args=['{seed}']"]
        self.words += ["seed.value=range(5)", f"hydra.sweep.dir={self.folder}", f"tracking.uri=sqlite:///{self.store}"]
        self.words += [f"tracking.artifacts={place}/artifacts", *words]
        self.command = [*before, sys.executable, "-m", "src.run", *self.words]
        self.uri = f"tracking.uri=sqlite:///{self.store}"
        self.process = None

    def begin(self):
        """Start it, and wait until two of its runs have ended and two others wait at the gate."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": heeding_hang_ups}
        self.process = subprocess.Popen(self.command, cwd=PROJECT, text=True, start_new_session=True, **how)
        while len(list(self.folder.glob("*/result.json"))) < 2 or len(self.workers()) < 2:
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        self.seen = descendants(self.process.pid)
        return self

    def workers(self) -> list[int]:
        """The processes of jobs that train, deepest first of each."""
        below = descendants(self.process.pid)
        return sorted(
            pid for pid in below if _is_worker(pid) and not descendants(pid) and _depth(pid, self.process) == 3
        )

    def open_the_gate(self):
        """Let the runs go on."""
        self.gate.touch()

    def end(self) -> tuple[int, str]:
        """Return exit code and standard error once it has ended; nothing of it runs any more then."""
        self.seen |= descendants(self.process.pid)
        _, said = self.process.communicate(timeout=120)
        assert not still_running(self.seen)
        return self.process.returncode, said

    def verdict(self) -> tuple:
        """What counts of the verdict."""
        (one,) = json.loads((self.folder / "verdict" / "verdict.json").read_text())["comparisons"]
        return one["verdict"], one["direction"], one["sentence"], one["seeds"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    sweep = Sweep(tmp_path_factory.mktemp("undisturbed"))
    sweep.open_the_gate()
    assert call(*sweep.words).returncode == 0
    return sweep.verdict()


@pytest.fixture
def sweep(tmp_path):
    """Make a sweep, which ends with the test."""
    made = []

    def one(*words, **how):
        made.append(Sweep(tmp_path, *words, **how))
        return made[-1]

    yield one
    for each in made:
        if each.process is not None and each.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.process.pid, signal.SIGKILL)
            each.process.communicate()


def go_on(said: str, run=as_typed) -> int:
    """Run the way on that was printed; return its exit code."""
    way = re.search(WAY_ON, said, re.M)
    assert way, said
    done = run(way[1])
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


def _is_worker(pid):
    with contextlib.suppress(OSError):
        return b"seedluck_worker.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _depth(pid, process):
    """How many processes lie between: the warm parent, the keeper, the job."""
    depth = 0
    with contextlib.suppress(OSError):
        while pid not in (process.pid, 0):
            pid, depth = _parent(pid), depth + 1
    return depth


def kill_worker(sweep):
    os.kill(sweep.workers()[0], signal.SIGKILL)


def kill_keeper(sweep):
    os.kill(_parent(sweep.workers()[0]), signal.SIGKILL)


def kill_parent(sweep):
    os.kill(_parent(_parent(sweep.workers()[0])), signal.SIGKILL)


def stop_worker(sweep):
    os.kill(sweep.workers()[0], signal.SIGSTOP)


def stop_worker_and_interrupt(sweep):
    stop_worker(sweep)
    sweep.process.send_signal(signal.SIGINT)


def interrupt(sweep):
    sweep.process.send_signal(signal.SIGINT)


def terminate(sweep):
    sweep.process.send_signal(signal.SIGTERM)


def hang_up(sweep):
    sweep.process.send_signal(signal.SIGHUP)


@pytest.mark.processes
@pytest.mark.parametrize(
    ("fault", "words", "code", "reason"),
    [
        (kill_worker, [], 1, "signal 9 ended the worker process"),
        (kill_keeper, [], 1, "signal 9 ended the worker process"),
        (kill_parent, [], 1, "the runtime's parent process ended with exit code -9"),
        (stop_worker, ["job.timeout=20"], 1, "it took longer than job.timeout=20 seconds"),
        (stop_worker_and_interrupt, [], 130, "interrupted by the user"),
        (interrupt, [], 130, "interrupted by the user"),
        (terminate, [], 143, "interrupted by the user"),
        (hang_up, [], 129, "interrupted by the user"),
    ],
)
def test_the_way_on_leads_to_the_same_verdict(sweep, undisturbed, fault, words, code, reason):
    disturbed = sweep(*words).begin()
    fault(disturbed)
    disturbed.open_the_gate()
    ended, said = disturbed.end()
    assert ended == code, said
    assert "Traceback" not in said
    assert reason in said
    assert go_on(said) == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
def test_as_a_user_who_is_not_root(sweep, undisturbed):
    disturbed = sweep(before=AS_ANOTHER).begin()
    interrupt(disturbed)
    disturbed.open_the_gate()
    ended, said = disturbed.end()
    assert ended == 130, said
    assert go_on(said) == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
def test_a_command_killed_outright_is_gone_on_with_by_the_list_of_sweeps(sweep, undisturbed):
    disturbed = sweep().begin()
    disturbed.process.kill()
    disturbed.end()
    disturbed.open_the_gate()
    listed = call(f"tracking.uri=sqlite:///{disturbed.store}", module="src.verdict").stdout
    (run,) = re.findall(r" ([0-9a-f]{8})$", listed, re.M)
    assert call(*disturbed.words, f"sweep.resume={run}").returncode == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
def test_a_store_that_is_locked_for_a_while_is_waited_for(sweep, undisturbed):
    disturbed = sweep().begin()
    with contextlib.closing(sqlite3.connect(disturbed.store, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN EXCLUSIVE")
        disturbed.open_the_gate()
        time.sleep(15)
        other.execute("ROLLBACK")
    ended, said = disturbed.end()
    assert (ended, "Traceback" in said) == (0, False), said
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
@pytest.mark.parametrize("damage", ["corrupted", "gone"])
def test_of_a_store_that_is_damaged_and_put_back_nothing_is_lost(sweep, undisturbed, damage):
    disturbed = sweep().begin()
    kept = disturbed.place / "kept.db"
    with (
        contextlib.closing(sqlite3.connect(disturbed.store)) as store,
        contextlib.closing(sqlite3.connect(kept)) as copy,
    ):
        store.backup(copy)
    if damage == "corrupted":
        disturbed.store.write_bytes(b"no database" * 10000)
    else:
        disturbed.store.unlink()
    disturbed.open_the_gate()
    ended, said = disturbed.end()
    assert ended == 1, said
    assert "Traceback" not in said
    shutil.copy(kept, disturbed.store)
    deliver, again = re.search(
        r"once the store is back: (python -m src\.deliver .*) and then .*: (python .*)$", said, re.M
    ).groups()
    sent = as_typed(deliver)
    assert "Traceback" not in sent.stderr, sent.stderr
    done = as_typed(again)
    assert done.returncode == 0, done.stderr
    assert disturbed.verdict() == undisturbed


@pytest.fixture
def own_runtime(tmp_path, monkeypatch):
    """A copy of a runtime's environment, which may be damaged; its folder."""
    assert call("install", "keras3_0_1", module="src.runtimes").returncode == 0
    mine = tmp_path / "runtimes"
    mine.mkdir()
    subprocess.run(["cp", "-al", *RUNTIMES.glob("keras3_0_1-*/"), mine], check=True)
    monkeypatch.setenv("SEEDLUCK_RUNTIMES", str(mine))
    (place,) = mine.glob("keras3_0_1-*/")
    return place


@pytest.mark.stacks
def test_a_runtime_that_is_deleted_half_way_is_installed_anew(sweep, undisturbed, own_runtime):
    disturbed = sweep("runtime=keras3_0_1", late="import h5py").begin()
    shutil.rmtree(own_runtime)
    disturbed.open_the_gate()
    ended, said = disturbed.end()
    assert ended == 1, said
    assert "Traceback" not in said
    assert "No module named 'h5py'" in said
    assert go_on(said, in_a_shell) == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.stacks
def test_a_runtime_that_is_damaged_is_installed_anew_by_the_printed_command(sweep, undisturbed, own_runtime):
    (numpy,) = own_runtime.glob("lib/python*/site-packages/numpy/__init__.py")
    numpy.unlink()
    disturbed = sweep("runtime=keras3_0_1")
    disturbed.open_the_gate()
    done = in_a_shell(shlex.join(disturbed.command))
    assert done.returncode == 1, done.stderr
    assert "does not start" in done.stderr
    installs = re.search(r"to install it anew: (python -m src\.runtimes install keras3_0_1)", done.stderr)[1]
    assert in_a_shell(installs).returncode == 0
    assert go_on(done.stderr, in_a_shell) == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
def test_of_two_at_once_one_is_told_and_the_other_is_as_if_alone(sweep, undisturbed):
    disturbed = sweep().begin()
    second = call(*disturbed.words)
    assert second.returncode == 2
    assert re.match(rf"hydra.sweep.dir is '.*', and process {disturbed.process.pid} on this machine", second.stderr)
    (run,) = re.findall(r" ([0-9a-f]{8})$", call(disturbed.uri, module="src.verdict").stdout, re.M)
    elsewhere = [word for word in disturbed.words if not word.startswith("hydra.sweep.dir=")]
    third = call(*elsewhere, f"hydra.sweep.dir={disturbed.place}/other", f"sweep.resume={run}")
    assert third.returncode == 2
    assert "trains this sweep" in third.stderr
    disturbed.open_the_gate()
    assert disturbed.end()[0] == 0
    assert disturbed.verdict() == undisturbed


@pytest.mark.processes
def test_first_commands_at_once_share_a_new_store(tmp_path):
    (tmp_path / "a.py").write_text("print('score: 0.5')")
    words = ["scenario=script", f"scenario.script={tmp_path}/a.py", "scenario.metric=score"]
    words += [f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "src.run", *words, f"hydra.run.dir={tmp_path}/{number}"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [(process.communicate()[1], process.returncode)[1] for process in started] == [0] * 4
