"""Values are set as Hydra sets them, and what is wrong with them is said as Hydra says it."""

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf

from src.config.composer import Composer, task_of

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


@pytest.mark.parametrize("word", ["scenario.epoch=3", "optimizer.settings.momentum=1", "scenario.epochs=[", "a.b=1"])
def test_what_is_wrong_with_a_value_is_said_by_hydra(hydra, word):
    said = []
    for whole in (Composer(*hydra).whole, lambda words: hydra[1].load_sweep_config(hydra[0], words)):
        with pytest.raises(HydraException) as raised:
            whole(["scenario=input_shape", word])
        said.append((type(raised.value), str(raised.value)))
    assert said[0] == said[1]
