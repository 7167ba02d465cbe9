"""A composed configuration made ready to train: resolved, checked, with the folder and command that go with it."""

import copy
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from src import config as configuration
from src.config import leaves
from src.config.errors import Mistake
from src.config.locks import OWN_PYTHON, lock_file, locked
from src.config.passwords import hidden, kept

# What a run cannot do without, and ~NAME on the command line takes out all the same.
GROUPS = ("scenario", "variant", "framework", "seed", "optimizer", "device", "runtime", "tracking", "job", "sweep")


@dataclass
class Ready:
    """config: resolved. words: the overrides that reproduce it. import_path: folders of a scenario's module.

    idle: a sentence for each override that takes no part, by what takes its place.
    """

    config: dict
    words: list[str]
    import_path: list[str]
    idle: list[str] = field(default_factory=list)


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
    if not re.fullmatch(r"3\.\d+", config["runtime"]["python"] or OWN_PYTHON):
        raise Mistake(
            f"runtime.python is {config['runtime']['python']!r}; allowed: a version such as 3.11, or null; the nearest "
            "valid choice is null."
        )
    if not lock_file(config["runtime"]).is_file():
        raise Mistake(
            f"runtime.lock is {config['runtime']['lock']!r}, and there is no such file; allowed: a file of locked "
            "packages, as runtimes/tf2_15.lock; the nearest valid choice is to leave it out."
        )
    if os.environ.get("MLFLOW_RUN_ID"):  # `mlflow run` made a run, and says in which store
        config["tracking"]["uri"] = os.environ.get("MLFLOW_TRACKING_URI", config["tracking"]["uri"])
    config["tracking"]["uri"] = kept(config["tracking"]["uri"])
    wrong = configuration.problems(config, [*import_path, *sys.path], set(locked(config["runtime"])))
    defaults = _scenario_file(hydra)
    wrong += configuration.wrong_types(config["scenario"]["settings"], defaults.get("settings", {}))
    if wrong:
        raise Mistake(*wrong)
    words = [word for word in hydra.overrides.task if not word.startswith(("job.role=", "job.side=", "job.parent="))]
    own = [hidden(word) for word in words]
    if hydra.runtime.choices.get("experiment"):
        own.append("hydra.mode=RUN")  # this run alone, where the experiment would sweep
    return Ready(config, [*(f"--config-dir={path}" for path in folders), *own], import_path, _idle(words, config))


class Compositions:
    """Composes a sweep's jobs. Those that differ in ``LATE`` alone are composed once, which takes Hydra a quarter of a
    second, and then given their own values.

    master, loader: Hydra's configuration of the sweep, and its loader of configurations.
    """

    LATE = ("seed.value=", "seed.ulp_copy=", "job.")

    def __init__(self, master: DictConfig, loader):
        self._master, self._loader, self._known = master, loader, {}
        folders = str(OmegaConf.to_container(master.hydra.sweep, resolve=False))
        self._by_words = "override" in folders  # a folder named by its overrides

    def whole(self, words: Sequence[str], number: int = 0) -> DictConfig:
        """The configuration of a job, Hydra's part included. words: its overrides. number: the job's in the sweep.

        Raises what Hydra and OmegaConf raise of overrides that are wrong.
        """
        late = [] if self._by_words else [word for word in words if word.startswith(self.LATE)]
        key = tuple(word for word in words if word not in late)
        if key not in self._known:
            self._known[key] = self._loader.load_sweep_config(self._master, list(words))
        whole = copy.deepcopy(self._known[key])
        for override in OverridesParser.create().parse_overrides(late):
            OmegaConf.update(whole, override.key_or_group, override.value())
        with open_dict(whole):
            whole.hydra.overrides.task = list(words)
            whole.hydra.job.id, whole.hydra.job.num = str(number), number
        HydraConfig.instance().set_config(whole)  # which ${hydra:...} asks
        return whole


def task_of(whole: DictConfig) -> DictConfig:
    """A configuration without Hydra's own part."""
    return OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])


# What a scenario proposes → the setting that takes it up, unless another choice stands there.
TAKEN_UP = {
    "scenario.optimizer": "optimizer.name",
    "scenario.learning_rate": "optimizer.learning_rate",
    "scenario.optimizer_settings": "optimizer.settings",
    "scenario.shuffle": "framework.shuffle",
}


def _idle(words, config):
    """A sentence for every proposal that was typed and that another choice overrules."""
    flat, found = leaves(config), []
    for word in words:
        name = word.lstrip("+").partition("=")[0]
        proposal = next((one for one in TAKEN_UP if name == one or name.startswith(f"{one}.")), None)
        taken = proposal and TAKEN_UP[proposal] + name[len(proposal) :]
        if proposal and name in flat and flat[name] != flat.get(taken):
            found.append(
                f"{word.lstrip('+')} takes no part, since {taken.partition('.')[0]} is chosen otherwise; allowed: "
                f"{name} with optimizer=as_asked and a path's own shuffle; the nearest valid choice is "
                f"{'+' if taken.startswith('optimizer.settings.') else ''}{taken}={word.partition('=')[2]}."
            )
    buffer = config["framework"]["shuffle_buffer"]
    typed = any(word.startswith("framework.shuffle_buffer=") for word in words)
    if typed and buffer is not None and config["framework"]["shuffle"] != "buffer":
        found.append(
            f"framework.shuffle_buffer={buffer} takes no part with framework.shuffle={config['framework']['shuffle']}; "
            "allowed: with framework.shuffle=buffer; the nearest valid choice is framework.shuffle=buffer."
        )
    return found


def _scenario_file(hydra):
    """The scenario's YAML as it stands in the file, before any override."""
    name = hydra.runtime.choices["scenario"]
    files = [Path(s.path) / "scenario" / f"{name}.yaml" for s in hydra.runtime.config_sources if s.schema == "file"]
    return OmegaConf.to_container(OmegaConf.load(next(file for file in files if file.exists())))
