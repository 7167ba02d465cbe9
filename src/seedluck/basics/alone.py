"""What only one command may do at a time: locks between processes, which end with whoever holds them."""

import json
import os
import socket
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from seedluck.basics.errors import Mistake
from seedluck.basics.project import RUNTIMES

SECONDS_OF_SILENCE = 1.0  # after which a command that waits says for whom


@contextmanager
def alone(lock: Path, what: str):
    """Hold a lock, for which other processes wait; one that waits says for whom. what: ``installs runtime tf2_15``."""
    held, owner = FileLock(lock, thread_local=False), _owner(lock)
    try:
        held.acquire(timeout=SECONDS_OF_SILENCE)
    except Timeout:
        print(f"waiting for {_who(owner)} which {what}", file=sys.stderr, flush=True)
        held.acquire()
    with _signed(held, owner):
        yield


@contextmanager
def alone_or_not_at_all(lock: Path, setting: str, doing: str, instead: str):
    """Hold a lock, for which no other process waits. Raises Mistake where another one has it.

    setting: ``hydra.sweep.dir is 'x'``. doing: ``trains a sweep there``. instead: the nearest valid choice.
    """
    held, owner = FileLock(lock, thread_local=False), _owner(lock)
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise Mistake(
            f"{setting}, and {_who(owner)} {doing}; allowed: what no other command is at; the nearest valid choice is "
            f"{instead}."
        ) from error
    with _signed(held, owner):
        yield


def is_held(lock: Path) -> bool:
    """Return whether a process holds a lock."""
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0, thread_local=False):
            return False
    except Timeout:
        return True


def lock_of(name: str) -> Path:
    """Return the lock of what has no folder of its own, as a run in a store; for the commands of this machine."""
    for folder in (RUNTIMES / "locks", Path(tempfile.gettempdir()) / f"seedluck-locks-{os.getuid()}"):
        with suppress(OSError):  # of a checkout that cannot be written
            folder.mkdir(parents=True, exist_ok=True)
            break
    return folder / f"{name}.lock"


@contextmanager
def _signed(held, owner):
    """Say whose a lock is while it is held, and let go of it then."""
    try:
        _sign(owner)
        yield
    finally:
        owner.unlink(missing_ok=True)
        held.release()


def _owner(lock):
    return Path(f"{lock}.owner")


def _sign(owner):
    with suppress(OSError):  # of a full disk: then it is not said who it is
        owner.write_text(
            json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}), encoding="utf-8"
        )


def _who(owner):
    """``process 17 on this machine, since 2026-11-29 08:00``, by what the owner of a lock signed."""
    try:
        told = json.loads(owner.read_text(encoding="utf-8"))
        host = "this machine" if told["host"] == socket.gethostname() else told["host"]
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(told["since"]))
        return f"process {told['pid']} on {host}, since {since},"
    except (OSError, ValueError, KeyError, TypeError):  # not signed yet
        return "another process"
