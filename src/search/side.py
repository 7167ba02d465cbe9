"""A side of a question: what it trains with, read from one of its runs."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from src.mistakes import Mistake


@dataclass(frozen=True)
class Side:
    """name: what to call it. config: resolved. words: overrides that compose it. params: of one finished run."""

    name: str
    config: dict
    words: tuple[str, ...]
    params: dict

    @property
    def import_path(self) -> list[str]:
        """Folders in which a scenario's module is looked for besides the project."""
        return [word.partition("=")[2] for word in self.words if word.startswith("--config-dir=")]


def of_run(parent, run_id: str, name: str) -> Side:
    """The side that a run belongs to; parent: src.tracking.sweep.SweepRun of the same store.

    Raises Mistake where the run left no configuration, as one that never started.
    """
    run = parent.run(run_id)
    try:
        config, about = (
            json.loads(Path(parent.artifact(run_id, file)).read_text()) for file in ("job.json", "about.json")
        )
    except Exception as error:  # whatever a store says of an artifact that it lacks
        raise Mistake(
            f"the run {run_id!r} holds no job.json and about.json; allowed: a run that src.run trained to its end."
        ) from error
    words = shlex.split(about["command"])[3:]  # python -m src.run ...
    return Side(name, config, tuple(word for word in words if not word.startswith("seed.value=")), run.params)
