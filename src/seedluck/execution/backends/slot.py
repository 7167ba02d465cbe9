"""The far end of a cluster's backend: one place on a node, where jobs train one after another.

It holds a local backend, and with it the warm parents of the runtimes that were asked of it. A job comes as files and
leaves as files, so that no folder need be shared between machines.
"""

import atexit
import contextlib
import os
import secrets
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from seedluck.basics.errors import Mistake
from seedluck.basics.project import SOURCES
from seedluck.config.sources import module_file
from seedluck.execution.backends.local import Local, close_all
from seedluck.execution.codes import ENVIRONMENT
from seedluck.execution.job import Job
from seedluck.runtimes.installation import Broken

COPIED = "src"  # of PYTHONPATH on a node, where our packages lie in the copy of the project that it is given
PREFIX = "seedluck-slot-"
SECONDS_BETWEEN_LOOKS = 0.01
SECONDS_OF_WAITING = 0.5  # after which a call that waits for news returns without any


class Slot:
    """Trains jobs on the machine that it lives on; every method may be called from a thread of its own.

    environment: variables that are to have these values here, or none at all.
    """

    def __init__(self, environment=None):
        for variable, value in (environment or {}).items():
            os.environ.pop(variable, None) if value is None else os.environ.update({variable: value})
        _without_copied()
        self._local = Local(1)
        self._scratch, self._close = _scratch()
        self._begun, self._said = {}, {}  # job's name → the job as it is here; → events that nobody has asked for yet
        self._news = threading.Condition()

    def where(self) -> str:
        """Return the machine's name."""
        return socket.gethostname()

    def close(self):
        """End what still trains, and remove what jobs left on this machine; called last."""
        self._close()

    def prepare(self, config: dict):
        """Start the warm parent that jobs of a configuration need."""
        with contextlib.suppress(Mistake, Broken):  # said by the job itself
            self._local.prepare(config)

    def begin(self, name: str, job: Job, files: dict[str, bytes]):
        """Start a job. name: of this attempt. files: path within the job's folder → content."""
        here = replace(job, folder=self._scratch / name)
        for path, content in files.items():
            file = here.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self._begun[name], self._said[name] = here, []
        threading.Thread(target=self._follow, args=(name, here), daemon=True).start()

    def said(self, name: str, begun=None) -> list[dict]:
        """Return what a job has said since the last call, as backend.py has it; wait a little for it.

        begun: what :meth:`begin` returned, so that a call that overtakes it waits for it.
        """
        with self._news:
            if not self._said[name]:
                self._news.wait(SECONDS_OF_WAITING)
            events, self._said[name] = self._said[name], []
        return events

    def cancel(self, name: str):
        """End a job's process at once."""
        with contextlib.suppress(KeyError):  # one that has not started
            self._local.cancel(self._begun[name])

    def take(self, name: str) -> dict[str, bytes]:
        """Return the files of a job that has ended, and forget it."""
        folder = self._begun.pop(name).folder
        del self._said[name]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        shutil.rmtree(folder, ignore_errors=True)
        return files

    def _follow(self, name, job):
        try:
            if lacking := _lacking(job):
                self._tell(name, _refusal(lacking))
                return
            self._local.submit(job)
            for event in self._local.events(job):
                if event is None:
                    time.sleep(SECONDS_BETWEEN_LOOKS)
                else:
                    self._tell(name, event)
        except (Mistake, Broken) as error:
            self._tell(name, _refusal(f"on {self.where()}: {error.args[0]}"))
        except Exception as error:  # which nobody would see in a thread
            self._tell(name, _refusal(f"on {self.where()}: {type(error).__name__}: {error}"))

    def _tell(self, name, event):
        with self._news:
            self._said[name].append(event)
            self._news.notify_all()


def _without_copied():
    """Take our own folder out of PYTHONPATH, or a script that runs here would find one of its name beside itself."""
    places = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if COPIED in places:
        os.environ["PYTHONPATH"] = os.pathsep.join(place for place in places if place != COPIED)


def _scratch():
    """A folder for jobs, and what removes it, which is called as this process ends.

    A lock beside the folder is held as long, so that those of slots that were killed are known, and go too. A folder is
    made while its lock is held, so one whose lock is free is nobody's.
    """
    place, prefix = Path(tempfile.gettempdir()), f"{PREFIX}{os.getuid()}-"
    for folder in (path for path in place.glob(f"{prefix}*") if path.is_dir()):
        with contextlib.suppress(Timeout, OSError), FileLock(f"{folder}.lock", timeout=0, thread_local=False) as dead:
            shutil.rmtree(folder, ignore_errors=True)
            Path(dead.lock_file).unlink(missing_ok=True)
    folder = place / f"{prefix}{os.getpid()}-{secrets.token_hex(4)}"
    held = FileLock(f"{folder}.lock", thread_local=False)
    held.acquire()
    folder.mkdir(mode=0o700)

    def close():
        close_all()  # whose jobs write there
        shutil.rmtree(folder, ignore_errors=True)
        held.release()
        Path(held.lock_file).unlink(missing_ok=True)

    atexit.register(close)
    return folder, close


def _refusal(reason: str) -> dict:
    """Return the last event of a job that could not start on a node."""
    said = {"code": 1, "by": ENVIRONMENT, "reason": reason, "waited": 0.0, "refused": True}
    return {"event": "exit", **said, "time": time.time()}


def _lacking(job):
    """A sentence on what a job needs of this machine's disk and is not there; None if all is."""
    script, where = job.config["scenario"]["script"], socket.gethostname()
    if script and not os.path.exists(script):
        return f"the script {script} is not on {where}; keep scripts in a folder that all nodes share"
    target = job.config["scenario"].get("_target_")
    if target and not script and module_file(target, [*job.import_path, str(SOURCES)]) is None:
        return f"the module of {target} is not on {where}; keep it in a folder that all nodes share"
    return None
