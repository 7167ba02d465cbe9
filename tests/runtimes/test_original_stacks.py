"""Published figures, reproduced on the stack of the question; the tolerances are for other random numbers.

Nothing here is skipped: a runtime that is missing is installed.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.stacks
ORIGINAL = "runtime=tf1_13"


@pytest.fixture(scope="module")
def estimator(train):
    return train(ORIGINAL, "scenario=embedding", "framework=estimator")


def test_the_keras_inside_tensorflow_learns_the_embedding(train):
    run = train(ORIGINAL, "scenario=embedding", "framework=tf_keras")
    assert run.result["outcome"] < 2e-4  # published: 8.79e-5


def test_the_estimator_does_not(estimator):
    assert abs(estimator.result["metrics"]["evaluated_loss"] - 5.0132) < 0.02
    assert abs(estimator.result["outcome"] - 0.9287) < 0.01
    columns = estimator.weights("final")["sources/embeddings"].var(axis=0, ddof=1)
    assert np.all((columns > 1e-4) & (columns < 3e-4))  # published: 1.28e-4 to 2.29e-4
    assert 0.6 < estimator.result["metrics"]["embedding_correlation"] < 0.85  # published: 0.68 to 0.78


def test_the_estimator_does_once_the_rank_of_its_targets_is_expanded(train):
    run = train(ORIGINAL, "scenario=embedding", "framework=estimator", "framework.targets=expanded")
    assert run.result["outcome"] < 2e-4


def moving_averages(train, *overrides, seeds=10):
    return [
        train(ORIGINAL, "scenario=ewma_rnn", "scenario.epochs=1", f"seed.value={seed}", *overrides)
        for seed in range(seeds)
    ]


def test_the_moving_average_of_the_keras_inside_tensorflow_stays_finite_and_repeats_itself(train):
    runs = moving_averages(train, "framework=tf_keras")
    assert not any(run.result["diverged"] for run in runs)
    again = train(ORIGINAL, "scenario=ewma_rnn", "scenario.epochs=1", "framework=tf_keras", "seed.value=0")
    for name, weight in runs[0].weights("final").items():
        np.testing.assert_array_equal(weight, again.weights("final")[name])


def test_the_moving_average_of_standalone_keras_goes_to_nan_and_does_not_repeat_itself(train):
    first = moving_averages(train, "framework=keras")
    second = moving_averages(train, "framework=keras", seeds=3)
    assert sum(run.result["diverged"] for run in first) >= 2
    pairs = [(one.weights("final"), two.weights("final")) for one, two in zip(first, second, strict=False)]
    assert any(not np.array_equal(one[name], two[name], equal_nan=True) for one, two in pairs for name in one)


def test_with_resource_variables_it_stays_finite(train):
    runs = moving_averages(train, "framework=keras", "framework.variables=resource")
    assert not any(run.result["diverged"] for run in runs)


def test_with_and_without_input_shape_the_losses_are_equal_to_the_last_bit(train):
    curves = []
    for variant in ("with_input_shape", "without_input_shape"):
        run = train(
            ORIGINAL, "scenario=input_shape", "framework=tf_keras", f"variant={variant}", "seed=per_op",
            "optimizer=tf_train_rmsprop", "optimizer.learning_rate=0.0005", "scenario.settings.rows=3000",
            "scenario.epochs=3",
        )  # fmt: skip
        curves.append([event["metrics"].get("loss") for event in run.events if event["event"] == "metrics"])
    assert curves[0] == curves[1]
    assert len(set(curves[0])) == 4  # none before training, then three that differ


@pytest.mark.parametrize("runtime", ["tf2_4", "current"])
def test_the_pareto_fit_turns_negative_under_fit_and_settles_outside(train, runtime):
    within = train(f"runtime={runtime}", "scenario=gpd", "framework=train_step")
    outside = train(f"runtime={runtime}", "scenario=gpd", "framework=custom_loop")
    assert within.result["metrics"]["gamma"] < 0
    assert abs(outside.result["metrics"]["gamma"] - 0.4) < 0.05
    assert abs(outside.result["metrics"]["sigma"] - 2.0) < 0.05


@pytest.mark.parametrize("runtime", ["tf2_0", "tf2_4", "tf2_15", "current"])
def test_the_decoder_that_only_started_at_its_encoder_never_moves(train, runtime):
    run = train(f"runtime={runtime}", "framework=tf_keras", "variant=frozen_copy", "scenario.epochs=20")
    assert run.result["metrics"]["decoder_moved"] < 1e-6
    assert run.result["metrics"]["encoder_moved"] > 1e-3
    assert not run.result["invariants"]["decoder_kernel_is_encoder_kernel_transposed"]["holds"]


@pytest.mark.parametrize("runtime", ["keras_jax", "keras_torch"])
@pytest.mark.parametrize("scenario", ["tied_ae", "embedding", "input_shape", "ewma_rnn"])
def test_other_backends_train_every_scenario_that_offers_the_path(train, runtime, scenario):
    small = {
        "tied_ae": ["variant=tied_call", "scenario.epochs=5"],
        "embedding": ["scenario.settings.observations=10", "scenario.epochs=2"],
        "input_shape": ["scenario.settings.rows=500", "scenario.epochs=1"],
        "ewma_rnn": ["scenario.settings.samples=50", "scenario.epochs=1"],
    }
    run = train(f"runtime={runtime}", f"scenario={scenario}", "framework=keras", *small[scenario])
    assert run.result["status"] == "finished"
    assert np.isfinite(run.result["outcome"])


@pytest.mark.parametrize(("runtime", "differs"), [("keras3_4_1", True), ("keras3_5_0", False)])
def test_accumulated_gradients_are_not_a_large_batch_in_keras_3_4(train, runtime, differs):
    runs = [
        train(f"runtime={runtime}", "scenario=accumulation", f"variant={variant}", "framework=keras").weights("final")
        for variant in ("large_batch", "accumulated")
    ]
    gap = np.abs(runs[0]["line/kernel"] - runs[1]["line/kernel"]).max()
    assert (gap > 0.1) if differs else (gap < 1e-5)


@pytest.mark.parametrize(("runtime", "differs"), [("keras3_0_1", True), ("keras3_0_2", False)])
def test_averaged_weights_start_at_nothing_in_keras_3_0_1(train, runtime, differs):
    averaged = train(
        f"runtime={runtime}", "scenario=averaging", "framework=keras", "scenario.optimizer_settings.use_ema=true"
    )
    assert (averaged.result["outcome"] > 0.15) == differs
    assert (averaged.result["outcome"] < 0.05) != differs


@pytest.mark.parametrize(("runtime", "framework", "rate"), [("tf1_13", "keras", 1.0), ("tf2_15", "tf_keras", 0.001)])
def test_what_adadelta_takes_for_its_rate_is_told(train, client, runtime, framework, rate):
    run = train(
        f"runtime={runtime}", "scenario=adadelta", f"framework={framework}", "optimizer.learning_rate=null",
        "scenario.epochs=1",
    )  # fmt: skip
    params = client.get_run(run.result["run_id"]).data.params
    told = params.get("resolved.optimizer.learning_rate", params.get("resolved.optimizer.lr"))
    assert float(told) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("words", "settled"),
    [
        (["scenario=embedding", "framework=estimator", "scenario.epochs=1"], {"targets": "as_given"}),
        (["scenario=embedding", "framework=tf_keras", "scenario.epochs=1"], {"targets": "expanded"}),
        (["scenario=ewma_rnn", "framework=keras", "scenario.settings.samples=5"], {"variables": "reference"}),
        (["scenario=ewma_rnn", "framework=tf_keras", "scenario.settings.samples=5"], {"variables": "resource"}),
    ],
)
def test_what_was_left_to_path_and_package_is_told(train, client, words, settled):
    run = train(ORIGINAL, *words)
    params = client.get_run(run.result["run_id"]).data.params
    for name, value in settled.items():
        assert params[f"resolved.framework.{name}"] == value


@pytest.mark.parametrize("seed", ["global", "shared"])
@pytest.mark.parametrize("shuffle", ["none", "each_epoch"])
def test_an_estimator_trains_every_epoch_where_batches_do_not_divide_the_rows(train, seed, shuffle):
    words = ["scenario=embedding", "runtime=tf2_15", f"seed={seed}", f"framework.shuffle={shuffle}"]
    few = [
        "scenario.settings.observations=1",
        "scenario.batch_size=20",
        "scenario.epochs=3",
        "framework.targets=expanded",
    ]
    run = train(*words, *few, "framework=estimator")  # 50 rows
    steps = [(event["epoch"], event["step"]) for event in run.events if event["event"] == "progress"]
    assert run.result["epochs"] == 3
    assert all(step <= 3 for _, step in steps)
    if (seed, shuffle) == ("shared", "each_epoch"):
        loop = train(*words, *few, "framework=custom_loop")
        for name, weight in loop.weights("final").items():
            np.testing.assert_allclose(run.weights("final")[name], weight, rtol=1e-4, atol=1e-6)
        losses = [[e["metrics"]["loss"] for e in one.events if e["event"] == "metrics" and e["epoch"]][:3]
                  for one in (run, loop)]  # fmt: skip
        np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("runtime", ["tf2_0", "tf1_15", "current"])
def test_a_recurrent_model_of_stacked_cells_trains(train, runtime):
    run = train("scenario=stacked", f"runtime={runtime}", "framework=tf_keras")
    assert run.result["status"] == "finished", run.result["reason"]
    assert np.isfinite(run.result["metrics"]["loss"])


def test_what_tensorflow_2_0_says_of_stacked_cells_that_drop_is_kept(train):
    run = train("scenario=stacked", "variant=dropping", "runtime=tf2_0", "framework=tf_keras")
    assert run.result["status"] == "failed"
    assert "_SymbolicException" in run.result["reason"]  # and not that its callbacks saw no loss
    assert train("scenario=stacked", "variant=dropping", "framework=tf_keras").result["status"] == "finished"
