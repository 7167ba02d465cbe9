"""Threefry gives the bits of its authors' known answers, and the same in every framework that is here."""

import subprocess

import numpy as np
import pytest

from seedluck.basics.project import SOURCES
from seedluck.runtimes.installation import ensure
from seedluck_worker.randomness.counters import NumPy, bits, uniform

# counter, key, first word of the answer: kat_vectors of Random123 1.14.0, threefry2x32 with 20 rounds
KNOWN = [
    ((0, 0), (0, 0), 0x6B200159),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), 0x1CB996FC),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), 0xC4923A9C),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    class FromThere(NumPy):
        range = staticmethod(lambda count: np.array([counter[0]], "int64"))

    assert bits(FromThere, key, counter[1], 1)[0] == answer


IN_FRAMEWORK = """
import numpy
from seedluck_worker.adapters.engines import EAGER
from seedluck_worker.randomness.counters import uniform
print(*numpy.asarray(uniform(EAGER["{}"]().numbers, (5, 7), 3, 100)).tolist())
"""


@pytest.mark.parametrize(
    ("runtime", "backend"),
    [
        ("current", "tensorflow"),
        pytest.param("tf1_15", "tensorflow", marks=pytest.mark.stacks),
        pytest.param("keras_jax", "jax", marks=pytest.mark.stacks),
        pytest.param("keras_torch", "torch", marks=pytest.mark.stacks),
    ],
)
def test_every_framework_computes_the_same(composed, runtime, backend):
    python = ensure(composed(f"runtime={runtime}")["runtime"])
    program = IN_FRAMEWORK.format(backend)
    if runtime == "tf1_15":
        program = program.replace("numpy.asarray(", "__import__('tensorflow').Session().run(")
    done = subprocess.run([python, "-c", program], cwd=SOURCES, capture_output=True, text=True, check=True)
    numbers = [float(word) for word in done.stdout.split()]
    np.testing.assert_array_equal(np.array(numbers, "float32"), uniform(NumPy, (5, 7), 3, 100))


def test_numbers_are_uniform_and_another_step_or_key_gives_others():
    numbers = uniform(NumPy, (1, 2), 0, 100_000)
    assert 0 <= numbers.min() < 1e-4
    assert 1 > numbers.max() > 1 - 1e-4
    assert abs(numbers.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 100_000)
    for other in (uniform(NumPy, (1, 2), 1, 100_000), uniform(NumPy, (1, 3), 0, 100_000)):
        assert abs(np.corrcoef(numbers, other)[0, 1]) < 0.015
