"""The reference's formulas against a second implementation, optax, in the runtime that has it."""

import json
import os
import subprocess

import numpy as np
import pytest

from seedluck.basics.project import PROJECT, SOURCES
from seedluck.runtimes.installation import ensure
from seedluck_worker.formulas import losses, optimizers, schedules

STEPS = 12
PROGRAM = """
import json, sys
import jax, jax.numpy as jnp, numpy as np, optax
jax.config.update("jax_enable_x64", True)
from tests.formulas.given import OPTIMIZERS, LOSSES, SCHEDULES, PAIRS, gradient, START
found = {}
for name, (_, _, make) in OPTIMIZERS.items():
    one = eval(make)
    weight, state = jnp.asarray(START), one.init(jnp.asarray(START))
    for step in range(%d):
        update, state = one.update(gradient(jnp, weight, step), state, weight)
        weight = weight + update
    found[name] = weight.tolist()
for name, (_, pair, settings, make) in LOSSES.items():
    y, p = (jnp.asarray(array) for array in PAIRS[pair])
    found[name] = eval(make).tolist()
for name, (_, _, make) in SCHEDULES.items():
    found[name] = [float(eval(make)(step)) for step in range(30)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def by_optax(composed):
    python = ensure(composed("runtime=keras_jax", "framework=reference")["runtime"])
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    asked = [python, "-c", PROGRAM % STEPS]
    done = subprocess.run(asked, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


from tests.formulas.given import LOSSES, OPTIMIZERS, PAIRS, SCHEDULES, START, gradient


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_that_of_optax(by_optax, name):
    kind, settings, _ = OPTIMIZERS[name]
    np.testing.assert_allclose(updated(kind, 0.01, **settings), by_optax[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_that_of_optax(by_optax, name):
    kind, pair, settings, _ = LOSSES[name]
    y, p = PAIRS[pair]
    np.testing.assert_allclose(losses.LOSSES[kind](np, y, p, **settings), by_optax[name], rtol=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_that_of_optax(by_optax, name):
    kind, config, _ = SCHEDULES[name]
    rate = schedules.schedule(np, {"class_name": kind, "config": config})
    np.testing.assert_allclose([float(rate(n)) for n in range(30)], by_optax[name], rtol=1e-6)


def updated(kind, rate, **settings):
    """START after STEPS updates by the formula of this name."""
    weight = np.array(START)
    state = optimizers.begun(kind, settings, weight)
    for step in range(STEPS):
        weight, state = optimizers.OPTIMIZERS[kind][0](
            np, weight, gradient(np, weight, step), state, step + 1.0, rate, **settings
        )
    return weight


def test_nadam_is_the_algorithm_of_its_paper():
    """Dozat 2016, algorithm 2, written down line by line."""
    weight, mean, square, product = np.array(START), 0.0, 0.0, 1.0
    beta_1, beta_2, rate, epsilon = 0.9, 0.999, 0.01, 1e-7
    for step in range(STEPS):
        g = gradient(np, weight, step)
        mu, following = (beta_1 * (1 - 0.5 * 0.96 ** ((step + i) / 250)) for i in (1, 2))
        product = product * mu
        mean = beta_1 * mean + (1 - beta_1) * g
        square = beta_2 * square + (1 - beta_2) * g * g
        m_hat = following * mean / (1 - product * following) + (1 - mu) * g / (1 - product)
        weight = weight - rate * m_hat / (np.sqrt(square / (1 - beta_2 ** (step + 1))) + epsilon)
    np.testing.assert_allclose(updated("nadam", rate), weight, rtol=1e-12)


def test_an_epsilon_beside_the_root_is_another_formula_than_one_inside():
    inside, beside = (updated("rmsprop", 0.01, epsilon=0.1, epsilon_within_root=within) for within in (True, False))
    assert np.abs(inside - beside).max() > 1e-3


def test_gradients_are_clipped_each_or_all_together_or_entry_by_entry():
    gradients = [np.array([3.0, 4.0]), np.array([0.0, 12.0])]
    lengths = [np.linalg.norm(one) for one in optimizers.clipped(np, gradients, clipnorm=5.0)]
    assert lengths == pytest.approx([5, 5])
    together = np.concatenate(optimizers.clipped(np, gradients, global_clipnorm=6.5))
    np.testing.assert_allclose(together, np.array([3, 4, 0, 12]) / 2)
    np.testing.assert_array_equal(optimizers.clipped(np, gradients, clipvalue=3.5)[0], [3, 3.5])
    assert optimizers.clipped(np, gradients) is gradients


def test_targets_meet_the_prediction_of_their_own_row():
    y, p = np.arange(4.0), np.arange(4.0)[:, None]
    assert losses.LOSSES["mse"](np, losses.aligned("mse", y, p), p).max() == 0
    assert losses.aligned("mse", y[:, None], p[:, 0]).shape == (4,)
