"""Other releases of packages than those in a runtime's lock.

A package of Python alone needs no environment of its own: it is laid over the runtime, in a folder that Python searches
first. One with compiled code belongs to the packages around it, so it gets an environment in which these are as in the
lock where they can be. Which releases there are is asked of pip, which knows what registry the user has.
"""

import contextlib
import hashlib
import re
import shutil
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from seedluck.basics.alone import alone
from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import for_children
from seedluck.basics.project import RUNTIMES
from seedluck.config.locks import OWN_PYTHON, canonical, lock_file, locked, over
from seedluck.runtimes import interpreters
from seedluck.runtimes.installation import Broken, ensure

MARK = "laid.txt"  # made last, so a folder that was cut off is begun again
COMPILED = "compiled.txt"  # in the place of a release that cannot be laid over
SECONDS_TO_LIST = 60
# What a worker needs of the environment that this command runs in, whose lock has the rest of the program too.
WORKERS = ("tensorflow", "keras", "tf-keras", "tensorflow-probability", "numpy", "cloudpickle")


class Compiled(Broken):
    """A release holds compiled code, so that it cannot be laid over a runtime."""


def environment(runtime: dict) -> tuple[str, list[str]]:
    """Return a runtime's interpreter, and the folders that it must search first, with the releases of ``runtime.over``.

    Installs what is missing. Raises Mistake or Broken where that cannot be done.
    """
    interpreter = ensure(runtime)
    try:
        return interpreter, laid(runtime, interpreter)
    except Compiled:
        return _own(runtime), []


def _own(runtime):
    """The interpreter of an environment of its own, with the releases of ``runtime.over`` in it."""
    asked = [f"{package}=={release}" for package, release in sorted(over(runtime).items())]
    text = "\n".join([str(runtime["python"]), lock_file(runtime).read_text(encoding="utf-8"), *asked])
    place = RUNTIMES / "over" / f"{runtime['name']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    interpreter = str(place / "bin" / "python")
    if not (place / MARK).exists():
        with alone(place.with_suffix(".lock"), f"installs {' '.join(asked)}"):
            if not (place / MARK).exists():  # another process may have been first
                _build(runtime, asked, place, interpreter)
    return interpreter


def _build(runtime, asked, place, interpreter):
    """Make an environment: with the lock's versions of all else, or within the runtime's bounds, or with what goes."""
    print(f"installing runtime {runtime['name']} with {' '.join(asked)}", file=sys.stderr, flush=True)
    uv = interpreters.uv()
    if uv is None:
        raise Broken(f"{' '.join(asked)} needs an environment of its own, which uv makes; install uv")
    others = {name: version for name, version in locked(runtime).items() if name not in over(runtime)}
    kept = place.with_suffix(".constraints")
    kept.write_text("".join(f"{name}=={version}\n" for name, version in others.items()), encoding="utf-8")
    direct = [name for name in runtime_packages(runtime) if name not in over(runtime)]
    bounded = [line for line in _named(runtime) if canonical(_name(line)) not in over(runtime)]
    ways = [[*direct, "--constraints", str(kept)], *([bounded] if bounded else []), direct]
    base, said = interpreters.python(runtime["python"] or OWN_PYTHON, fetch=True), []
    for way in ways:
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([uv, "venv", "--quiet", "--python", base, str(place)], check=True, capture_output=True)
        words = [uv, "pip", "install", "--quiet", "--python", interpreter, *way, *asked]
        done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8")
        if done.returncode == 0 and (wrong := _imported(runtime, interpreter)) is None:
            (place / MARK).write_text("\n".join(asked), encoding="utf-8")
            return
        said.append(" ".join(done.stderr.split())[-300:] if done.returncode else wrong)
    shutil.rmtree(place, ignore_errors=True)
    raise Broken(f"{' '.join(asked)} does not go with the rest of runtime {runtime['name']} ({said[-1]})")


def _imported(runtime, interpreter):
    """None if an environment imports what the runtime offers; else the last line that was said."""
    modules = sorted({module.partition(".")[0] for module in runtime["packages"].values()})
    done = subprocess.run(
        [interpreter, "-c", f"import {', '.join(modules)}"],
        env=for_children(KERAS_BACKEND=runtime["backend"], TF_CPP_MIN_LOG_LEVEL="2"),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ends at once"])[-1]


def ready(runtime: dict):
    """Begin to make a runtime's environment ready, in a thread; whatever goes wrong, its first use says."""

    def make():
        with contextlib.suppress(Mistake, Broken, OSError, subprocess.SubprocessError):
            environment(runtime)

    threading.Thread(target=make, daemon=True).start()


def runtime_packages(runtime: dict) -> list[str]:
    """Return the packages that a runtime names itself, not for the sake of others: those that a worker needs."""
    named = [canonical(_name(line)) for line in _named(runtime)]
    return named or [name for name in WORKERS if name in locked(runtime)]


def _named(runtime):
    """The requirements that a runtime's lock was made of, as ``numpy<1.17``; none for the lock of this program."""
    own = lock_file(runtime).with_suffix(".in")
    lines = own.read_text(encoding="utf-8").splitlines() if own.exists() else []
    return [line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip()]


def _name(requirement):
    return re.split(r"[<=>~ ]", requirement)[0]


def released(package: str, python: str) -> list[str]:
    """Return the releases of a package for a version of Python, such as ``3.11``, oldest first; no pre-releases.

    Raises Mistake where the registry has none, or does not answer.
    """
    asked = ["-m", "pip", "index", "versions", package, "--python-version", python, "--only-binary=:all:"]
    try:
        done = subprocess.run(
            [sys.executable, *asked], capture_output=True, text=True, timeout=SECONDS_TO_LIST, encoding="utf-8"
        )
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
        with alone(folder.with_suffix(folder.suffix + ".lock"), f"installs {package}=={release}"):
            if not (folder / MARK).exists():  # another process may have been first
                if (folder / COMPILED).exists():
                    raise Compiled((folder / COMPILED).read_text(encoding="utf-8").strip())
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
        folder.mkdir()
        (folder / COMPILED).write_text(f"{wanted}: {compiled}\n", encoding="utf-8")
        raise Compiled(f"{wanted} holds compiled code ({compiled})")
    while lacking := sorted(_needed(folder, Path(interpreter).resolve().name) - there):
        there = {*there, *lacking}
        for package in lacking:
            _install(package, folder, interpreter)
    (folder / MARK).write_text(f"{wanted}\n", encoding="utf-8")


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
        words = ["--no-deps", "--only-binary", ":all:", "--target", str(folder), wanted]  # not quiet: it warns
        done = subprocess.run([*way, *words], capture_output=True, text=True, encoding="utf-8")
        if done.returncode == 0:
            return done.stderr
        said += [" ".join(done.stderr.split())]
    raise Broken(f"{wanted} could not be installed ({said[0][-300:] or 'without a word'})")
