"""What two sides resolved differently, and what of it they were given."""

from types import SimpleNamespace

import pytest

from seedluck.evidence.settings import differing, see, told_apart

NAMES = ("a.py", "b.py")
KERAS = {
    "scenario.script": "a.py",
    "resolved.package": "keras",
    "resolved.given.trainings": "1",
    "resolved.optimizer.class": "keras.optimizers.SGD",
    "resolved.optimizer.lr": "0.009999999776482582",
    "resolved.optimizer.decay": "0.0",
    "resolved.framework.compile.loss": "mse",
    "resolved.framework.fit.batch_size": "32",
    "resolved.framework.fit.epochs": "5",
    "resolved.framework.fit.shuffle": "True",
    "resolved.model.dense_1.dtype": "float32",
    "resolved.model.dense_1.activation": "relu",
    "resolved.model.dense_1.kernel_initializer": "VarianceScaling(distribution=uniform, mode=fan_avg, scale=1.0)",
    "resolved.model.dense_2.dtype": "float32",
    "resolved.model.dense_2.activation": "linear",
    "resolved.data.x.shape": "[400, 6]",
    "resolved.data.x.values": "aa",
    "resolved.data.x.rows": "ab",
}
TF = {
    **{name: value for name, value in KERAS.items() if not name.startswith(("resolved.model.", "resolved.optimizer."))},
    "scenario.script": "b.py",
    "resolved.package": "tensorflow.python.keras.api._v2.keras",
    "resolved.optimizer.class": "tensorflow.python.keras.optimizer_v2.gradient_descent.SGD",
    "resolved.optimizer.learning_rate": "0.01",
    "resolved.optimizer.name": "SGD",
    "resolved.optimizer.nesterov": "False",
    "resolved.framework.compile.loss": "MeanSquaredError",
    "resolved.model.dense.dtype": "DTypePolicy(name=float32)",
    "resolved.model.dense.activation": "relu",
    "resolved.model.dense.kernel_initializer": "GlorotUniform(dtype=float32)",
    "resolved.model.dense_1.dtype": "DTypePolicy(name=float32)",
}


def told(**changes):
    """What is said of KERAS against itself with some parameters changed; None takes one away."""
    names = {name.replace("__", "."): value for name, value in changes.items()}
    other = {**KERAS, "scenario.script": "b.py", **{f"resolved.{name}": value for name, value in names.items()}}
    return told_apart(differing(KERAS, {name: value for name, value in other.items() if value is not None}), NAMES)


def test_what_is_only_spelt_differently_is_not_listed():
    assert sorted(differing(KERAS, TF)) == ["resolved.optimizer.class", "resolved.package", "scenario.script"]


