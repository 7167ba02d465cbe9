"""Which seeds are told to have failed."""

import numpy as np
import pytest

from seedluck.stats.failures import failed

NAN = float("nan")


def counts(a, b, limit=None):
    return tuple(int(side.sum()) for side in failed(np.array(a, float), np.array(b, float), limit))


@pytest.mark.parametrize("off", [8.0, 50.0, 1e6, -50.0, NAN, float("inf")])
def test_a_minority_beyond_a_gap_failed(off):
    a, b = np.random.default_rng(0).normal(size=(2, 50))
    b[:10] += off
    assert counts(a, b) == (0, 10)
    assert counts(b, a) == (10, 0)


@pytest.mark.parametrize("kind", ["normal", "exponential", "standard_t"])
def test_hardly_any_seed_of_one_distribution_failed(kind):
    generator, sweeps = np.random.default_rng(1), 300
    for seeds, most in ((5, 0.15), (20, 0.2), (50, 0.26)):
        arguments = {"df": 3} if kind == "standard_t" else {}
        draw = getattr(generator, kind)
        any_failed = sum(sum(counts(*draw(size=(2, seeds), **arguments))) > 0 for _ in range(sweeps))
        assert any_failed / sweeps <= (0.02 if kind == "normal" else most)


def test_a_third_that_lies_elsewhere_is_another_way_to_end():
    a, b = np.random.default_rng(2).normal(size=(2, 30))
    a[:12] += 100
    b[:12] += 100
    assert counts(a, b) == (0, 0)
    a[0] = NAN
    assert counts(a, b) == (1, 0)
    b[:10] = 1e6  # which lie beyond a gap of their own
    assert counts(a, b) == (1, 10)


def test_a_whole_side_that_lies_elsewhere_is_shifted():
    a, b = np.random.default_rng(4).normal(size=50), np.random.default_rng(5).normal(size=5) - 100
    assert counts(a, b) == counts(b, a) == (0, 0)


def test_the_rarer_of_two_values_failed_and_a_grid_is_no_failure():
    assert counts([0.5] * 50, [0.5] * 42 + [9.1] * 8) == (0, 8)
    assert counts([0.97] * 12 + [0.96, 0.98], [0.97] * 10 + [0.96, 0.96, 0.98, 0.98]) == (0, 0)
    assert counts([0.0] * 19 + [100.0], [0.0] * 10 + [1.0] * 10) == (1, 0)


def test_noise_of_rounding_changes_nothing():
    a, b = np.array([0.5] * 20), np.array([0.5] * 17 + [9.1, 9.2, 14.0])
    noise = 1e-9 * np.random.default_rng(3).normal(size=20)
    assert counts(a, b) == counts(a + noise, b - noise) == (0, 3)


def test_what_ends_far_behind_the_limit_of_convergence_failed_even_if_all_do():
    a, b = np.linspace(0.01, 0.02, 10), np.linspace(8.0, 9.0, 10)
    assert counts(a, b) == (0, 0)
    assert counts(a, b, limit=0.1) == (0, 10)
    assert counts(a, a + 0.2, limit=0.1) == (0, 0)  # it did not converge, and is not far behind
    near = np.linspace(0.11, 0.12, 10)
    assert counts(np.r_[0.09995, near[1:]], near, limit=0.1) == (0, 0)


@pytest.mark.parametrize("seeds", [0, 1])
def test_so_few_seeds_have_no_bulk(seeds):
    assert counts([1.0] * seeds, [1e9] * seeds) == (0, 0)
    assert counts([NAN] * seeds, [1e9] * seeds) == (seeds, 0)
