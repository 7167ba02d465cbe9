"""A working folder of its own for a script: nothing that one run writes there is seen by another, or changes what lay
there.

``overlay``: the run sees its script's folder at its own path, and the kernel keeps aside what it writes (overlayfs, in
a mount namespace of the job's own). ``copy``: where the kernel does not allow that, the script runs in a copy.
``here``: it runs in its folder, as where that was asked for.
"""

import contextlib
import ctypes
import json
import os
import shutil
import tempfile

from seedluck_worker.shared.failures import ScriptFailed
from seedluck_worker.system import inputs
from seedluck_worker.system.process import end_with

FILE = "workdir.json"  # in the job's folder: how it was done, and where what was written is
MOST_FILES, MOST_BYTES = 20000, 2**30  # that are copied
LINKED = 16 * 2**20  # bytes from which a file is linked to instead
LEFT_OUT = (".git", "__pycache__", "node_modules", ".runtimes", "multirun", "mlruns", "mlartifacts")
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000  # CLONE_NEWUSER, CLONE_NEWNS of unshare(2)
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000  # of mount(2)
_libc = ctypes.CDLL(None, use_errno=True)


class _Refused(Exception):
    """This way cannot be gone; the argument says why."""


def enter(job, folder, events):
    """Give the job of a script its working folder; return the job with its scripts' paths as they are there.

    folder: the job's. events: what it says, among it how that was done. Called while the process has one thread.
    Raises ScriptFailed if the script's folder is gone.
    """
    script = os.path.abspath(job["scenario"]["script"])
    place = os.path.dirname(script)
    if not os.path.isdir(place):
        raise ScriptFailed(f"the folder of {script} is not there any more")
    done, reasons = {"how": "here"}, []
    if job["scenario"].get("workdir", "here") == "own":
        done, reasons = _entered(place, folder, _aside(place, folder))
    with open(os.path.join(folder, FILE), "w", encoding="utf-8") as file:
        json.dump(dict(done, why=reasons), file)
    events.emit("workdir", how=done["how"], why=reasons)
    return _moved(job, place, done["at"]) if "at" in done else job


def enter_another(job, folder, beside, aside):
    """The same for a script from which the job's own takes something, in a process of its own: return the job of it.

    folder: the job's. beside: the folder of the job's own script, which needs no second one. aside: of
    :func:`aside_for_another`.
    """
    place = os.path.dirname(os.path.abspath(job["scenario"]["script"]))
    if job["scenario"].get("workdir", "here") != "own" or _is_inside(os.path.join(place, "any"), beside):
        return job
    with inputs.current.unheard():  # a copy reads every file
        done, _ = _entered(place, folder, aside)
    if "at" not in done:
        return job
    inputs.current.known_as(done["at"], place)
    return _moved(job, place, done["at"])


def aside_for_another(script, folder):
    """Make and return a folder for what another script writes; it is removed with the job's own.

    script: its path. folder: the job's.
    """
    inside = _is_inside(folder, os.path.dirname(os.path.abspath(script)))
    aside = tempfile.mkdtemp(prefix="seedluck-", dir=None if inside else folder)
    path = os.path.join(folder, FILE)
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    told["others"] = [*told.get("others", []), aside]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(told, file)
    return aside


def _entered(place, folder, aside):
    """How a script's folder became its own, and why in no better way."""
    reasons = []
    for way in (_overlay, _copy):
        try:
            return way(place, folder, aside), reasons
        except (_Refused, OSError, shutil.Error) as error:
            reasons.append(f"{way.__name__[1:]}: {error}")
    return {"how": "here"}, reasons


def _moved(value, before, now):
    """The same, with every path in the folder before as it is in the one now."""
    if isinstance(value, dict):
        return {key: one if key in ("args", "env") else _moved(one, before, now) for key, one in value.items()}
    is_inside = isinstance(value, str) and value.startswith(os.path.join(before, ""))
    return os.path.join(now, os.path.relpath(value, before)) if is_inside else value


def _aside(place, folder):
    """Where what a script writes is kept while its job runs."""
    return tempfile.mkdtemp(prefix="seedluck-") if _is_inside(folder, place) else os.path.join(folder, "work")


