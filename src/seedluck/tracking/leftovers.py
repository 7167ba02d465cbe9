"""What runs left on this machine's disk besides what the store has: their folders, and environments of runtimes."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from seedluck.basics.alone import is_held
from seedluck.basics.project import RUNTIMES
from seedluck.runtimes.installation import MARK
from seedluck.runtimes.installation import folder as folder_of_runtime

DAY = 86400.0  # seconds


@dataclass(frozen=True)
class Left:
    """A folder on disk. size: bytes. ended: when it was last written, in seconds since the epoch. status: of a run:
    finished, failed or killed, ``waits`` where the store has not got it, ``runs`` where it may still train."""

    path: Path
    size: int
    ended: float
    status: str = ""


def runs_below(folder: Path) -> list[Left]:
    """Return the folders of runs below a folder, oldest first."""
    found = []
    for place, inside, names in os.walk(folder):
        if "job.json" in names:
            inside.clear()
            found.append(_run(Path(place)))
    return sorted(found, key=lambda left: left.ended)


def environments(runtimes: list[dict]) -> tuple[list[Left], list[Left]]:
    """Return the environments that these runtimes' configurations name, and those that none names."""
    named = {folder_of_runtime(runtime) for runtime in runtimes if runtime["python"] is not None}
    marks = sorted(RUNTIMES.glob(f"*/{MARK}"))
    there = [
        Left(mark.parent, json.loads(mark.read_text(encoding="utf-8"))["bytes"], mark.stat().st_mtime) for mark in marks
    ]
    over = [path for path in sorted((RUNTIMES / "over").glob("*")) if path.is_dir()]
    there += [Left(path, size(path), path.stat().st_mtime) for path in over]
    used, unused = ([left for left in there if (left.path in named) is wanted] for wanted in (True, False))
    return used, unused


def older(left: Left, days: float) -> bool:
    """Return whether something was last written more than so many days ago."""
    return time.time() - left.ended > days * DAY


def size(folder: Path) -> int:
    """Return how many bytes a folder takes; a file with several names counts once."""
    seen, total = set(), 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                state = os.lstat(os.path.join(place, name))
            except OSError:  # gone meanwhile
                continue
            if (state.st_dev, state.st_ino) not in seen:
                seen.add((state.st_dev, state.st_ino))
                total += state.st_blocks * 512
    return total


def _run(place):
    try:
        result = json.loads((place / "result.json").read_text(encoding="utf-8"))
        status = "waits" if result.get("lost") else result["status"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        status = "waits" if (place / "events.jsonl").exists() else "failed"
    if is_held(place / ".lock") or is_held(place.parent / ".lock"):
        status = "runs"
    times = [file.stat().st_mtime for file in place.iterdir() if file.is_file()]
    return Left(place, size(place), max(times, default=0.0), status)
