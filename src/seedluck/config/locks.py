"""The locks of runtimes: which file, which packages of which versions."""

import re
import sys
from pathlib import Path

from seedluck.basics.project import PROJECT

OWN_PYTHON = ".".join(map(str, sys.version_info[:2]))  # of this command, in whose environment ``current`` trains
OWN_LOCK = "requirements.lock"  # of the environment that the command itself runs in


def lock_file(runtime: dict) -> Path:
    """Return the path of the runtime's lock; a relative name is meant from the project's folder."""
    return PROJECT / runtime["lock"]


def locked(runtime: dict) -> dict:
    """Return package → version, as the lock has them for the runtime's interpreter.

    Names are in lower case with hyphens. Raises OSError if there is no such file.
    """
    version = tuple(map(int, (runtime["python"] or OWN_PYTHON).split(".")))
    versions = {}
    for name, pinned, marker in re.findall(
        r"^([\w.-]+)==([^ ;\\]+)(?: *; *([^\\\n]+))?", lock_file(runtime).read_text(encoding="utf-8"), re.M
    ):
        wanted = re.search(r"python_full_version (<|>=) '3\.(\d+)'", marker)
        if wanted and (version < (3, int(wanted[2]))) != (wanted[1] == "<"):
            continue
        versions[canonical(name)] = pinned
    return versions


def over(runtime: dict) -> dict:
    """Return package → release, of those that ``runtime.over`` lays over the lock's; of what is none, the text → ''."""
    named = (entry.partition("==") for entry in runtime["over"])
    return {canonical(package.strip()): release.strip() for package, _, release in named}


def canonical(package: str) -> str:
    """Return a package's name in lower case with hyphens, as registries compare names."""
    return re.sub(r"[-_.]+", "-", package).lower()


def required(config: dict) -> list[str]:
    """Return the packages that a scenario needs in its runtime; those of TensorFlow, where that is the backend."""
    with_tensorflow = config["runtime"]["backend"] == "tensorflow"
    return [name for name in config["scenario"]["requires"] if with_tensorflow or not name.startswith("tensorflow")]
