"""Values are set as Hydra sets them, and what is wrong with them is said as Hydra says it."""

import re
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf

from seedluck.config.composer import Composer, task_of

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
    ours = Composer(*hydra)
    ours.whole([*words, "scenario.epochs=9"])  # which leaves nothing behind
    made, hydras = ours.whole(words), hydra[1].load_sweep_config(hydra[0], words)
    HydraConfig.instance().set_config(hydras)
    assert OmegaConf.to_yaml(task_of(made), resolve=True) == OmegaConf.to_yaml(task_of(hydras), resolve=True)
    assert made.hydra.overrides.task == hydras.hydra.overrides.task


def test_hydra_composes_each_choice_once(hydra, monkeypatch):
    count, load = [], hydra[1].load_sweep_config
    monkeypatch.setattr(hydra[1], "load_sweep_config", lambda *how: count.append(how) or load(*how))
    ours = Composer(*hydra)
    for words in (
        ["seed.value=1"],
        ["seed.value=2", "scenario.epochs=3"],
        ["seed=shared"],
        ["seed=shared", "seed.value=3"],
    ):
        ours.whole(words)
    assert len(count) == 2


def test_the_time_in_a_folders_name_is_that_of_the_sweep(hydra):
    ours = Composer(*hydra)
    ours.whole(["seed.value=0"])  # before anybody asked the sweep for its folder
    folders = {Path(hydra[0].hydra.sweep.dir)}
    folders |= {Path(ours.whole([f"seed.value={seed}"]).hydra.sweep.dir) for seed in range(3)}
    assert len(folders) == 1
    assert re.search(r"\d\d-\d\d-\d{6}$", str(*folders))


@pytest.mark.parametrize("word", ["scenario.epoch=3", "optimizer.settings.momentum=1", "scenario.epochs=[", "a.b=1"])
def test_what_is_wrong_with_a_value_is_said_by_hydra(hydra, word):
    said = []
    for whole in (Composer(*hydra).whole, lambda words: hydra[1].load_sweep_config(hydra[0], words)):
        with pytest.raises(HydraException) as raised:
            whole(["scenario=input_shape", word])
        said.append((type(raised.value), str(raised.value)))
    assert said[0] == said[1]
