"""A runtime's environment: an interpreter and the packages of its lock, in a folder that git ignores.

The folder's name holds a digest of the lock, so another lock is another environment. It counts as installed once
its last file, the mark, is there; whatever has no mark is begun again. A lock on a file beside it makes a second
process wait for the first.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from seedluck.basics.alone import alone
from seedluck.basics.passwords import for_children
from seedluck.basics.project import RUNTIMES
from seedluck.config.locks import canonical, lock_file, locked
from seedluck.runtimes import interpreters

MARK = "installed.json"


class Broken(Exception):
    """The environment could not be installed; the argument is a sentence that says why."""


def folder(runtime: dict) -> Path:
    """Return where the environment is or will be."""
    digest = hashlib.sha256(
        f"{runtime['python']}\n{lock_file(runtime).read_text(encoding='utf-8')}".encode()
    ).hexdigest()
    return RUNTIMES / f"{runtime['name']}-{digest[:12]}"


def installed(runtime: dict) -> dict | None:
    """Return what is known of an installed environment: ``{"seconds", "bytes"}``; None if it is not installed."""
    if runtime["python"] is None:
        return {"seconds": None, "bytes": None}
    place = folder(runtime)
    whole = (place / MARK).exists() and (place / "bin" / "python").exists()
    return json.loads((place / MARK).read_text(encoding="utf-8")) if whole else None


def remove_if_broken(runtime: dict):
    """Remove a runtime's environment whose framework cannot be imported, so that :func:`ensure` installs it anew."""
    if runtime["python"] is None or installed(runtime) is None:
        return
    asked = [str(folder(runtime) / "bin" / "python"), "-c", f"import {runtime['backend']}"]
    if subprocess.run(asked, capture_output=True, env=for_children()).returncode:
        (folder(runtime) / MARK).unlink()


def ensure(runtime: dict) -> str:
    """Return the path of the runtime's interpreter, installing the environment first where it is missing.

    Raises Mistake if its Python is not on this machine, Broken if the installation fails.
    """
    if runtime["python"] is None:
        return sys.executable
    place = folder(runtime)
    interpreter = str(place / "bin" / "python")
    if installed(runtime) is None:
        base = interpreters.python(runtime["python"], fetch=True)
        place.parent.mkdir(exist_ok=True)
        with alone(place.with_suffix(".lock"), f"installs runtime {runtime['name']}"):
            if installed(runtime) is None:  # another process may have been first
                _install(runtime, base, place, interpreter)
    return interpreter


def _install(runtime, base, place, interpreter):
    packages = locked(runtime)
    print(
        f"installing runtime {runtime['name']}: {len(packages)} packages for Python {runtime['python']}",
        file=sys.stderr,
        flush=True,
    )
    began = time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    lock = str(lock_file(runtime))
    uv = interpreters.uv()
    quiet = [] if sys.stderr.isatty() else ["--quiet"]  # a person watches uv's own progress
    done = uv and (
        _call(uv, "venv", "--quiet", "--python", base, str(place))
        and _call(uv, "pip", "sync", *quiet, "--compile-bytecode", "--python", interpreter, "--require-hashes", lock)
    )
    if not done:  # pip reaches registries and folders that only pip is told of
        shutil.rmtree(place, ignore_errors=True)
        if not (
            _call(base, "-m", "venv", str(place))
            and _call(interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", lock)
        ):
            raise Broken(
                f"runtime {runtime['name']} could not be installed from {runtime['lock']}; the lines above say why"
            )
    _verify(runtime, interpreter, packages)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    seconds = time.monotonic() - began
    partial = place / f"{MARK}.partial"
    partial.write_text(json.dumps({"seconds": seconds, "bytes": size}), encoding="utf-8")  # both finite
    partial.replace(place / MARK)
    print(f"installed runtime {runtime['name']} in {seconds:.0f} s, {size / 1e6:.0f} MB", file=sys.stderr, flush=True)


_REPORT = """
import json, sys
try:
    from importlib import metadata
    found = {d.metadata["Name"]: d.version for d in metadata.distributions()}
except ImportError:
    import os, re
    found = {}
    for path in sys.path:
        for entry in os.listdir(path) if os.path.isdir(path) else []:
            match = re.match(r"(.+?)-([^-]+)\\.dist-info$", entry)
            if match:
                found[match.group(1)] = match.group(2)
for name in sys.argv[1:]:
    __import__(name)
print("\\n" + json.dumps(found))
"""


def _verify(runtime, interpreter, packages):
    """The environment imports what it offers, and its packages are the locked ones."""
    modules = sorted({module.partition(".")[0] for module in runtime["packages"].values()})
    done = subprocess.run(
        [interpreter, "-c", _REPORT, *modules],
        env=for_children(KERAS_BACKEND=runtime["backend"]),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise Broken(
            f"runtime {runtime['name']} cannot import {', '.join(modules)}: {done.stderr.strip().splitlines()[-1]}"
        )
    installed_versions = {
        canonical(name): version for name, version in json.loads(done.stdout.splitlines()[-1]).items()
    }
    wrong = {
        name: installed_versions.get(name)
        for name, version in packages.items()
        if installed_versions.get(name) != version
    }
    if wrong:
        raise Broken(f"runtime {runtime['name']} does not hold the locked versions: {wrong}")


def _call(*command):
    return subprocess.run(command, stdout=2).returncode == 0
