"""What a script's own seeds are replaced by, where everything is to be held."""

import pickle

import numpy as np
import pytest

from seedluck_worker.adapters import seeding
from seedluck_worker.randomness.seeds import Seeds


@pytest.fixture
def held(monkeypatch):
    """Hold everything with seed 3, for one test; return NumPy's generators as they were."""
    before = np.random.RandomState
    for name in ("seed", "RandomState", "default_rng"):
        monkeypatch.setattr(np.random, name, getattr(np.random, name))
    monkeypatch.setattr("random.seed", __import__("random").seed)
    seeding.hold_process(Seeds("global", 3), everything=True)
    return before


def test_every_seed_is_the_runs(held):
    assert np.random.RandomState(0).rand() == np.random.RandomState(seed=7).rand() == held(3).rand()
    assert np.random.default_rng(0).random() == np.random.default_rng().random()


def test_a_class_stays_one(held):
    mine = np.random.RandomState(0)
    assert isinstance(mine, held)
    assert isinstance(held(1), np.random.RandomState)
    assert issubclass(held, np.random.RandomState)
    assert (np.random.RandomState | None).__args__[0] is np.random.RandomState  # as pandas writes types
    assert pickle.loads(pickle.dumps(mine)).rand() == held(3).rand()


def test_packages_that_ask_what_a_generator_is_still_work(held):
    from scipy import stats

    assert stats.norm.rvs(random_state=0) == stats.norm.rvs(random_state=5)
    assert stats.norm.rvs(random_state=held(1)) == stats.norm.rvs(random_state=held(1))
