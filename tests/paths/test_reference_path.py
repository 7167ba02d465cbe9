"""The path ``reference`` against closed forms, and against itself where two ways must be one."""

import numpy as np
import pytest

OWN_WAY = ("runtime=keras_jax", "framework=reference", "seed=shared")


def test_it_ends_where_least_squares_does(train):
    run = train("scenario=averaging", *OWN_WAY, "scenario.epochs=1000", "scenario.batch_size=256")
    assert run.result["outcome"] < 1e-9  # float64, all rows in every step


def test_accumulated_parts_are_the_whole_batch(train):
    whole, parts = (
        train("scenario=accumulation", *OWN_WAY, f"variant={variant}").weights("final")["line/kernel"]
        for variant in ("large_batch", "accumulated")
    )
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_its_average_is_that_of_its_weights(train):
    words = ("scenario=averaging", *OWN_WAY, "job.steps=160", "++scenario.optimizer_settings.use_ema=true")
    run = train(*words)
    average = run.weights("initial")["line/kernel"]
    for step in range(1, 161):
        average = 0.99 * average + 0.01 * run.weights(f"step_{step:05d}")["line/kernel"]
    np.testing.assert_allclose(run.weights("final")["line/kernel"], average, rtol=1e-12)


def test_a_stateful_layer_keeps_its_state(train):
    run = train("scenario=ewma_rnn", *OWN_WAY)
    assert run.result["outcome"] < 1e-4
    assert run.weights("final")["unit/recurrent_kernel"] == pytest.approx(0.8, abs=1e-4)


def test_a_loss_that_is_summed_otherwise_is_refused(train):
    asked = "scenario.loss={class_name: MeanSquaredError, config: {reduction: sum}}"
    run = train("scenario=tied_ae", *OWN_WAY, "scenario.epochs=1", asked)
    assert run.result["status"] == "failed"
    assert "has reduction 'sum'; allowed: None, auto, sum_over_batch_size" in run.result["reason"]


def test_what_has_no_formula_is_refused_in_a_sentence(train):
    run = train("scenario=tied_ae", *OWN_WAY, "optimizer=adafactor", "optimizer.learning_rate=0.1")
    assert run.result["status"] == "failed"
    assert run.result["reason"].count("allowed: ") == 1
    assert "adafactor" in run.result["reason"]
