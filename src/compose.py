"""A composed configuration made ready to train: resolved, checked, with the folder and command that go with it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from src import config as configuration
from src.mistakes import Mistake
from src.runtimes.install import lock_file, locked

# What a run cannot do without, and ~NAME on the command line takes out all the same.
GROUPS = ("scenario", "variant", "framework", "seed", "optimizer", "device", "runtime", "tracking", "job", "sweep")


@dataclass
class Ready:
    """config: resolved. command: the overrides that reproduce it. import_path: folders of a scenario's module."""

    config: dict
    command: list[str]
    import_path: list[str]


def ready(task: DictConfig, hydra: DictConfig) -> Ready:
    """Check a composed configuration. task: without, hydra: Hydra's own part.

    Raises Mistake with a sentence for everything that is wrong.
    """
    folders = [Path(s.path) for s in hydra.runtime.config_sources if s.schema == "file" and s.provider != "main"]
    import_path = [*map(str, folders), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    if missing := OmegaConf.missing_keys(task):
        raise Mistake(*(f"{key} is not given; allowed: any value, as {key}=VALUE." for key in sorted(missing)))
    config = configuration.resolved(task)
    if lost := [key for key in GROUPS if key not in config]:
        raise Mistake(
            *(
                f"{key} is taken out; allowed: a choice of it; the nearest valid choice is to leave out ~{key}."
                for key in lost
            )
        )
    if not lock_file(config["runtime"]).is_file():
        raise Mistake(
            f"runtime.lock is {config['runtime']['lock']!r}, and there is no such file; allowed: a file of locked "
            "packages, as runtimes/tf2_15.lock; the nearest valid choice is to leave it out."
        )
    if os.environ.get("MLFLOW_RUN_ID"):  # `mlflow run` made a run, and says in which store
        config["tracking"]["uri"] = os.environ.get("MLFLOW_TRACKING_URI", config["tracking"]["uri"])
    wrong = configuration.problems(config, [*import_path, *sys.path], set(locked(config["runtime"])))
    defaults = _scenario_file(hydra)
    wrong += configuration.wrong_types(config["scenario"]["settings"], defaults.get("settings", {}))
    if wrong:
        raise Mistake(*wrong)
    own = [word for word in hydra.overrides.task if not word.startswith(("job.role=", "job.side=", "job.parent="))]
    if hydra.runtime.choices.get("experiment"):
        own.append("hydra.mode=RUN")  # this run alone, where the experiment would sweep
    return Ready(config, [*(f"--config-dir={path}" for path in folders), *own], import_path)


def _scenario_file(hydra):
    """The scenario's YAML as it stands in the file, before any override."""
    name = hydra.runtime.choices["scenario"]
    files = [Path(s.path) / "scenario" / f"{name}.yaml" for s in hydra.runtime.config_sources if s.schema == "file"]
    return OmegaConf.to_container(OmegaConf.load(next(file for file in files if file.exists())))
