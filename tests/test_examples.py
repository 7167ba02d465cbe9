"""The examples: ordinary Keras code, whose initial weights and masks are held without its help."""

import json

import pytest

from tests.conftest import PROJECT, call

EXAMPLES = f"--config-dir={PROJECT / 'examples'}"
SMALL = {
    "images": ["scenario.settings.rows=160"],
    # Plain gradient descent: under Adam, today's packages do not agree on the rows of an embedding.
    "sequences": ["scenario.settings.rows=160", "optimizer=sgd", "optimizer.learning_rate=0.1"],
    "transformer": ["scenario.settings.rows=160", "optimizer=sgd", "optimizer.learning_rate=0.1"],
    "tabular": ["scenario.settings.rows=160", "framework.class_weight={0: 1.0, 1: 9.0}"],
}


@pytest.mark.processes
@pytest.mark.parametrize("example", SMALL)
def test_two_packages_are_replayed_from_one_start(store, tmp_path, example):
    words = [f"scenario={example}", "framework=tf_keras,keras", "scenario.epochs=1", *SMALL[example]]
    done = call(EXAMPLES, "-m", *words, "sweep.evidence=[replay]", *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    replay = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]["evidence"]["replay"]
    assert replay["same_start"]
    assert replay["not_held"] == []
    assert replay["not_compared"] == []
    first = next(point for point in replay["curve"] if point["step"] == 1)
    assert first["distance"] < 1e-3


def test_the_better_outcome_may_be_the_higher_one(store, tmp_path):
    words = ["scenario=images", "framework=keras", "optimizer.learning_rate=0.01,1e-7", "scenario.settings.rows=160"]
    words += ["scenario.epochs=6", "seed.value=range(5)", "sweep.evidence=[]"]
    done = call(EXAMPLES, "-m", *words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    (verdict,) = json.loads((tmp_path / "verdict.json").read_text())["comparisons"]
    baseline, variant = (verdict["evidence"]["outcome"][side]["mean"] for side in ("baseline", "variant"))
    assert variant < baseline
    assert verdict["evidence"]["outcome"]["shift"] > 0
    assert verdict["direction"] in ("worse", None)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("optimizer.name=adamW2", "the nearest valid choice is AdamW."),
        ("framework.callbacks=[EarlyStoping]", "the nearest valid choice is EarlyStopping."),
        ("scenario.metrics=[acuracy]", "the nearest valid choice is Accuracy."),
        ("scenario.better=hi", "the nearest valid choice is higher."),
        ("framework.dtype=float16", "the nearest valid choice is float64."),
        ("optimizer.learning_rate=fast", "the nearest valid choice is null."),
    ],
)
def test_what_is_typed_wrong_is_said_before_anything_trains(store, tmp_path, word, said):
    done = call(EXAMPLES, "scenario=images", "framework=keras", word, *store, f"hydra.run.dir={tmp_path}/run")
    assert done.returncode == 2
    assert done.stderr.strip().endswith(said)
    assert list(tmp_path.iterdir()) == []


SETTINGS = [
    ["framework=train_on_batch", "framework.package=keras"],
    ["framework=keras", "framework.class_weight={0: 5.0}", "framework.shuffle=batch"],
    ["framework=custom_loop", "framework.class_weight={0: 5.0}"],
    ["framework=tf_keras", "framework.input=generator", "framework.validation=as_given"],
    ["framework=keras", "framework.input=dataset", "framework.dtype=float64"],
    ["framework=keras", "framework.callbacks=[{class_name: EarlyStopping, config: {monitor: loss}}]"],
    [
        "framework=keras",
        "optimizer.learning_rate={class_name: CosineDecay, config: {initial_learning_rate: 0.1, decay_steps: 9}}",
    ],
    ["framework=keras", "scenario.loss={class_name: SparseCategoricalCrossentropy, config: {ignore_class: 3}}"],
    ["framework=train_step", "framework.jit_compile=true"],
    ["framework=keras", "optimizer=adamw", "+optimizer.settings.weight_decay=0.1", "+optimizer.settings.clipnorm=1.0"],
]


@pytest.mark.parametrize("words", SETTINGS, ids=" ".join)
def test_however_it_is_trained(store, tmp_path, words):
    common = ["scenario=images", "scenario.epochs=2", "scenario.settings.rows=80", f"hydra.run.dir={tmp_path}"]
    done = call(EXAMPLES, *common, *words, *store)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert 0 <= result["outcome"] <= 1


@pytest.mark.stacks
def test_two_spellings_of_a_script_are_the_same_computation(store, tmp_path):
    words = [
        f"scenario.script={PROJECT}/examples/scripts/tabular.py",
        "scenario.args=[],[--functional]",
        "seed.value=0,1,2",
    ]
    asked = ["-m", "scenario=script", *words, "scenario.metric=loss", "runtime=tf2_4"]
    done = call(*asked, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    (comparison,) = json.loads((tmp_path / "verdict.json").read_text())["comparisons"]
    assert comparison["verdict"] == "seed_luck"
    assert comparison["evidence"]["replay"]["same_computation"]
