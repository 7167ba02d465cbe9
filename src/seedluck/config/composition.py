"""A composed configuration made ready to train: resolved, checked, with the folder and command that go with it."""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from seedluck import config as configuration
from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import hidden, kept
from seedluck.config import leaves
from seedluck.config.composer import Composer, task_of, texts
from seedluck.config.locks import OWN_PYTHON, lock_file, locked
from seedluck.config.script_files import made_absolute

SEED = "seed.value"
NAME = r"[A-Za-z_]\w*(\.\w+)*"  # of a setting, from the top
# What a run cannot do without, and ~NAME on the command line takes out all the same.
GROUPS = ("scenario", "variant", "framework", "seed", "optimizer", "device", "runtime", "tracking", "job", "sweep")


@dataclass
class Ready:
    """A checked configuration that can be trained. config: resolved. words: the overrides that reproduce it.

    import_path: folders in which a scenario's module is looked for. idle: one sentence for each typed override that has
    no effect, because another setting is used in its place.
    """

    config: dict
    words: list[str]
    import_path: list[str]
    idle: list[str] = field(default_factory=list)


def ready(task: DictConfig, hydra: DictConfig) -> Ready:
    """Return a composed configuration, checked and resolved. task: all of it except Hydra's part. hydra: Hydra's part.

    Raises Mistake with one sentence for each error.
    """
    folders = folders_of(hydra)
    import_path = [*folders, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
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
    made_absolute(config)
    wrong = configuration.problems(config, [*import_path, *sys.path], set(locked(config["runtime"])))
    defaults = _scenario_file(hydra)
    wrong += configuration.wrong_types(config["scenario"]["settings"], defaults.get("settings", {}))
    if wrong:
        raise Mistake(*wrong)
    words = list(hydra.overrides.task)
    own = [hidden(word) for word in words]
    if hydra.runtime.choices.get("experiment"):
        own.append("hydra.mode=RUN")  # this run alone, where the experiment would sweep
    return Ready(config, [*(f"--config-dir={path}" for path in folders), *own], import_path, _idle(words, config))


def folders_of(hydra: DictConfig) -> list[str]:
    """Return the folders of ``--config-dir``, in which modules of somebody's own are looked for."""
    return [
        source.path for source in hydra.runtime.config_sources if source.schema == "file" and source.provider != "main"
    ]


class Compositions:
    """Composes a sweep's jobs, of which those of one side differ in their seed alone.

    A side is composed once, and its configuration copied where nothing in it but the seed itself depends on the seed:
    where no interpolation asks for it, or where that of a second seed is the same. master, loader: Hydra's
    configuration of the sweep, and its loader.
    """

    def __init__(self, master: DictConfig, loader):
        self._master, self._composer = master, Composer(master, loader)
        self._ready = {}  # a side's overrides → its first Ready, and whether others are copies (None: not known)
        self._subdir = str(OmegaConf.to_container(master.hydra.sweep, resolve=False)["subdir"])

    def whole(self, words: Sequence[str], number: int = 0) -> DictConfig:
        """Return the configuration of a job, as of :meth:`Composer.whole`."""
        return self._composer.whole(words, number)

    def ready(self, words: Sequence[str], seed: int) -> Ready:
        """Return a side at a seed. words: the side's overrides, without that of its seed's number.

        Raises Mistake with a sentence for everything that is wrong, and what :meth:`whole` raises.
        """
        key = tuple(words)
        if key not in self._ready:
            self._ready[key] = self._composed(words, seed)
        first, alike = self._ready[key]
        if first.config["seed"]["value"] == seed:
            return first
        if alike is None:
            other, _ = self._composed(words, seed)
            self._ready[key] = first, _at_seed(first, seed).config == other.config
            return other
        return _at_seed(first, seed) if alike else self._composed(words, seed)[0]

    def folder(self, words: Sequence[str], seed: int, number: int) -> Path:
        """Return the folder of a job; arguments are those of the other methods."""
        sweep_folder = Path(self._master.hydra.sweep.dir)
        if self._subdir in ("${hydra.job.num}", "${hydra:job.num}"):
            return (sweep_folder / str(number)).absolute()
        whole = self.whole([*words, f"{SEED}={seed}"], number)
        return (Path(whole.hydra.sweep.dir) / str(whole.hydra.sweep.subdir)).absolute()

    @property
    def numbered(self) -> bool:
        """Whether every job's folder has a number, and so none is that of another."""
        return "hydra.job.num" in self._subdir or "hydra.job.id" in self._subdir

    @property
    def subdir(self) -> str:
        """hydra.sweep.subdir, as it was typed."""
        return self._subdir

    def _composed(self, words, seed):
        """A Ready, and True if those of other seeds are copies of it, None if that is not known."""
        whole = self.whole([*words, f"{SEED}={seed}"])
        task = task_of(whole)
        return ready(task, whole.hydra), None if _may_ask_for_the_seed(task) else True


PURE = ("either", "pick", "project")  # of this project's resolvers (schema.py)


def _may_ask_for_the_seed(task):
    """Whether an interpolation of a configuration may lead to its seed: all but plain names of other settings may."""
    for text in texts(OmegaConf.to_container(task, resolve=False)):
        asked = re.findall(r"\$\{\s*([^}:,$]*)(:?)", text)
        plain = all(name in PURE if call else re.fullmatch(NAME, name) for name, call in asked)
        if asked and ("seed" in text or not plain):
            return True
    return False


def _at_seed(made, seed):
    """The same at another seed."""
    config = {**made.config, "seed": {**made.config["seed"], "value": seed}}
    words = [f"{SEED}={seed}" if word.startswith(f"{SEED}=") else word for word in made.words]
    return replace(made, config=config, words=words)


# What a scenario proposes → the setting that takes it up, unless another choice stands there.
TAKEN_UP = {
    "scenario.optimizer": "optimizer.name",
    "scenario.learning_rate": "optimizer.learning_rate",
    "scenario.optimizer_settings": "optimizer.settings",
    "scenario.shuffle": "framework.shuffle",
}


def _idle(words, config):
    """A sentence for every proposal that was typed and that another choice overrules."""
    flat, sentences = leaves(config), []
    for word in words:
        name = word.lstrip("+").partition("=")[0]
        proposal = next((setting for setting in TAKEN_UP if name == setting or name.startswith(f"{setting}.")), None)
        taken = proposal and TAKEN_UP[proposal] + name[len(proposal) :]
        if proposal and name in flat and flat[name] != flat.get(taken):
            sentences.append(
                f"{word.lstrip('+')} takes no part, since {taken.partition('.')[0]} is chosen otherwise; allowed: "
                f"{name} with optimizer=as_asked and a path's own shuffle; the nearest valid choice is "
                f"{'+' if taken.startswith('optimizer.settings.') else ''}{taken}={word.partition('=')[2]}."
            )
    buffer = config["framework"]["shuffle_buffer"]
    typed = any(word.startswith("framework.shuffle_buffer=") for word in words)
    if typed and buffer is not None and config["framework"]["shuffle"] != "buffer":
        sentences.append(
            f"framework.shuffle_buffer={buffer} takes no part with framework.shuffle={config['framework']['shuffle']}; "
            "allowed: with framework.shuffle=buffer; the nearest valid choice is framework.shuffle=buffer."
        )
    return sentences


def _scenario_file(hydra):
    """The scenario's YAML as it stands in the file, before any override."""
    name = hydra.runtime.choices["scenario"]
    files = [Path(s.path) / "scenario" / f"{name}.yaml" for s in hydra.runtime.config_sources if s.schema == "file"]
    return OmegaConf.to_container(OmegaConf.load(next(file for file in files if file.exists())))
