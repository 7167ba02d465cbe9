"""Which source a run was made from."""

import functools
import subprocess

from seedluck.basics.project import PROJECT


@functools.cache  # a sweep is of the source that its command began with
def commit() -> dict:
    """Return ``{"commit": hash or "unknown", "dirty": whether tracked files differ from it}``."""
    try:
        head = _git("rev-parse", "HEAD")
        return {"commit": head, "dirty": bool(_git("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "dirty": False}


def _git(*arguments):
    return subprocess.run(
        ["git", "-C", str(PROJECT), *arguments], check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout.strip()
