"""A side of a question: what it trains with, read from one of its runs."""

import copy
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from seedluck import config as configuration
from seedluck.basics.errors import Mistake
from seedluck.config import composer
from seedluck.config.locks import locked


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
        given = [word.partition("=")[2] for word in self.words if word.startswith("--config-dir=")]
        return [*given, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]

    @property
    def wrong(self) -> list[str]:
        """A sentence for everything that keeps it from being trained."""
        packages = set(locked(self.config["runtime"]))
        return configuration.problems(self.config, [*self.import_path, *sys.path], packages)


def of_run(parent, run_id: str, name: str) -> Side:
    """Return the side that a run belongs to; parent: SweepRun of the same store.

    Raises Mistake if the run left no configuration, as one that never started.
    """
    run = parent.run(run_id)
    try:
        config, about = (
            json.loads(Path(parent.artifact(run_id, file)).read_text(encoding="utf-8"))
            for file in ("job.json", "about.json")
        )
        config["runtime"].setdefault("over", [])  # which older runs did not have, and so is the next
        config["scenario"].setdefault("workdir", "own")
        config.pop("seeds", None)  # of a job of several
        config["ensemble"] = {"chunk": None}  # found out anew: another path takes none, and older runs had none
        own = ("seed.value=", "ensemble.")
        words = tuple(word for word in about["words"] if not word.startswith(own))
    except Exception as error:  # whatever a store says of an artifact that it lacks
        raise Mistake(
            f"the run {run_id!r} holds no job.json and about.json; allowed: a run that src.run trained to its end."
        ) from error
    return Side(name, config, words, run.params)


def overridden(side: Side, words: list[str]) -> Side:
    """Return the side with further overrides, and with whatever else in its configuration follows from them.

    Raises what Hydra and OmegaConf raise of overrides that are wrong.
    """
    return instead(side, (*side.words, *words))


def instead(side: Side, words: tuple[str, ...]) -> Side:
    """Return the side with other overrides in the place of its own. Raises as :func:`overridden`."""
    config = copy.deepcopy(side.config)
    _carry(config, composed(side.words), composed(words))
    return replace(side, config=config, words=words)


def composed(words) -> dict:
    """Return the resolved configuration that overrides give. Raises what Hydra and OmegaConf raise of wrong ones."""
    return configuration.resolved(composer.composed(words))


def _carry(config, before, after):
    """Make every change from before to after in config, which may differ from both elsewhere."""
    for key in {**before, **after}:
        if key not in after:
            config.pop(key, None)
        elif key not in before or before[key] != after[key]:
            if all(isinstance(tree.get(key), dict) for tree in (config, before, after)):
                _carry(config[key], before[key], after[key])
            else:
                config[key] = copy.deepcopy(after[key])
