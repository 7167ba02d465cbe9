"""What a script takes from another one: exactly that, and nothing else of it."""

import json
import textwrap

import pytest

from tests.conftest import call

SOURCE = """
import os
import numpy as np
try:
    from tensorflow import keras
except ImportError:
    import keras
from helpers import twice

os.environ["LEFT_BY"] = __file__
x = np.random.RandomState(0).rand(64, 4)
y = x.sum(axis=1)

def own_loss(targets, outputs):
    return twice(keras.losses.get("mean_squared_error")(targets, outputs))

model = keras.models.Sequential([keras.layers.Dense(8, activation="tanh", input_shape=(4,)), keras.layers.Dense(1)])
model.compile("sgd", own_loss)
slower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=[slower])
"""
LEAVES = 'os.environ["LEFT_BY"] = __file__\n'  # without it the framework is imported before the script starts
OTHER = (
    SOURCE.replace(LEAVES, "")
    .replace("RandomState(0)", "RandomState(1)")
    .replace('"tanh"', '"tanh", kernel_initializer="ones"')
    .replace("own_loss(targets, outputs):\n    return", "own_loss(targets, outputs):\n    return 0.1 *")
    .replace("0.1 / (epoch", "0.01 / (epoch")
)
EVERYTHING = ("rows", "loss", "callbacks", "initial_weights")


@pytest.fixture
def run(store, tmp_path):
    """Run OTHER, with what is taken from SOURCE; return its result.json and its folder."""
    (tmp_path / "helpers.py").write_text("def twice(x):\n    return 2.0 * x\n")
    count = iter(range(9))

    def one(name, *words, source=SOURCE, other=OTHER):
        (tmp_path / "source.py").write_text(textwrap.dedent(source))
        (tmp_path / "other.py").write_text(other)
        folder = tmp_path / f"run{next(count)}"
        words = [word.replace("SOURCE", str(tmp_path / "source.py")) for word in words]
        script = f"scenario.script={tmp_path / name}"
        done = call("scenario=script", script, *store, *words, f"hydra.run.dir={folder}", "seed.value=2")
        assert done.returncode in (0, 1), done.stderr
        return json.loads((folder / "result.json").read_text()), folder

    return one


def all_of_it():
    return [f"framework.given.{name}=SOURCE" for name in EVERYTHING]


def test_with_all_that_another_hands_over_a_script_is_that_one_bit_for_bit(run):
    alone, _ = run("source.py")
    before, _ = run("other.py")
    assert before["outcome"] != alone["outcome"]
    after, _ = run("other.py", *all_of_it())
    assert after["outcome"] == alone["outcome"]


@pytest.mark.parametrize("way", ["overlay", "copy"])
def test_the_folder_of_another_script_stays_as_it_was(run, tmp_path_factory, way):
    far = tmp_path_factory.mktemp("far")
    writes = 'open("best.txt", "w").write(open("data.txt").read())\n' + SOURCE.replace("helpers", "beside")
    for name, text in (("data.txt", "1"), ("beside.py", "def twice(x):\n    return 2.0 * x\n"), ("s.py", writes)):
        (far / name).write_text(text)
    # A store in the folder of the script leaves a copy alone as the way.
    words = [f"tracking.uri=sqlite:///{far}/mlflow.db"] * (way == "copy")
    result, folder = run("other.py", f"framework.given.rows={far}/s.py", *words)
    assert result["status"] == "finished", result["reason"]
    left = sorted(path.name for path in far.iterdir() if not path.name.startswith("mlflow.db"))
    assert left == ["beside.py", "data.txt", "s.py"]
    assert json.loads((folder / "workdir.json").read_text())["kept"] == []


@pytest.mark.stacks
@pytest.mark.parametrize("runtime", ["tf1_13", "keras_torch"])
def test_so_it_is_on_every_stack(run, runtime):
    alone, _ = run("source.py", f"runtime={runtime}")
    after, _ = run("other.py", f"runtime={runtime}", *all_of_it())
    assert after["outcome"] == alone["outcome"]


def test_the_type_and_the_shape_of_a_row_can_be_given(run):
    words = ["framework.given.dtype.x=float32", "framework.given.row_shape.y=[1]"]
    _, folder = run("other.py", *words)
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    (inputs,) = [event["inputs"] for event in told if event["event"] == "data"]
    assert inputs["x"]["dtype"] == "float32"
    assert inputs["y"]["shape"] == [64, 1]


def test_what_is_evaluated_is_taken_without_training_the_other(run):
    ends = "\nend = model.evaluate(x, y, verbose=0)\nprint('over')\n"
    source = SOURCE.replace("epochs=3", "epochs=10**9") + ends
    words = ["framework.fit.epochs=3", "scenario.metric=end"]
    alone, _ = run("source.py", *words, source=source)
    taken = [*all_of_it(), "framework.given.evaluate=SOURCE"]
    after, _ = run("other.py", *words, *taken, source=source, other=OTHER + ends)
    assert after["outcome"] == alone["outcome"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise ValueError('no such file')", "source.py, from which x is taken: source.py, line 1: ValueError"),
        ("print('hello')", "source.py, from which x is taken: it trains nothing that could be seen"),
        ("import os\nos._exit(0)", "source.py, from which x is taken, ended before it told it"),
        (
            SOURCE.replace(
                "model.fit(x, y, batch_size=16",
                "import tensorflow as tf\nmodel.fit(tf.data.Dataset.zip("
                "(tf.data.Dataset.from_tensor_slices(x), tf.data.Dataset.from_tensor_slices(y))).batch(16)",
            ),
            "and only arrays can be taken over",
        ),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_sentence(run, source, said):
    result, _ = run("other.py", "framework.given.x=SOURCE", source=source)
    assert result["status"] == "failed"
    assert said in result["reason"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("framework.given.x=nothing.py", "there is no such file"),
        ("framework.given.x=3", "allowed: the file of a script"),
        ("+framework.given.z=a.py", "framework.given.z is not known; allowed: batches, rows, x, y"),
        ("framework.given.dtype.x=float", "allowed: a type of NumPy"),
        ("framework.given.row_shape.x=3", "allowed: the shape of one row as a list"),
    ],
)
def test_what_is_typed_wrong_is_said_before_anything_starts(store, tmp_path, word, said):
    script = tmp_path / "train.py"
    script.write_text("")
    done = call("scenario=script", f"scenario.script={script}", word, *store, f"hydra.run.dir={tmp_path}/run")
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == [script]
