"""Whether both sides draw alike what a replay holds."""

from types import SimpleNamespace

import numpy as np
import pytest

from seedluck.evidence import starts

LAYER = {"resolved.model.line.kernel_initializer": "GlorotUniform()", "resolved.framework.fit.shuffle": "True"}


def side(seeds, scale=1.0, size=24, first=0, params=(), bias=0.0, kind="uniform"):
    generator = np.random.default_rng([seeds, first])
    made = []
    for seed in range(seeds):
        drawn = generator.uniform(-1, 1, size) if kind == "uniform" else generator.normal(0, 3**-0.5, size)
        weights = {"line/kernel": scale * drawn, "line/bias": np.full(3, bias)}
        made.append(SimpleNamespace(params={**LAYER, **dict(params)}, kept_weights=True, weights=weights, seed=seed))
    return made


def see(a, b, same_start=False):
    comparison = SimpleNamespace(
        judged=(a, b),
        pairs=list(zip(a, b, strict=False)),
        same_start=same_start,
        weights=lambda run, name: run.weights,
        first_seed=0,
        sides=("a", "b"),
        run=lambda *place: None,
    )
    return starts.see(comparison)


def test_the_same_draws_of_two_packages_are_alike():
    for seeds in (1, 3, 10, 50):
        assert see(side(seeds), side(seeds, first=1)) == {"drawn_alike": True, "drawn_apart": []}


@pytest.mark.parametrize(
    ("seeds", "how"), [(1, {"scale": 2000.0}), (10, {"scale": 1.4}), (10, {"bias": 0.1}), (40, {"kind": "normal"})]
)
def test_weights_that_are_drawn_otherwise_are_seen(seeds, how):
    content = see(side(seeds), side(seeds, first=1, **how))
    assert not content["drawn_alike"]
    assert "initial weights: those of `line/" in content["drawn_apart"][0]


def test_initializers_and_orders_that_differ_are_seen():
    other = {"resolved.model.line.kernel_initializer": "RandomNormal(mean=0.0, stddev=0.05)"}
    assert "kernel_initializer" in see(side(3), side(3, params=other))["drawn_apart"][0]
    spelt = {"resolved.model.line.kernel_initializer": "VarianceScaling(distribution=uniform, mode=fan_avg, scale=1.0)"}
    assert see(side(3), side(3, first=1, params=spelt))["drawn_alike"]
    order = see(side(3), side(3, params={"resolved.framework.fit.shuffle": "False"}))
    assert "the order of rows" in order["drawn_apart"][0]
    rates = see(side(3), side(3, first=1, params={"resolved.model.drop.rate": "0.5"}))
    assert rates["drawn_apart"] == ["dropout masks (model.drop.rate)"]
    assert see(side(3), side(3, first=1, params={"resolved.optimizer.learning_rate": "0.5"}))["drawn_alike"]


def test_where_a_seed_gives_both_sides_one_start_nothing_is_tested():
    other = {"resolved.model.line.kernel_initializer": "RandomNormal(mean=0.0, stddev=0.05)"}
    assert see(side(3), side(3, scale=5.0, params=other), same_start=True)["drawn_alike"]


def test_variables_of_one_side_alone_are_not_alike():
    b = side(3)
    for run in b:
        run.weights["more/kernel"] = np.ones(2)
    assert see(side(3), b)["drawn_apart"] == ["initial weights, as one side has variables that the other has not"]


def test_alike_draws_are_rarely_refused():
    refused = sum(not see(side(5, first=2 * i), side(5, first=2 * i + 1))["drawn_alike"] for i in range(200))
    assert refused <= 2
