"""The same configuration and seed twice on the CPU: equal weights, bit for bit."""

import functools

import numpy as np
import pytest
import yaml

from seedluck.basics.project import PROJECT
from seedluck.config.paths import framework_paths

SMALL = {
    "accumulation": ["scenario.epochs=2", "variant=accumulated"],
    "adadelta": ["scenario.epochs=2"],
    "averaging": ["scenario.epochs=2", "scenario.optimizer_settings.use_ema=true"],
    "channels_first": ["scenario.epochs=1"],
    "embedding": ["scenario.epochs=2", "scenario.settings.observations=10"],
    "ewma_rnn": ["scenario.epochs=1", "scenario.settings.samples=100"],
    "gpd": ["scenario.epochs=5"],
    "input_shape": [
        "scenario.epochs=1",
        "scenario.settings.rows=100",
        "scenario.settings.window=20",
        "variant=without_input_shape",
    ],
    "rows_that_count": ["scenario.epochs=1"],
    "tied_ae": ["scenario.epochs=5"],
    "tokens": ["scenario.epochs=1"],
}


SCENARIOS = [yaml.safe_load(path.read_text()) for path in sorted((PROJECT / "conf" / "scenario").glob("*.yaml"))]
HERE = yaml.safe_load((PROJECT / "conf" / "runtime" / "current.yaml").read_text())
MATRIX = [
    (one["name"], path.name)
    for one in SCENARIOS
    for path in framework_paths([]).values()
    if path.fits({"cannot": [], **one}, HERE)
]


@pytest.fixture(scope="module")
def shared(train):
    """A run of every cell with ``seed=shared``, trained once."""

    def one(scenario, framework):
        return train(f"scenario={scenario}", f"framework={framework}", "seed=shared", *SMALL[scenario])

    one.once = functools.cache(one)
    return one


#: Every path, and every scenario, once or more.
FIRST = dict(reversed(MATRIX))
AGAIN = [(scenario, path) for scenario, path in MATRIX if scenario in ("tied_ae", "tokens") or FIRST[scenario] == path]


@pytest.mark.parametrize(("scenario", "framework"), AGAIN)
def test_a_repeated_run_ends_with_the_same_weights(shared, scenario, framework):
    assert_equal(shared.once(scenario, framework), shared(scenario, framework))


@pytest.mark.parametrize("seed", ["global", "per_op", "shared"])
def test_each_way_to_hold_a_seed_holds_it(train, seed):
    common = ["scenario=input_shape", *SMALL["input_shape"], "framework=keras", f"seed={seed}"]
    assert_equal(train(*common), train(*common))


def test_no_seed_holds_nothing(train):
    common = ["scenario=tied_ae", "framework=keras", "seed=none", "scenario.epochs=1"]
    first, second = (train(*common).weights("initial")["encoder/kernel"] for _ in range(2))
    assert not np.array_equal(first, second)


def test_another_seed_gives_other_weights(train):
    first, second = (
        train("scenario=tied_ae", "framework=keras", "scenario.epochs=1", f"seed.value={seed}") for seed in (0, 1)
    )
    assert not np.array_equal(first.weights("initial")["encoder/kernel"], second.weights("initial")["encoder/kernel"])


@pytest.mark.parametrize("scenario", sorted(SMALL))
def test_shared_seeds_start_every_path_from_the_same_weights(shared, scenario):
    first, *others = [shared.once(scenario, framework) for name, framework in MATRIX if name == scenario]
    for other in others:
        assert_equal(first, other, "initial")


def assert_equal(first, second, moment="final"):
    one, two = first.weights(moment), second.weights(moment)
    assert list(one) == list(two)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)