def _overlay(place, folder, aside):
    if _is_inside(_store(folder), place):
        raise _Refused("the tracking store lies in the script's folder")
    inside = _is_inside(folder, place)
    if _is_inside(aside, place):
        raise _Refused("there is no folder outside of the script's for what it writes")
    for name in ("upper", "work"):
        os.makedirs(os.path.join(aside, name))
    before, opened = os.getcwd(), []
    try:
        _leave_mounts_of_others()
        opened += [os.open(aside, os.O_PATH), os.open(folder, os.O_PATH)]  # by number, whatever their names hold
        at, own = opened
        os.chdir(place)
        upper = f"upperdir=/proc/self/fd/{at}/upper,workdir=/proc/self/fd/{at}/work"
        try:
            _mount("overlay", ".", "overlay", 0, f"lowerdir=.,{upper},userxattr")
        except OSError:  # of Linux before 5.11
            _mount("overlay", ".", "overlay", 0, f"lowerdir=.,{upper}")
        if inside:
            _mount(f"/proc/self/fd/{own}", folder, None, BIND, None)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    finally:
        os.chdir(before)
        for number in opened:
            os.close(number)
    return {"how": "overlay", "aside": aside}


def _leave_mounts_of_others():
    """Give this process mounts of its own; who is not root becomes, in a namespace of users, nobody else."""
    parent, user, group = os.getppid(), os.getuid(), os.getgid()
    if _libc.unshare(NEW_MOUNTS) != 0:
        if _libc.unshare(NEW_USER | NEW_MOUNTS) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        maps = (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"))
        for name, text in maps:
            with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        end_with(parent)  # which other rights may have undone
    _mount("none", "/", None, RECURSIVE | PRIVATE, None)


def _mount(source, target, kind, flags, options):
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    if _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _copy(place, folder, aside):
    copy, linked, counted = os.path.join(aside, "copy"), {}, [0, 0]
    mine = os.path.abspath(folder)

    def left_out(at, names):
        return [name for name in names if _is_left_out(os.path.join(at, name), name, mine)]

    def take(source, target, follow_symlinks=True):
        size = os.stat(source).st_size
        counted[0] += 1
        if size >= LINKED:
            os.symlink(source, target)
            linked[os.path.relpath(target, copy)] = state_of(source)
            return target
        counted[1] += size
        if counted[0] > MOST_FILES or counted[1] > MOST_BYTES:
            raise _Refused(f"its folder holds more than {MOST_FILES} files or {MOST_BYTES} bytes")
        return shutil.copy2(source, target)

    try:
        os.makedirs(aside, 0o700, exist_ok=True)
        shutil.copytree(place, copy, ignore=left_out, copy_function=take, ignore_dangling_symlinks=True)
    except (_Refused, OSError, shutil.Error):
        shutil.rmtree(aside, ignore_errors=True)
        raise
    before = {name: state_of(os.path.join(copy, name)) for name in files_below(copy)}
    return {"how": "copy", "aside": aside, "at": copy, "of": place, "before": before, "linked": linked}


def _is_left_out(path, name, job):
    if name in LEFT_OUT or name.startswith("mlflow.db") or path == job:
        return True
    marks = ("pyvenv.cfg", "multirun.yaml", "job.json")  # of an environment, a sweep's folder, a job's
    return os.path.isdir(path) and any(os.path.exists(os.path.join(path, mark)) for mark in marks)


def files_below(folder):
    """Return the paths of all files below a folder, relative to it, in order."""
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(at, name), folder) for name in names]
    return sorted(found)


def state_of(path):
    """Return what tells that a file has changed: its time of change in nanoseconds, and its size in bytes."""
    told = os.stat(path)
    return [told.st_mtime_ns, told.st_size]


def remove(folder):
    """Remove what was kept aside."""
    for at, inside, _ in os.walk(folder):
        for path in (os.path.join(at, name) for name in inside):
            if not os.path.islink(path):  # which leads to somebody's own
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)  # overlayfs leaves one that nobody may read
    shutil.rmtree(folder, ignore_errors=True)


def _store(folder):
    """The file of the store that the script logs to, if it is one."""
    with open(os.path.join(folder, "environment.json"), encoding="utf-8") as file:
        uri = json.load(file)["MLFLOW_TRACKING_URI"]
    return uri[len("sqlite:///") :] if uri.startswith("sqlite:///") else "/"


def _is_inside(path, folder):
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))
