"""Whether what a stored run read is still as it was: only then does the run stand for one that is trained now."""

import functools
import json
import os
from pathlib import Path

from seedluck.basics.keys import key_of_variables
from seedluck_worker.shared import digests

FILE = "inputs.json"  # of a run: files, folders and variables, each name → digest (system/inputs.py)


def changed(told: dict, script: str | None) -> list[str]:
    """Return in words what a run read and is otherwise now; empty if nothing is.

    told: the content of its ``inputs.json``. script: the script that would be trained now, whose folder stands for
    that of the run.
    """
    beside = Path(script).parent if script else Path()
    found = []
    for kind, digest in (("files", _of_file), ("folders", digests.of_folder)):
        for name, before in sorted(told[kind].items()):
            path = str(beside / name) if name.startswith("./") else name
            if (now := digest(path)) != before:
                is_gone, was_none = now == digests.ABSENT, before == digests.ABSENT
                how = "is not there any more" if is_gone else "was not there" if was_none else "has changed"
                found.append(f"{name.removeprefix('./') or str(beside)} {how}")
    key = _key()
    if key and told["key"] == digests.of_key(key):
        for name, before in sorted(told["variables"].items()):
            if digests.of_variable(key, name, os.environ.get(name)) != before:
                found.append(f"the environment variable {name} is another")
    return found


def unchecked(told: dict) -> list[str]:
    """Return in words what of that cannot be held against what is there now."""
    key = _key()
    other = told["variables"] and not (key and told["key"] == digests.of_key(key))
    return [*told["unchecked"], *(["environment variables, of another machine"] if other else [])]


def read(path: Path) -> dict:
    """Return the content of an ``inputs.json``."""
    return json.loads(path.read_text(encoding="utf-8"))


def _key():
    key = key_of_variables()
    return key and bytes.fromhex(key)


def _of_file(path):
    try:
        state = os.stat(path)
    except OSError:
        return digests.ABSENT
    return _once(path, state.st_mtime_ns, state.st_size, state.st_ino)


@functools.cache
def _once(path, *state):
    """The digest of a file, computed once for all runs that read it while it stays as it is."""
    return digests.of_file(path)
