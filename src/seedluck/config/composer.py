"""Composes configurations: by Hydra, or many of them as Hydra does, but reading its files once a choice of groups.

Hydra takes a tenth of a second and more for a configuration, most of it for finding and merging files, and a sweep of
two sides asks for twenty that choose the same groups and differ in values. So what Hydra makes of the choices is kept,
and values are set in a copy of it, by the same function of OmegaConf that Hydra sets them with.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from seedluck.basics.project import PROJECT
from seedluck.config.schema import register
from seedluck_worker.shared.values import quoted

# An override that sets a value, and chooses no group: no group has a dot in its name.
SETS_A_VALUE = re.compile(r"(\+\+)?[A-Za-z_]\w*(\.\w+)+=")


@contextmanager
def loader():
    """Give Hydra's loader of this project's configuration."""
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3", job_name="seedluck"):
        yield GlobalHydra.instance().config_loader()


def composed(words: Iterable[str] = ()) -> DictConfig:
    """Return what Hydra composes of overrides and ``--config-dir=FOLDER``; other flags say nothing here.

    Raises what Hydra and OmegaConf raise of overrides that are wrong.
    """
    words = list(words)
    with loader():
        return compose("config", [*(word for word in words if not word.startswith("-")), *search_path(words)])


def search_path(words: Iterable[str]) -> list[str]:
    """Return the override that stands for every ``--config-dir=FOLDER`` among the words; none for none."""
    folders = [quoted(f"file://{word.partition('=')[2]}") for word in words if word.startswith("--config-dir=")]
    return [f"hydra.searchpath=[{','.join(folders)}]"] if folders else []


class Composer:
    """Composes the jobs of a sweep. master, loader: Hydra's configuration of the sweep, and its loader."""

    def __init__(self, master: DictConfig, loader):
        self._master, self._loader = master, loader
        self._chosen = {}  # overrides that end with a choice → what Hydra makes of them; None if values need Hydra too

    def whole(self, words: Sequence[str], number: int = 0) -> DictConfig:
        """Return the configuration of a job, Hydra's part included. words: its overrides. number: in the sweep.

        Raises what Hydra and OmegaConf raise of overrides that are wrong.
        """
        whole = self._with_values(list(words)) or self._by_hydra(words)
        with open_dict(whole):
            whole.hydra.job.id, whole.hydra.job.num = str(number), number
        HydraConfig.instance().set_config(whole)  # which ${hydra:...} asks
        return whole

    def _with_values(self, words):
        """The configuration by way of the choices; None where only Hydra can say what comes of the overrides, or what
        is wrong with them.
        """
        last = max((place for place, word in enumerate(words, 1) if not SETS_A_VALUE.match(word)), default=0)
        choices, values = tuple(words[:last]), words[last:]
        if any("hydra" in word for word in values):
            return None
        try:
            if choices not in self._chosen:
                whole = self._by_hydra(choices)
                self._chosen[choices] = None if _asks_hydra(whole) else whole
            if self._chosen[choices] is None:
                return None
            whole = copy.deepcopy(self._chosen[choices])
            OmegaConf.copy_cache(from_config=self._master, to_config=whole)  # or ${now:} would be another for each
            for override in OverridesParser.create().parse_overrides(values):
                if override.is_sweep_override():
                    return None
                OmegaConf.update(whole, override.key_or_group, override.value(), force_add=override.is_force_add())
        except (HydraException, OmegaConfBaseException):
            return None
        whole.hydra.overrides.task.extend(values)
        return whole

    def _by_hydra(self, words):
        return self._loader.load_sweep_config(self._master, list(words))


def task_of(whole: DictConfig) -> DictConfig:
    """Return a configuration without Hydra's own part."""
    return OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])


def texts(value: object) -> Iterator[str]:
    """Yield every text within dictionaries and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def _asks_hydra(whole):
    """Whether a configuration asks Hydra for something that depends on every override."""
    task = "\n".join(texts(OmegaConf.to_container(task_of(whole), resolve=False)))
    hydra = "\n".join(texts(OmegaConf.to_container(whole.hydra, resolve=False)))
    return "hydra" in task or "override_dirname" in hydra
