"""What makes two jobs the same job: one digest of all that decides a run's result."""

import functools
import hashlib
import json
import sys
from pathlib import Path

from seedluck.basics.project import PROJECT, SOURCES
from seedluck.config.paths import path_module
from seedluck.config.schema import DEFAULTS, GIVEN_BY_SCRIPT, NO_FACTORS
from seedluck.config.script_files import others
from seedluck.config.sources import sources, sources_of_script


def fingerprint(config: dict, import_path: list[str]) -> str:
    """Return a SHA-256 digest of all that decides a run's result: two runs with the same one trained the same job.

    It covers the configuration, the runtime's lock, the sources of the worker plane, and the sources of the scenario
    or script and the path with what they import from their own folders. It leaves out the groups of NO_FACTORS, as
    tracking, and what a scenario only proposes. What a training reads besides is only known once it has been trained:
    tracking/inputs.py. import_path: further folders in which the scenario and the path are looked for.
    """
    factors = {key: value for key, value in config.items() if key not in NO_FACTORS}
    factors["scenario"] = {key: value for key, value in config["scenario"].items() if key not in DEFAULTS}
    absent = [key for key in ("over", "adapters") if not config["runtime"].get(key)]  # as before there were these
    factors["runtime"] = {key: value for key, value in config["runtime"].items() if key not in absent}
    lock, path = config["runtime"]["lock"], f"{path_module(config['framework']['name'])}.train"
    program = config["scenario"]["_target_"]
    if script := config["scenario"]["script"]:  # its content decides, wherever it lies
        factors["scenario"]["script"] = Path(script).name
        program = Path(script)
    content = [*_digests(lock, program, path, tuple(import_path)), _worker_plane()]
    for adapter in config["runtime"].get("adapters") or ():
        content += _digests(lock, adapter, path, tuple(import_path))
    for name, other in others(config).items():
        content += [name, *_digests(lock, Path(other), path, ())]
    if config["framework"]["given"]:
        factors["framework"] = {**config["framework"], "given": _by_name(config["framework"]["given"])}
    return hashlib.sha256(json.dumps([factors, content], sort_keys=True).encode()).hexdigest()


def _by_name(given):
    """The same, with scripts by their names, wherever they lie."""
    named = {}
    for name, value in given.items():
        if name in GIVEN_BY_SCRIPT and isinstance(value, dict):
            value = {**value, "script": Path(value["script"]).name}
        named[name] = Path(value).name if name in GIVEN_BY_SCRIPT and isinstance(value, str) else value
    return named


_known = {}  # what was asked → the files that were read, each with what tells that it has changed, and their digests


def _digests(lock, program, path, import_path):
    """Digests of the lock and of the sources of program and path; read again only where one of them has changed.

    program: ``package.module.Class``, or the file of a script.
    """
    asked = lock, program, path, import_path
    if asked not in _known or any(_state(file) != state for file, state in _known[asked][0].items()):
        places = [*import_path, *sys.path]
        of_program = sources_of_script(program) if isinstance(program, Path) else sources(program, places)
        files = [PROJECT / lock, *of_program, *sources(path, places)]
        states = {file: _state(file) for file in files}
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()]
        _known[asked] = states, digests
    return _known[asked][1]


def _state(file):
    """What tells that a file has changed; None if it is none."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


@functools.cache
def _worker_plane():
    """A digest of the worker's sources, but for scenarios, whose own are among the program's, and cases of the hunt."""
    worker = SOURCES / "seedluck_worker"
    files = [worker / "scenarios" / "__init__.py"]
    files += [file for file in sorted(worker.glob("*/*.py")) if file.parent.name not in ("scenarios", "cases")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
