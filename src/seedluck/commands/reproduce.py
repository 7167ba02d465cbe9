"""The command line: a small script that shows a sweep's difference without this program.

    python -m src.reproduce sweep=RUN            reproduce.py of a sweep of two sides
    python -m src.reproduce explanation=RUN      of the sweep that was explained
    python -m src.reproduce run=RUN              of the sweep that a run belongs to
    ... folder=FOLDER                            where to write it; multirun/reproductions/RUN otherwise
    ... tracking.uri=URI                         in another store

The script needs NumPy and the framework alone. It has the smallest model, data and number of steps that still show the
difference, prints both sides and what the reference in float64 says, and exits with 1 while the difference is there. It
is run in a fresh environment before it is handed out. Exit code 0: done. 1: no script shows it. 2: an argument is
wrong.
"""

from pathlib import Path

import seedluck.tracking  # noqa: F401 - settles what MLflow prints, before anything imports it
from seedluck.basics.errors import Mistake
from seedluck.basics.folders import writable
from seedluck.basics.project import PROJECT
from seedluck.commands.cli import DONE, answer, default_store, named

RUNS = ("sweep", "explanation", "run")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(_reproduce, arguments, __doc__)


def _reproduce(arguments):
    asked = named(arguments, (*RUNS, "folder", "tracking.uri"))
    given = [name for name in RUNS if name in asked]
    if len(given) != 1:
        allowed = ", ".join(f"{name}=RUN" for name in RUNS)
        raise Mistake(
            f"{', '.join(given) or 'nothing'} was given; allowed: one of {allowed}; the nearest valid choice is "
            "sweep=RUN."
        )
    from seedluck.reproduction.steps import reproduce, sweep_of

    uri = asked.get("tracking.uri") or default_store()
    sweep = sweep_of(uri, asked[given[0]])
    folder = Path(asked.get("folder") or PROJECT / "multirun" / "reproductions" / sweep).absolute()
    writable(folder, "folder")
    print(reproduce(uri, sweep, folder))
    return DONE
