"""Other releases of a package than the one in a runtime's lock, laid over the runtime.

A package of Python alone needs no environment of its own: it lies in a folder that Python searches first. Which
releases there are is asked of pip, which knows what registry the user has.
"""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from src.config.errors import Mistake
from src.config.locks import canonical, locked, over
from src.config.project import RUNTIMES
from src.runtimes import interpreters
from src.runtimes.installation import Broken, alone

MARK = "laid.txt"  # made last, so a folder that was cut off is begun again
SECONDS_TO_LIST = 60


def released(package: str, python: str) -> list[str]:
    """Return the releases of a package for a version of Python, such as ``3.11``, oldest first; no pre-releases.

    Raises Mistake where the registry has none, or does not answer.
    """
    asked = ["-m", "pip", "index", "versions", package, "--python-version", python, "--only-binary=:all:"]
    try:
        done = subprocess.run([sys.executable, *asked], capture_output=True, text=True, timeout=SECONDS_TO_LIST)
        listed = re.search(r"^Available versions: (.*)$", done.stdout, re.M)
    except (OSError, subprocess.SubprocessError):
        listed = None
    if listed is None:
        raise Mistake(
            f"pip finds no release of {package} for Python {python}; allowed: a package of the registry that pip asks; "
            "the nearest valid choice lists releases that were installed before."
        )
    return sorted({release.strip() for release in listed[1].split(",")}, key=Version)


def between(first: str, last: str, releases: list[str]) -> list[str]:
    """Return the releases from one to another, both of which are among them or not."""
    return [release for release in releases if Version(first) <= Version(release) <= Version(last)]


def laid(runtime: dict, interpreter: str) -> list[str]:
    """Return the folders that Python must search first, so that it finds the releases of ``runtime.over``.

    Installs what is missing. interpreter: of the runtime's environment. Raises Broken where a release cannot be had, or
    is not of Python alone.
    """
    return [str(_folder(package, release, runtime, interpreter)) for package, release in sorted(over(runtime).items())]


def _folder(package, release, runtime, interpreter):
    python = Path(interpreter).resolve().name
    folder = RUNTIMES / "over" / f"{package}-{release}-{python}-{Path(runtime['lock']).stem}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).exists():
        with alone(folder.with_suffix(folder.suffix + ".lock")):
            if not (folder / MARK).exists():  # another process may have been first
                _lay(f"{package}=={release}", folder, interpreter, {*locked(runtime)})
    return folder


def _lay(wanted, folder, interpreter, there):
    """Install a release into a folder, and whatever it needs that is not ``there``."""
    shutil.rmtree(folder, ignore_errors=True)
    warned = _install(wanted, folder, interpreter)
    if "yanked" in warned:
        raise Broken(f"{wanted} was taken back by those who released it")
    compiled = next((path.name for pattern in ("*.so", "*.pyd") for path in folder.rglob(pattern)), None)
    if compiled:
        shutil.rmtree(folder)
        raise Broken(
            f"{wanted} holds compiled code ({compiled}), which belongs to the packages around it; give that release a "
            "runtime of its own, docs/releases.md"
        )
    while lacking := sorted(_needed(folder, Path(interpreter).resolve().name) - there):
        there = {*there, *lacking}
        for package in lacking:
            _install(package, folder, interpreter)
    (folder / MARK).write_text(f"{wanted}\n")


def _needed(folder, python):
    """Names of the packages that those in a folder need. python: an interpreter's name, such as python3.11."""
    asked = {"extra": "", "python_version": python.removeprefix("python")}
    known = (Requirement(text) for found in metadata.distributions(path=[str(folder)]) for text in found.requires or [])
    return {canonical(one.name) for one in known if one.marker is None or one.marker.evaluate(asked)}


def _install(wanted, folder, interpreter):
    """Install one package alone; return what was said of it. Raises Broken if it cannot be had."""
    uv = interpreters.uv()
    ways = [[uv, "pip", "install", "--python", interpreter]] if uv else []
    ways.append([interpreter, "-m", "pip", "install", "--disable-pip-version-check"])
    said = []
    for way in ways:
        words = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(folder), wanted]
        done = subprocess.run([*way, *words], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stderr
        said += [" ".join(done.stderr.split())]
    raise Broken(f"{wanted} could not be installed ({said[0][-300:] or 'without a word'})")
