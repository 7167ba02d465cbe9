"""Every seed of an ensemble trains as it does alone, by ``fit`` of Keras on JAX."""

import json
import random

import numpy as np
import pytest

from seedluck.execution.backends.local import Local
from seedluck.execution.job import Job
from seedluck.execution.observer import Silent
from seedluck.execution.train import train
from tests.conftest import OWN, Trained
from tests.paths.test_repeat import SMALL

pytestmark = pytest.mark.stacks

MEMBERS = sorted(random.Random(16).sample(range(1000), 8))
SHORT = ["scenario.epochs=2"]
SCENARIOS = {name: [f"scenario={name}", *words] for name, words in SMALL.items() if name != "gpd"}  # that fit takes
CASES = {
    "a kernel copied when the model is made": ["scenario=tied_ae", "variant=frozen_copy", "scenario.epochs=3"],
    "a last batch that is shorter, and dropout": [
        "scenario=input_shape",
        "scenario.settings.rows=150",
        "scenario.settings.window=20",
        "scenario.epochs=2",
    ],
    "several inputs and outputs, weights of rows": ["scenario=several", "scenario.epochs=2"],
    "gates, running means and noise, weights of classes": [
        "scenario=recurrent",
        "framework.class_weight={0: 1.0, 1: 3.0}",
    ],
    "a schedule, in float64, no shuffling": [
        "scenario=tokens",
        *SHORT,
        "optimizer.learning_rate={class_name: CosineDecay, config: {initial_learning_rate: 0.05, decay_steps: 30}}",
        "framework.dtype=float64",
        "framework.shuffle=none",
    ],
    "clipping, seeds of its own for every layer, a window that shuffles": [
        "scenario=tokens",
        *SHORT,
        "optimizer=nadam",
        "+optimizer.settings.clipnorm=0.01",
        "seed=per_op",
        "framework.shuffle=buffer",
        "framework.shuffle_buffer=50",
    ],
    "held masks, order and weights": [
        "scenario=input_shape",
        "scenario.settings.rows=100",
        "scenario.settings.window=20",
        "scenario.epochs=2",
        "seed=shared",
    ],
}


@pytest.fixture
def several(composed, tmp_path_factory):
    """Train a configuration for several seeds in one job; return its folder and the results."""

    def one(seeds, *words):
        folder = tmp_path_factory.mktemp("job")
        config = composed(*words, f"seed.value={seeds[0]}")
        job = Job(config, tuple(seeds), words, (str(OWN),), folder)
        (ended,) = train([job], Local(), Silent())
        if ended.error:
            raise ended.error
        return folder, list(ended.results)

    return one


def test_all_members_are_their_own_trainings(train, several):
    held_against_their_own(MEMBERS, train, several, SCENARIOS["tied_ae"])


