"""Locks between commands: who waits, who is refused, and that a lock ends with its owner."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from seedluck.basics.alone import alone, alone_or_not_at_all, is_held
from seedluck.basics.errors import Mistake
from seedluck.basics.project import SOURCES

REFUSED = ("hydra.sweep.dir is 'x'", "trains a sweep there", "to leave it out")


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a lock until it is ended."""
    lock = tmp_path / "lock"
    source = f"""
        import sys
        from pathlib import Path
        from seedluck.basics.alone import alone
        with alone(Path({str(lock)!r}), "does something"):
            print("held", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(source)]
    with subprocess.Popen(command, cwd=SOURCES, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process, lock
        process.kill()


def test_who_may_not_wait_is_told_who_holds_it(holder):
    process, lock = holder
    assert is_held(lock)
    with pytest.raises(Mistake) as refused, alone_or_not_at_all(lock, *REFUSED):
        pass
    who = rf"process {process.pid} on this machine, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,"
    assert re.match(rf"hydra.sweep.dir is 'x', and {who} trains a sweep there; allowed: ", refused.value.args[0])


def test_who_waits_says_for_whom_and_goes_on(holder, capsys):
    process, lock = holder
    later = threading.Timer(1.5, process.kill)
    later.start()
    with alone(lock, "installs runtime x"):
        assert is_held(lock)
    later.join()
    assert f"waiting for process {process.pid} on this machine" in capsys.readouterr().err
    assert not is_held(lock)


def test_a_lock_ends_with_its_owner(holder):
    process, lock = holder
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with alone_or_not_at_all(lock, *REFUSED):
        assert is_held(lock)
