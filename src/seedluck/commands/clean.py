"""The command line: what runs left on this machine's disk, and remove what is asked for.

    python -m src.clean                              what there is, and how much
    python -m src.clean older=30d failed=true        what of it would go: runs' folders by age, or whose run failed
    python -m src.clean unused=runtimes              environments that no configuration names
    python -m src.clean folder=multirun/2026-11-29   of these runs alone, however old
    ... dry_run=false                                remove it

A run's folder is a copy of what its MLflow store has; no run in the store and no verdict is touched. What the store has
not got, and what may still train, stays. Exit code 0: done. 2: an argument is wrong.
"""

import re
import shutil
from pathlib import Path

from omegaconf import OmegaConf

from seedluck.basics.errors import Mistake, nearest
from seedluck.basics.project import PROJECT
from seedluck.commands.cli import DONE, answer, named
from seedluck.tracking.leftovers import environments, older, runs_below

KEYS = ("older", "failed", "unused", "folder", "dry_run")
STAY = {"waits": "whose store has not got them yet (python -m src.deliver FOLDER)", "runs": "that may still train"}


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(_clean, arguments, __doc__)


def _clean(arguments):
    asked = named(arguments, KEYS)
    days = _days(asked["older"]) if "older" in asked else None
    failed, remove = _is(asked, "failed", "false", "true"), _is(asked, "dry_run", "true", "false")
    if asked.get("unused", "runtimes") != "runtimes":
        raise Mistake(f"unused is {asked['unused']!r}; allowed: runtimes; the nearest valid choice is runtimes.")
    folder = Path(asked.get("folder", PROJECT / "multirun")).absolute()
    if "folder" in asked and not folder.is_dir():
        raise Mistake(
            f"folder is {asked['folder']!r}, which is no folder; allowed: one with runs' folders; the nearest valid "
            f"choice is {PROJECT / 'multirun'}."
        )
    runs = runs_below(folder)
    going = [run for run in runs if run.status not in STAY and _goes(run, days, failed, "folder" in asked)]
    used, unused = environments(_runtimes())
    lost = unused if "unused" in asked else []
    _show("runs' folders", runs, going)
    _show("runtimes", [*used, *unused], lost)
    for status, why in STAY.items():
        if stay := [run for run in runs if run.status == status]:
            print(f"kept: {len(stay)} runs' folders {why}, the first {stay[0].path}")
    for left in [*going, *lost] if remove else ():
        shutil.rmtree(left.path, ignore_errors=True)
    if going or lost:
        words = " ".join(word for word in arguments if not word.startswith("dry_run="))
        done = f"removed {len(going) + len(lost)} folders"
        print(done if remove else f"nothing was removed; to do it: python -m src.clean {words} dry_run=false")
    return DONE


def _goes(run, days, failed, is_named):
    """Whether a run's folder is asked to go."""
    by_age, by_end = days is not None and older(run, days), failed and run.status != "finished"
    return by_age or by_end or (is_named and days is None and not failed)


def _show(what, there, going):
    counted = f"{what:<14} {len(there):>6}  {_bytes(there):>9}"
    print(f"{counted}   would go: {len(going)}, {_bytes(going)}" if going else counted)


def _bytes(left):
    total = sum(one.size for one in left)
    return f"{total / 1e9:.1f} GB" if total >= 1e9 else f"{total / 1e6:.1f} MB"


def _days(text):
    if not (match := re.fullmatch(r"(\d+(?:\.\d+)?)d?", text)):
        raise Mistake(f"older is {text!r}; allowed: a number of days, as 30d; the nearest valid choice is 30d.")
    return float(match[1])


def _is(asked, key, otherwise, wanted):
    if (said := asked.get(key, otherwise)) not in ("true", "false"):
        raise Mistake(f"{key} is {said!r}; allowed: true, false{nearest(said, ['true', 'false'])}.")
    return said == wanted


def _runtimes():
    """Name, Python and lock of every configured runtime."""
    files = sorted((PROJECT / "conf" / "runtime").glob("*.yaml"))
    return [{"python": None, **OmegaConf.to_container(OmegaConf.load(file), resolve=False)} for file in files]