def test_package_and_modules_are_told_where_a_class_has_one_name():
    assert told_apart(differing(KERAS, TF), NAMES) == (
        "`b.py` is given tensorflow.python.keras.optimizer_v2.gradient_descent.SGD where `a.py` has "
        "keras.optimizers.SGD; the package is tf.keras for `b.py` and keras for `a.py`"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"optimizer__class": "keras.optimizers.AdamW"}, "`b.py` is given AdamW where `a.py` has SGD"),
        (
            {"optimizer__class": "keras.optimizers.AdamW", "optimizer__beta_1": "0.9"},
            "`b.py` is given AdamW where `a.py` has SGD",
        ),
        ({"optimizer__clipnorm": "1.0"}, "`b.py` has clipnorm 1 where `a.py` has none"),
        ({"package": "tf_keras"}, "the package is tf_keras for `b.py` and keras for `a.py`"),
        ({"framework__fit__batch_size": "64"}, "`b.py` has batch_size 64 where `a.py` has 32"),
        (
            {"framework__fit__class_weight": "{'0': 1.0, '1': 5.0}"},
            "`b.py` has class_weight {'0': 1.0, '1': 5.0} where `a.py` has none",
        ),
        ({"framework__compile__loss": "mae"}, "`b.py` is given the loss mae where `a.py` has mse"),
        ({"data__x__values": "ba"}, "`x` of `b.py` has the same rows in another order"),
        ({"data__x__values": "ba", "data__x__rows": "bb"}, "`x` of `b.py` has other values"),
        ({"data__x__shape": "[400, 7]"}, "`x` of `b.py` has shape [400, 7] where `a.py` has [400, 6]"),
        ({"data__sample_weight__shape": "[400]"}, "only `b.py` is given `sample_weight`"),
        ({"data__fed__empty": "11"}, "`b.py` is fed a batch of 0 rows, first at step 11"),
        ({"model__dense_1__activation": "tanh"}, "`dense_1` of `b.py` has activation tanh where `a.py` has relu"),
        ({"model__noise__dtype": "float32", "model__noise__rate": "0.5"}, "only `b.py` has the layer `noise`"),
        ({"framework__execution": "eager"}, ""),  # of one side nobody knows it
        (
            {"framework__fit__epochs": None, "framework__fit__batch_size": None, "framework__fit__shuffle": "False"},
            "`b.py` trains in a loop of its own where `a.py` calls fit",
        ),
        (
            {"given__trainings": "0", "package": None, "optimizer__class": "torch.optim.adam.Adam"},
            "`b.py` is given Adam where `a.py` has SGD",
        ),
    ],
)
def test_what_one_side_was_given_and_the_other_not(changes, said):
    assert told(**changes) == said


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        ({"targets": ["a", "b"]}, "`b.py` is fed the rows of `a.py` with other targets"),
        ({"targets": ["a", "b"], "sha256": ["c", "d"]}, ""),  # rows in another order have other targets
        ({"targets": ["a", None]}, ""),  # which were not seen
    ],
)
def test_targets_that_come_with_other_rows(differing, said):
    assert told_apart({f"resolved.data.fed.{name}": pair for name, pair in differing.items()}, NAMES) == said


def test_of_many_things_three_are_told_and_the_rest_is_counted():
    said = told(
        optimizer__class="keras.optimizers.Adam",
        package="tf_keras",
        framework__fit__epochs="6",
        framework__fit__batch_size="8",
        model__dense_1__activation="tanh",
    )
    assert said.startswith("`b.py` is given Adam where `a.py` has SGD; the package is")
    assert said.endswith("`b.py` has batch_size 8 where `a.py` has 32; and 2 more")


def test_what_the_sweep_set_itself_is_not_repeated():
    content = {
        "framework.fit.batch_size": ["32", "64"],
        "resolved.framework.fit.batch_size": ["32", "64"],
        "optimizer.name": ["sgd", "adam"],
        "resolved.optimizer.class": ["keras.SGD", "keras.Adam"],
        "resolved.optimizer.beta_1": [None, "0.9"],
    }
    assert told_apart(content, NAMES) == ""
    of_runtime = {
        "runtime.name": ["tf1_13", "tf2_4"],
        "resolved.package": ["keras", "tensorflow.keras"],
        "resolved.optimizer.class": ["keras.optimizers.Adam", "tensorflow.keras.Adam"],
        "resolved.optimizer.epsilon": ["1e-08", "1e-07"],
    }
    assert told_apart(of_runtime, NAMES) == "`b.py` has epsilon 1e-07 where `a.py` has 1e-08"


def test_settings_of_pytorch_go_by_the_same_names():
    keras = {"resolved.optimizer.beta_1": "0.9", "resolved.optimizer.beta_2": "0.999"}
    keras.update({"resolved.optimizer.epsilon": "1e-07", "resolved.optimizer.learning_rate": "0.001"})
    torch = {"resolved.optimizer.betas": "(0.9, 0.999)", "resolved.optimizer.eps": "1e-08"}
    torch.update({"resolved.optimizer.lr": "0.001", "resolved.optimizer.foreach": "True"})
    assert differing(keras, torch) == {"resolved.optimizer.epsilon": ["1e-07", "1e-08"]}


def test_what_a_replay_saw_of_the_batches_is_listed_too():
    def run(role, side, seed):
        return SimpleNamespace(params={**KERAS, "resolved.data.fed.empty": "11" if side == "b" else ""})

    outcomes = (SimpleNamespace(params=KERAS), SimpleNamespace(params=KERAS))
    comparison = SimpleNamespace(pairs=[outcomes], sides=("a", "b"), first_seed=0, run=run)
    assert see(comparison) == {"resolved.data.fed.empty": ["", "11"]}
    assert see(SimpleNamespace(pairs=[])) == {}
