"""A loss given by its Keras name trains the same model along every path."""

import numpy as np
import pytest

from tests.conftest import OWN, call

BINARY = ["scenario.settings.loss=binary_crossentropy", "scenario.settings.classes=1"]
SPARSE = ["scenario.settings.loss=sparse_categorical_crossentropy", "scenario.settings.classes=3"]
DENSE = ["scenario.settings.loss=categorical_crossentropy", "scenario.settings.classes=3"]
ROWS = [f"scenario.settings.loss={name}" for name in ("mean_absolute_error", "hinge", "kl_divergence")]


CASES = [(loss, package) for loss in (BINARY, SPARSE) for package in ("tf_keras", "keras")]
CASES += [(loss, "keras") for loss in (DENSE, *([one, "scenario.settings.classes=1"] for one in ROWS))]


@pytest.mark.parametrize(("loss", "package"), CASES)
def test_the_paths_end_at_the_same_weights(train, loss, package):
    common = ["scenario=classes", "seed=shared", "framework.shuffle=none", *loss]
    first = train(*common, f"framework={package}").weights("final")
    for framework in ("train_step", "custom_loop"):
        run = train(*common, f"framework={framework}", f"framework.package={package}")
        assert run.result["status"] == "finished", run.result["reason"]
        for name, weight in run.weights("final").items():
            np.testing.assert_allclose(weight, first[name], rtol=1e-4, atol=1e-6)


def test_a_loss_that_is_none_is_refused_before_it_trains(store, tmp_path):
    for framework in ("custom_loop", "train_step", "keras"):
        words = [f"--config-dir={OWN}", "scenario=classes", f"framework={framework}", "scenario.settings.loss=hing"]
        done = call(*words, f"hydra.run.dir={tmp_path}/run", *store)
        assert done.returncode == 2, framework
        assert "scenario.loss is 'hing'; allowed: " in done.stderr
        assert done.stderr.lower().endswith("the nearest valid choice is hinge.\n")
        assert list(tmp_path.iterdir()) == []
