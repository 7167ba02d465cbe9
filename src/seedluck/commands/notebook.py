"""For notebooks: run a sweep or read one, look at its verdict, take its runs as a data frame.

from src.notebook import read, sweep
verdict = sweep("scenario=tied_ae", "variant=tied_call,frozen_copy", "seed.value=0,1,2")
verdict              # in a notebook: the page of the verdict
verdict.runs         # a row for each run
"""

import html
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seedluck.basics.errors import Mistake, Unfinished
from seedluck.commands.cli import DONE, FAILED, default_store

HEIGHT = 900  # pixels of the page, within a notebook


@dataclass(frozen=True)
class Verdict:
    """A sweep's verdict, as a notebook shows it.

    content: of ``verdict.json``. folder: holds it, ``verdict.html``, the pictures and the runs.
    """

    content: dict
    folder: Path

    @property
    def comparisons(self) -> list[dict]:
        """``factor``, ``baseline``, ``variant``, ``verdict``, ``sentence``, ``evidence`` ... of each comparison."""
        return self.content["comparisons"]

    @property
    def runs(self) -> pd.DataFrame:
        """A row for each run that has finished: its side, seed, outcome, settings and seconds."""
        return pd.read_parquet(self.folder / "runs.parquet")

    def __str__(self):
        return "\n".join(f"{one['verdict']}: {one['sentence']}" for one in self.comparisons)

    def _repr_html_(self) -> str:
        page = (self.folder / "verdict.html").read_text(encoding="utf-8")
        frame = f'<iframe sandbox="allow-scripts" width="100%" height="{HEIGHT}" style="border:0"'
        return f'{frame} srcdoc="{html.escape(page, quote=True)}"></iframe>'


def sweep(*words: str) -> Verdict:
    """Run a sweep; return its verdict.

    words: overrides, as they are typed after ``python -m src.run -m``. Raises Mistake if they are wrong, Unfinished if
    a run did not finish.
    """
    from seedluck.commands import run

    folder = next((word.partition("=")[2] for word in words if word.startswith("hydra.sweep.dir=")), None)
    folder = Path(folder or tempfile.mkdtemp(prefix="seedluck-")).absolute()
    given = [word for word in words if not word.startswith("hydra.sweep.dir=")]
    code = run.main(["-m", *given, f"hydra.sweep.dir={folder}"])
    if code == FAILED:
        raise Unfinished(f"runs of the sweep did not finish; what did is in {folder}")
    if code != DONE:
        raise Mistake(f"the sweep was not made, for the reason above; its overrides were {' '.join(words)}")
    return _verdict(folder / "verdict")


def read(run: str, uri: str | None = None) -> Verdict:
    """Return the verdict of a sweep that was made before, judged on all runs that it has now.

    run: of the sweep in MLflow, or the first characters of its id. uri: of the store; None: the project's own. Raises
    Mistake if there is no such sweep or no such store.
    """
    from seedluck.commands.verdict import judge_again

    _, folder = judge_again(run, uri or default_store())
    return _verdict(folder / "verdict")


def _verdict(folder):
    return Verdict(json.loads((folder / "verdict.json").read_text(encoding="utf-8")), folder)
