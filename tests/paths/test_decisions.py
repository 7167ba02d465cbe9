"""What a path decides is a factor: changing the factor changes what happens."""

import numpy as np
import pytest


def test_a_null_learning_rate_is_the_frameworks_own_and_recorded(train, client):
    run = train("optimizer=adadelta", "framework=tf_keras", "scenario.epochs=1")
    params = client.get_run(run.result["run_id"]).data.params
    assert params["optimizer.learning_rate"] == "None"
    assert float(params["resolved.optimizer.learning_rate"]) == pytest.approx(0.001)


def test_further_arguments_reach_the_optimizer(train, client):
    run = train("optimizer=sgd", "+optimizer.settings.momentum=0.9", "framework=keras", "scenario.epochs=1")
    assert client.get_run(run.result["run_id"]).data.params["resolved.optimizer.momentum"] == "0.9"


@pytest.mark.parametrize("framework", ["train_step", "custom_loop"])
def test_expanded_targets_are_what_turns_the_loss_into_all_pairs(train, framework):
    """With n targets of shape (n,), and answers of shape (n,), the loss sums n terms; with (n, 1), n times n."""
    losses = {}
    for targets in ("as_given", "expanded"):
        run = train(
            "scenario=gpd", f"framework={framework}", f"framework.targets={targets}", "framework.shuffle=none",
            "scenario.epochs=1", "seed=shared",
        )  # fmt: skip
        start = run.weights("initial")
        gamma, sigma = (float(start[name][0]) for name in ("gamma", "sigma"))
        level = np.arange(1, 1001) / 1001
        truth = 2.0 / 0.4 * ((1 - level) ** -0.4 - 1)
        answers = sigma / gamma * ((1 - level) ** -gamma - 1)
        given = truth if targets == "as_given" else truth[:, None]
        np.testing.assert_allclose(run.result["metrics"]["loss"], np.abs(given - answers).sum(), rtol=1e-3)
        losses[targets] = run.result["metrics"]["loss"]
    assert losses["expanded"] > 100 * losses["as_given"]


@pytest.mark.parametrize("shuffle", ["none", "each_epoch", "buffer"])
def test_shared_seeds_feed_the_same_rows_in_the_same_order_on_every_path(train, shuffle):
    # Plain gradient descent: the packages' Adadelta treat a row that stands twice in a batch differently.
    runs = [
        train(
            "scenario=embedding", "scenario.settings.observations=10", "scenario.epochs=2", "seed=shared",
            "optimizer=sgd", f"framework={framework}", f"framework.shuffle={shuffle}", "framework.shuffle_buffer=50",
        )
        for framework in ("keras", "tf_keras", "train_step", "custom_loop")
    ]  # fmt: skip
    expected = runs[0].weights("final")["sources/embeddings"]
    for run in runs[1:]:
        np.testing.assert_allclose(run.weights("final")["sources/embeddings"], expected, rtol=1e-5, atol=1e-8)


def test_weights_are_kept_every_so_many_epochs(train):
    run = train("framework=custom_loop", "scenario.epochs=5", "job.weights_every=2")
    kept = sorted(path.name for path in (run.folder / "weights").iterdir())
    assert kept == ["epoch_00002.npz", "epoch_00004.npz", "final.npz", "initial.npz"]
    assert set(run.weights("epoch_00002")) == set(run.weights("final"))