@pytest.mark.parametrize("words", {**SCENARIOS, **CASES}.values(), ids={**SCENARIOS, **CASES})
def test_the_first_and_a_later_member_are_their_own_trainings(train, several, words, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")  # compiling takes most of the time
    held_against_their_own(MEMBERS[::4], train, several, words)  # whose trainings alone take the time


def held_against_their_own(chosen, train, several, words):
    """Train all members together and some alone, and hold them against each other step by step."""
    words = [*words, "runtime=keras_jax", "job.steps=12"]
    folder, results = several(MEMBERS, *words, "framework=ensemble")
    assert [result["status"] for result in results] == ["finished"] * len(MEMBERS), results[0]["reason"]
    for seed in chosen:
        result = results[MEMBERS.index(seed)]
        alone = train(*words, "framework=keras", f"seed.value={seed}")
        together = Trained({}, result, folder / "seeds" / str(seed))
        steps = sorted(path.stem for path in (alone.folder / "weights").glob("*.npz"))
        assert steps == sorted(path.stem for path in (together.folder / "weights").glob("*.npz"))
        for step in steps:
            for name, weight in alone.weights(step).items():
                np.testing.assert_allclose(together.weights(step)[name], weight, rtol=2e-4, atol=2e-6, err_msg=step)
        assert result["outcome"] == pytest.approx(alone.result["outcome"], rel=1e-3)
        assert result["metrics"]["loss"] == pytest.approx(alone.result["metrics"]["loss"], rel=1e-3)


def test_many_seeds_end_as_few_that_are_seen_inside(several):
    words = ["scenario=tied_ae", "variant=frozen_copy", "scenario.epochs=7", "runtime=keras_jax", "framework=ensemble"]
    folder, many = several(range(40), *words)
    _, few = several(range(40), *words, "job.steps=1")
    for one, other in zip(many, few, strict=True):
        assert one["outcome"] == pytest.approx(other["outcome"], rel=1e-4)
        for name, invariant in other["invariants"].items():
            assert one["invariants"][name]["holds"] is invariant["holds"]
            assert one["invariants"][name]["gap"] == pytest.approx(invariant["gap"], rel=1e-3)
        assert one["audits"]["unmoved"] == other["audits"]["unmoved"]
        assert one["start"] == other["start"]
    assert len({result["fingerprint"] for result in many}) == 40
    assert len({result["outcome"] for result in many}) == 40
    curves = np.load(folder / "curves.npz", allow_pickle=False)
    assert curves["loss"].shape == (40, 7)
    assert curves["measured/reconstruction_mse"][:, -1] == pytest.approx([result["outcome"] for result in many])


def test_the_size_of_a_chunk_changes_nothing_but_rounding(several):
    words = ["scenario=accumulation", "scenario.epochs=2", "runtime=keras_jax", "framework=ensemble"]
    _, whole = several(range(10), *words)
    folder, parts = several(range(10), *words, "ensemble.chunk=4")
    for one, other in zip(whole, parts, strict=True):
        assert one["outcome"] == pytest.approx(other["outcome"], rel=1e-4)
        assert one["fingerprint"] == other["fingerprint"]
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [event["done"] for event in told if event["event"] == "seeds"] == [4, 8, 10]


def test_seeds_that_are_seen_inside_go_in_chunks_too(several):
    words = ["scenario=accumulation", "scenario.epochs=2", "runtime=keras_jax", "framework=ensemble", "job.steps=2"]
    whole, parts = (several(range(5), *words, *chunk) for chunk in ((), ("ensemble.chunk=2",)))
    for seed, one, other in zip(range(5), whole[1], parts[1], strict=True):
        assert one["outcome"] == pytest.approx(other["outcome"], rel=1e-4)
        kept = [
            sorted(path.name for path in (folder / "seeds" / str(seed) / "weights").glob("*"))
            for folder, _ in (whole, parts)
        ]
        assert kept[0] == kept[1] != []


def test_a_seed_that_diverges_hurts_no_other(several):
    words = ["scenario=adadelta", "optimizer=sgd", "optimizer.learning_rate=1.58", "scenario.epochs=20"]
    _, results = several(range(60), *words, "runtime=keras_jax", "framework=ensemble", "scenario.batch_size=16")
    diverged = [result["diverged"] for result in results]
    assert any(diverged)
    for result in results:
        assert result["status"] == "finished"
        assert result["audits"]["finite"]["ok"] is not result["diverged"]


def test_a_model_that_draws_by_itself_is_refused(several):
    words = ["scenario=drawing", "runtime=keras_jax", "framework=ensemble"]
    _, results = several([0, 1], *words)
    assert results[0]["status"] == "failed"
    assert "draws random numbers otherwise" in results[0]["reason"]


def test_it_is_compiled(several):
    _, results = several(
        [0, 1], "scenario=tokens", "runtime=keras_jax", "framework=ensemble", "framework.execution=eager"
    )
    assert results[0]["status"] == "failed"
    assert "framework.execution is eager" in results[0]["reason"]


def test_a_sweep_of_ensembles_has_a_verdict(store, tmp_path):
    from tests.conftest import call

    words = ["scenario=tied_ae", "framework=ensemble", "runtime=keras_jax", "variant=tied_call,frozen_copy"]
    done = call("-m", *words, "scenario.epochs=5", "seed.value=range(50)", *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    comparison = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]
    assert comparison["verdict"] == "true_bug"
    assert comparison["seeds"] == 50
    assert comparison["evidence"]["repeat"]["baseline"]["identical"]
    assert comparison["evidence"]["repeat"]["variant"]["identical"]
