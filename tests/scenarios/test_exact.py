"""Two scenarios against gradient descent in float64, written down from their formulas."""

import numpy as np
import pytest

STEPS = 30
PATHS = [
    ("keras",),
    ("tf_keras",),
    ("train_step",),
    ("custom_loop",),
    ("train_step", "framework.package=keras"),
    ("custom_loop", "framework.package=keras"),
    ("custom_loop", "framework.execution=eager"),
    ("custom_loop", "framework.steps_per_execution=7"),
    ("keras", "framework.steps_per_execution=7"),
]


def assert_close(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert np.linalg.norm(found[name] - value) <= 1e-5 * np.linalg.norm(value), name


@pytest.mark.parametrize("path", PATHS, ids="-".join)
def test_tied_autoencoder(train, path):
    run = train(
        "scenario=tied_ae", "variant=tied_call", "seed=shared", "seed.value=5", f"scenario.epochs={STEPS}",
        f"framework={path[0]}", *path[1:],
    )  # fmt: skip
    x = np.random.RandomState(0).rand(16, 51).astype("float32").astype("float64")
    first = {name: value.astype("float64") for name, value in run.weights("initial").items()}
    k, b, c = first["encoder/kernel"], first["encoder/bias"], first["decoder/bias"]
    losses = []
    for _ in range(STEPS):
        code = x @ k + b
        error = code @ k.T + c - x
        losses.append(np.mean(error**2))
        slope = 2 * error / error.size  # of the mean squared error by the answers
        k, b, c = (
            k - 0.5 * (x.T @ (slope @ k) + slope.T @ code),  # the kernel acts twice
            b - 0.5 * (slope @ k).sum(axis=0),
            c - 0.5 * slope.sum(axis=0),
        )
    assert_close(run.weights("final"), {"encoder/kernel": k, "encoder/bias": b, "decoder/bias": c})
    reported = [event["metrics"]["loss"] for event in run.events if event["event"] == "metrics" and event["epoch"]]
    np.testing.assert_allclose(reported, losses, rtol=1e-5)


@pytest.mark.parametrize("path", PATHS[:4], ids="-".join)
def test_moving_average(train, path):
    run = train(
        "scenario=ewma_rnn", "seed=shared", "seed.value=2", f"scenario.settings.samples={STEPS}", "scenario.epochs=1",
        f"framework={path[0]}", *path[1:],
    )  # fmt: skip
    signal = np.random.RandomState(1337).rand(STEPS)
    kernel, recurrent, bias = (float(value.ravel()[0]) for value in run.weights("initial").values())
    state, average = 0.0, signal.mean()
    for sample in signal:
        average = 0.8 * average + 0.2 * sample
        before, state = state, kernel * sample + recurrent * state + bias
        slope = 2 * (state - average)  # the state before counts as given: gradients end with the batch
        kernel, recurrent, bias = (
            kernel - 0.1 * slope * sample,
            recurrent - 0.1 * slope * before,
            bias - 0.1 * slope,
        )
    found = [float(value.ravel()[0]) for value in run.weights("final").values()]
    np.testing.assert_allclose(found, [kernel, recurrent, bias], rtol=1e-5)
