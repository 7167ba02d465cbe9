"""The cause of a difference that is small beside the spread of seeds, by a thousand seeds at once."""

import json

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import call

pytestmark = pytest.mark.stacks

COMMON = ["scenario=averaging", "framework=ensemble"]
IDLE = ["scenario.optimizer_settings.ema_momentum=0.9", "framework.shuffle=buffer", "framework.shuffle_buffer=200"]


def trained(store, folder, *words):
    done = call("-m", *COMMON, *words, "seed.value=0,1", *store, f"hydra.sweep.dir={folder}")
    assert done.returncode == 0, done.stderr
    return json.loads(next(folder.glob("*/result.json")).read_text())["run_id"]


def explained(*words):
    done = call(*words, module="src.explain")
    assert done.returncode == 0, done.stderr
    run_id = done.stdout.rpartition("run   ")[2].split()[0]
    return json.loads((PROJECT / "multirun" / "explanations" / run_id / "explanation.json").read_text())


def test_the_cause_of_half_a_deviation_is_found(store, tmp_path):
    good = trained(store, tmp_path / "good", "optimizer.learning_rate=0.05")
    bad = trained(store, tmp_path / "bad", "optimizer.learning_rate=0.055", *IDLE)
    words = [f"good={good}", f"bad={bad}", "sweep.margin=1e-4", *store]
    found = explained(*words)
    assert [factor["factor"] for factor in found["cause"]] == ["optimizer.learning_rate"]
    assert len(found["factors"]) > 1
    assert max(test["seeds"] for test in found["tests"]) >= 100
    again = explained(*words)
    assert (again["cause"], again["trainings"]) == (found["cause"], 0)
