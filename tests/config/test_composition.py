"""A side is read once, unless a setting of it follows the seed; and values are set as Hydra sets them."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from src.config import PROJECT, register
from src.config.composition import Compositions, task_of

ASKS = ["${seed.value}", "[1,{a:'${seed.value}'}]", "${oc.select:seed.value}", "${scenario.settings.data_seed}"]


@pytest.fixture
def hydra():
    """Hydra's configuration of a sweep, and its loader."""
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader.load_configuration("config", ["scenario=input_shape"], run_mode=RunMode.MULTIRUN), loader


@pytest.fixture
def composed(monkeypatch, hydra):
    """Compose a side at the seeds 0, 1 and 2; return the settings at each, and how often it was composed."""

    def at_seeds(*words):
        compositions, composings = Compositions(*hydra), []
        whole = compositions.whole
        monkeypatch.setattr(compositions, "whole", lambda *how: composings.append(how) or whole(*how))
        made = [compositions.ready(["scenario=input_shape", *words], seed) for seed in range(3)]
        assert [one.config["seed"]["value"] for one in made] == [0, 1, 2]
        return [one.config["scenario"]["settings"] for one in made], len(composings)

    return at_seeds


def test_where_nothing_follows_the_seed_it_is_composed_once(composed):
    settings, count = composed()
    assert settings[0] == settings[1] == settings[2]
    assert count == 1


@pytest.mark.parametrize("value", ASKS)
def test_what_follows_the_seed_is_composed_at_each(composed, value):
    settings, count = composed("scenario.settings.data_seed=${seed.value}", f"+scenario.settings.more={value}")
    assert [one["data_seed"] for one in settings] == [0, 1, 2]
    assert settings[0]["more"] != settings[2]["more"]
    assert count == 3


VALUES = [
    [],
    ["seed.value=7"],
    ["scenario.epochs=3", "++optimizer.settings.momentum=0.9", "seed=shared", "seed.value=7"],
    ["++optimizer.settings.momentum=0.9", "++optimizer.settings={nesterov:true}", "optimizer.learning_rate=1e-3"],
    ["++optimizer.settings={nesterov:true}", "+optimizer.settings.momentum=0.5"],
    ["scenario.variants=[a,b]", "variant=b", "scenario.settings.data_seed=${seed.value}", "seed.value=-1"],
    ["framework=keras", "runtime=tf2_4", "framework.shuffle=none", "scenario.name='a=b, c'"],
    ["scenario.name=${hydra:runtime.choices.seed}", "seed=shared", "scenario.epochs=3"],
    ["~variant", "scenario.epochs=3"],
]


@pytest.mark.parametrize("words", VALUES)
def test_values_are_set_as_hydra_sets_them(hydra, words):
    ours = Compositions(*hydra)
    ours.whole([*words, "scenario.epochs=9"])  # which leaves nothing behind
    made, hydras = ours.whole(words), hydra[1].load_sweep_config(hydra[0], words)
    HydraConfig.instance().set_config(hydras)
    assert OmegaConf.to_yaml(task_of(made), resolve=True) == OmegaConf.to_yaml(task_of(hydras), resolve=True)
    assert made.hydra.overrides.task == hydras.hydra.overrides.task


@pytest.mark.parametrize("word", ["scenario.epoch=3", "optimizer.settings.momentum=1", "scenario.epochs=[", "a.b=1"])
def test_what_is_wrong_with_a_value_is_said_by_hydra(hydra, word):
    said = []
    for whole in (Compositions(*hydra).whole, lambda words: hydra[1].load_sweep_config(hydra[0], words)):
        with pytest.raises(HydraException) as raised:
            whole(["scenario=input_shape", word])
        said.append((type(raised.value), str(raised.value)))
    assert said[0] == said[1]
