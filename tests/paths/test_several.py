"""Several inputs and outputs, weights of rows, and callbacks of one's own."""

import numpy as np
import pytest

COMMON = ["scenario=several", "seed=shared", "framework.shuffle=each_epoch"]
PATHS = [
    ["framework=tf_keras"],
    ["framework=keras", "framework.input=dataset"],
    ["framework=keras", "framework.input=generator"],
    ["framework=train_on_batch", "framework.package=keras"],
    ["framework=custom_loop", "framework.package=keras"],
]


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_every_path_ends_at_the_same_weights(train, words):
    first, run = train(*COMMON, "framework=keras"), train(*COMMON, *words)
    assert run.result["status"] == "finished", run.result["reason"]
    for name, weight in run.weights("final").items():
        np.testing.assert_allclose(weight, first.weights("final")[name], rtol=1e-4, atol=1e-6)


def test_the_weights_of_rows_can_be_left_out(train):
    with_them = train(*COMMON, "framework=keras").weights("final")
    without = train(*COMMON, "framework=keras", "framework.sample_weight=none").weights("final")
    assert not np.allclose(with_them["hidden/kernel"], without["hidden/kernel"], rtol=1e-4)


def test_a_callback_of_ones_own_sees_every_epoch_once(train, tmp_path):
    for seed, told in (("shared", tmp_path / "shared"), ("global", tmp_path / "global")):
        asked = f"framework.callbacks=[{{class_name: resetting.ResetStates, config: {{told: '{told}'}}}}]"
        run = train(
            "scenario=ewma_rnn",
            "scenario.epochs=3",
            "scenario.settings.samples=100",
            "framework=keras",
            f"seed={seed}",
            asked,
        )
        assert run.result["status"] == "finished", run.result["reason"]
        assert told.read_text() == "0\n1\n2\n"
