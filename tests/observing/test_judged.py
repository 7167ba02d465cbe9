"""What an outcome says of a training, and that a loss which was not finite on the way is a failure."""

import json

import numpy as np
import pytest

from seedluck.tracking.reader import child
from seedluck_worker.observing.judged import judged
from tests.conftest import call

SCENARIO = """
import numpy as np
import tensorflow as tf
from seedluck_worker.scenarios import Data, Scenario

class Steep(Scenario):
    def data(self):
        return Data(np.ones((8, 1), "float32"), np.zeros((8, 1), "float32"))

    def model(self, kit, variant):
        inputs = kit.keras.layers.Input(shape=(1,))
        return kit.Model(inputs, kit.keras.layers.Dense(1, kernel_initializer="ones", name="line")(inputs))

    def loss(self, kit, targets, predictions, *weights):
        wall = tf.where(predictions > 0.9, float("inf") if variant_is_steep else 0.0, 0.0)
        return tf.reduce_mean((targets - predictions) ** 2 + wall)

    def measure(self, kit, model, data):
        return {"kernel": float(kit.weights(model)["line/kernel"].sum())}
"""
YAML = """
_target_: steep.Steep
name: steep
epochs: 3
batch_size: 8
optimizer: sgd
learning_rate: 0.1
metric: kernel
"""


@pytest.mark.parametrize("steep", [True, False])
def test_a_scenario_whose_loss_was_not_finite_on_the_way_has_failed(store, tmp_path, client, steep):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "steep.yaml").write_text(YAML)
    (tmp_path / "steep.py").write_text(SCENARIO.replace("variant_is_steep", str(steep)))
    words = ["scenario=steep", "framework=custom_loop", f"hydra.run.dir={tmp_path}/run"]
    done = call(f"--config-dir={tmp_path}", *words, *store)
    assert done.returncode == 0, done.stdout
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert np.isfinite(result["outcome"])
    assert result["diverged"] is steep
    assert len(child(client.get_run(result["run_id"])).ended) == 12


@pytest.mark.parametrize(
    ("outcome", "loss", "finite", "diverged", "converged"),
    [
        (0.5, 0.5, True, False, True),
        (0.5, 0.5, False, True, False),
        (np.nan, 0.5, True, True, False),
        (0.5, np.inf, True, True, False),
        (2.0, 0.5, True, False, False),
    ],
)
def test_what_is_said_of_an_outcome(outcome, loss, finite, diverged, converged):
    found = judged(outcome, loss, {"converged_below": 1.0, "converged_above": None}, finite)
    assert (found["diverged"], found["converged"]) == (diverged, converged)
