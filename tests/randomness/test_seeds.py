"""Draws that NumPy makes in place of a framework's initializer follow that initializer's distribution."""

import numpy as np
import pytest

from seedluck_worker.randomness.seeds import Seeds, draw

SHAPE = (300, 200)
CASES = {
    # name: (lowest, highest, standard deviation), from the definitions in the Keras documentation
    "glorot_uniform": (-np.sqrt(6 / 500), np.sqrt(6 / 500), np.sqrt(2 / 500)),
    "he_uniform": (-np.sqrt(6 / 300), np.sqrt(6 / 300), np.sqrt(2 / 300)),
    "lecun_uniform": (-np.sqrt(3 / 300), np.sqrt(3 / 300), np.sqrt(1 / 300)),
    "glorot_normal": (-2 * np.sqrt(2 / 500) / 0.8796, 2 * np.sqrt(2 / 500) / 0.8796, np.sqrt(2 / 500)),
    "he_normal": (-2 * np.sqrt(2 / 300) / 0.8796, 2 * np.sqrt(2 / 300) / 0.8796, np.sqrt(2 / 300)),
    "random_uniform": (-0.05, 0.05, 0.05 / np.sqrt(3)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_draw_has_the_range_and_deviation_of_its_name(name):
    lowest, highest, deviation = CASES[name]
    values = draw(name, SHAPE, np.random.RandomState(1))
    assert values.min() >= lowest * 1.0001
    assert values.max() <= highest * 1.0001
    assert values.max() > 0.99 * highest
    assert abs(values.mean()) < 4 * deviation / np.sqrt(values.size)
    assert abs(values.std() / deviation - 1) < 0.01


def test_a_normal_draw_takes_its_mean_and_deviation():
    values = draw("random_normal", SHAPE, np.random.RandomState(1), mean=3.0, stddev=2.0)
    assert abs(values.mean() - 3) < 0.04
    assert abs(values.std() - 2) < 0.03


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_an_orthogonal_draw_is_orthogonal(shape):
    matrix = draw("orthogonal", shape, np.random.RandomState(1))
    product = matrix @ matrix.T if shape[0] < shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-12)


def test_an_initializer_that_has_no_definition_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'identity'.*allowed: .*zeros"):
        draw("identity", (3, 3), np.random.RandomState(1))


def test_one_seed_gives_every_layer_a_seed_of_its_own_and_again_the_same():
    first, second = ([seeds.op() for _ in range(50)] for seeds in (Seeds("per_op", 7), Seeds("per_op", 7)))
    assert first == second
    assert len(set(first)) == 50
    assert Seeds("per_op", 8).op() not in first
    assert Seeds("global", 7).op() is None
