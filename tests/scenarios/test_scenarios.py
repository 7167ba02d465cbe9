"""What each scenario declares, held against what runs of it show."""

import numpy as np
import pytest

INVARIANT = "decoder_kernel_is_encoder_kernel_transposed"


@pytest.mark.parametrize("framework", ["keras", "tf_keras", "train_step", "custom_loop"])
@pytest.mark.parametrize("variant", ["frozen_copy", "tied_call", "transposable"])
def test_only_the_frozen_copy_breaks_the_tie_and_from_the_first_epoch(train, client, variant, framework):
    run = train(f"variant={variant}", f"framework={framework}", "scenario.epochs=5")
    found = run.result["invariants"][INVARIANT]
    if variant == "frozen_copy":
        assert not found["holds"]
        assert found["first_broken_epoch"] == 1
        assert run.result["metrics"]["decoder_moved"] < 1e-6
        assert run.result["metrics"]["encoder_moved"] > 1e-3
        assert client.get_run(run.result["run_id"]).data.tags[f"invariant.{INVARIANT}"] == "broken since epoch 1"
    else:
        assert found["holds"]
        assert found["gap"] < 1e-6
        assert run.result["metrics"]["decoder_moved"] > 1e-3


def test_the_tied_autoencoder_reaches_the_spread_of_its_data(train):
    run = train("variant=transposable", "framework=custom_loop")
    assert run.result["converged"]
    assert run.result["outcome"] < 1 / 12  # the variance of uniform numbers


def test_the_moving_average_learns_its_formula(train):
    run = train("scenario=ewma_rnn", "framework=tf_keras", "scenario.epochs=2")
    assert run.result["converged"]
    found = [run.result["metrics"][name] for name in ("kernel", "recurrent", "bias")]
    np.testing.assert_allclose(found, [0.2, 0.8, 0.0], atol=0.01)


def test_the_embedding_recovers_the_sources(train):
    run = train(
        "scenario=embedding",
        "framework=tf_keras",
        "scenario.settings.observations=40",
        "scenario.batch_size=50",
    )
    assert run.result["converged"]
    assert run.result["metrics"]["embedding_correlation"] > 0.999


def test_the_loop_outside_settles_on_the_pareto_distribution(train):
    run = train("scenario=gpd", "framework=custom_loop", "seed.value=1")
    assert run.result["converged"]
    assert abs(run.result["metrics"]["gamma"] - 0.4) < 0.05
    assert abs(run.result["metrics"]["sigma"] - 2.0) < 0.05


def test_the_pareto_fit_turns_negative_under_fit(train):
    run = train("scenario=gpd", "framework.package=keras", "scenario.epochs=200")
    assert run.result["metrics"]["gamma"] < 0
    assert not run.result["converged"]


@pytest.mark.parametrize("framework", ["keras", "tf_keras", "train_step", "custom_loop"])
def test_both_ways_to_write_the_input_shape_train(train, framework):
    small = [
        "scenario.settings.rows=300",
        "scenario.settings.window=50",
        "scenario.epochs=1",
        "seed=per_op",
        f"framework={framework}",
    ]
    outcomes = [
        train("scenario=input_shape", f"variant={variant}", *small).result["outcome"]
        for variant in ("with_input_shape", "without_input_shape")
    ]
    assert all(np.isfinite(outcomes))
