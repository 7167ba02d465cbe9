"""Where an interpreter of some Python version is on this machine."""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

from seedluck.basics.errors import Mistake


def python(version: str, fetch: bool = False) -> str:
    """Return the path of an interpreter of a version such as ``3.7``.

    Looked for, in this order: the environment variable ``SEEDLUCK_PYTHON_3_7``, the PATH, pyenv's folder of
    versions, uv's, and conda environments. Each is asked for its version before it is taken; a shim of pyenv's that
    leads nowhere is none. fetch: whether uv is asked to install one where there is none. Raises Mistake if there is
    none in the end, saying what to install.
    """
    setting = "SEEDLUCK_PYTHON_" + version.replace(".", "_")
    explicit = os.environ.get(setting)
    if explicit:
        if _version(explicit) != version:
            raise Mistake(f"{setting} is {explicit!r}; allowed: the path of an interpreter of Python {version}.")
        return explicit
    for candidate in _candidates(version):
        if _version(candidate) == version:
            return candidate
    if fetch and (fetched := _fetched(version)):
        return fetched
    raise Mistake(
        f"Python {version} is not on this machine; allowed: any interpreter of that version from pyenv (pyenv install "
        f"{version}), uv (uv python install {version}), conda or the PATH, or the path of one in {setting}."
    )


def uv() -> str | None:
    """Return the path of uv: this environment's own, or one on the PATH."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")


def _fetched(version):
    """The path of an interpreter that uv has installed just now; None if it could not."""
    if not uv():
        return None
    print(f"Python {version} is not on this machine; uv is asked for it", file=sys.stderr, flush=True)
    try:
        subprocess.run([uv(), "python", "install", "--quiet", version], capture_output=True, timeout=600, check=True)
        asked = [uv(), "python", "find", "--no-project", version]
        interpreter = subprocess.run(
            asked, capture_output=True, text=True, timeout=60, check=True, encoding="utf-8"
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return interpreter if _version(interpreter) == version else None


def _candidates(version):
    yield from filter(None, [shutil.which(f"python{version}")])
    home = Path.home()
    folders = [
        Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions" / f"{version}.*",
        Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python")) / f"cpython-{version}.*",
        *(home / name / "envs" / "*" for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge")),
    ]
    if os.environ.get("CONDA_PREFIX"):
        folders.append(Path(os.environ["CONDA_PREFIX"]))
    for folder in folders:
        for place in sorted(glob.glob(str(folder)), reverse=True):
            candidate = Path(place) / "bin" / f"python{version}"
            if candidate.exists():
                yield str(candidate)


def _version(interpreter):
    """``3.7``, or None if it does not run."""
    try:
        asked = [interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        return subprocess.run(
            asked, check=True, capture_output=True, text=True, timeout=20, encoding="utf-8"
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
