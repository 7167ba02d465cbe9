"""Which number a script is judged by: its own before what a framework reported, and in full where it printed less."""

import io
import json
import textwrap

import numpy as np
import pytest

from seedluck_worker.programs.outcome import is_rounded, last_printed, numbers_of
from seedluck_worker.programs.printing import Printed
from tests.conftest import call

LAST_BATCH = """
import numpy as np
import keras

x = np.random.RandomState(2).normal(size=(70, 5)).astype("float32")
y = x.sum(axis=1, keepdims=True)
y[64:] += 4.0
model = keras.Sequential([keras.layers.Input(shape=(5,)), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
for epoch in range(2):
    total = 0.0
    for first in range(0, 70, 32):
        rows = slice(first, first + 32)
        total += float(np.ravel(model.train_on_batch(x[rows], y[rows]))[0]) * len(x[rows])
        model.reset_metrics()
print("loss:", total / 70)
mean = total / 70
"""
FIT = """
import numpy as np
import keras

x = np.random.RandomState(2).normal(size=(70, 5)).astype("float32")
model = keras.Sequential([keras.layers.Input(shape=(5,)), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
"""


@pytest.fixture
def run(store, tmp_path):
    """Run a script; return its result.json."""

    def one(source, *words):
        (tmp_path / "train.py").write_text(textwrap.dedent(source))
        words = [f"scenario.script={tmp_path / 'train.py'}", *words, *store, f"hydra.run.dir={tmp_path}/run"]
        done = call("scenario=script", *words)
        assert done.returncode in (0, 1), done.stderr
        return json.loads((tmp_path / "run" / "result.json").read_text())

    return one


@pytest.fixture
def printed(tmp_path):
    """Standard output, of which a copy is kept."""
    kept = Printed(io.StringIO(), tmp_path / "printed.txt")
    yield kept
    kept.close()


@pytest.mark.stacks
def test_what_a_script_prints_goes_before_the_last_batch(run):
    result = run(LAST_BATCH, "runtime=keras3_0_2")
    own, last = result["numbers"]
    assert (own["where"], last["where"]) == ("printed", "train_on_batch")
    assert result["outcome"] == own["value"]
    assert own["value"] < last["value"] - 0.5


def test_progress_bars_are_not_the_scripts(run):
    result = run(FIT + "history = model.fit(x, x[:, :1], epochs=2, verbose=2)\n")
    assert [one["where"] for one in result["numbers"]] == ["fit"]
    assert result["outcome"] == result["metrics"]["loss"]


def test_what_its_own_callback_prints_is(run):
    tell = "def tell(epoch, logs):\n    print(f'epoch {epoch} loss: {epoch}.5')\n"
    tell += "tell = keras.callbacks.LambdaCallback(on_epoch_end=tell)\n"
    result = run(FIT + tell + "model.fit(x, x[:, :1], epochs=2, verbose=2, callbacks=[tell])\n")
    assert [one["where"] for one in result["numbers"]] == ["printed", "fit"]
    assert result["outcome"] == 1.5


def test_a_rounded_print_stands_for_the_full_number(run):
    ended = FIT + "model.fit(x, x[:, :1], epochs=2, verbose=0)\nend = model.evaluate(x, x[:, :1], verbose=0)\n"
    result = run(ended + "print(f'loss: {end:.3f}')\n")
    (taken, _, fit) = result["numbers"]
    assert [one["where"] for one in result["numbers"]] == ["evaluate", "printed", "fit"]
    assert result["outcome"] == taken["value"] != fit["value"]


def of(metric="loss", text="", logged=None, left=None, measured=(), framework=""):
    class Stub:
        def own(self):
            return text

        def everything(self):
            return text + framework

    return numbers_of(metric, Stub(), logged or {}, left or {}, measured)


def test_the_order_is_printed_logged_left_and_then_measured():
    measured = [("fit", {"loss": 4.25}), ("evaluate", {"loss": 5.25})]
    every = {"text": "loss: 1.25", "logged": {"loss": 2.25}, "left": {"loss": np.float32(3.25)}, "measured": measured}
    pairs = [("printed", 1.25), ("logged", 2.25), ("left", 3.25), ("fit", 4.25), ("evaluate", 5.25)]
    assert of(**every) == pairs
    for i, name in enumerate(["text", "logged", "left"]):
        every.pop(name)
        assert of(**every) == pairs[i + 1 :]
    assert of() == []


def test_only_numbers_count():
    assert of(left={"loss": "mse"}) == of(left={"loss": [1.0, 2.0]}) == of(left={"loss": True}) == []
    assert of(left={"loss": np.array([[2.0]])}) == [("left", 2.0)]


def test_a_print_under_a_longer_name_counts_where_there_is_nothing_else():
    assert of(text="Test loss: 0.5", measured=[("fit", {"loss": 0.25})]) == [("fit", 0.25)]
    assert of(text="Test loss: 0.5") == [("printed", 0.5)]
    assert of("test loss", text="Test loss: 0.5") == [("printed", 0.5)]
    assert of(framework="step 3 - loss: 0.5") == [("printed", 0.5)]  # nothing else is there


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("loss: 1.5", "1.5"),
        ("epoch 1 loss: 0.5\nepoch 2 loss: 0.25", "0.25"),
        ("Final loss = 1e-3", "1e-3"),
        ("done, loss: nan", "nan"),
        ("{'loss': np.float64(0.5), 'val_loss': 0.1}", "0.5"),
        ("loss: tf.Tensor(0.25, shape=(), dtype=float32)", "0.25"),
        ("loss: [[0.5]]", "0.5"),
        ("loss: 93.4%", "93.4e-2"),
        ("epoch 3 loss 0.5 accuracy 0.9", "0.5"),
        ("loss tf.Tensor(0.25, shape=(), dtype=float32)", "0.25"),
        ("loss 3 of 4\nloss: 0.25\nloss 4 of 4", "0.25"),
        ("loss after 5 epochs", None),
        ("val_loss: 1", None),
        ("test loss: 1", None),
        ("validation set, test loss: 1", None),
        ("the loss is 1", None),
    ],
)
def test_what_is_read_of_a_text(text, number):
    assert last_printed("loss", text) == number


@pytest.mark.parametrize(
    ("text", "number", "same"),
    [
        ("1.80", 1.8043, True),
        ("1.80", 1.8051, False),
        ("1.8", 1.8051, True),
        ("1.8e-05", 1.84e-5, True),
        ("1.8e-05", 1.86e-5, False),
        ("93.4e-2", 0.9342, True),
        ("-2", -2.4, True),
        ("nan", np.nan, True),
        ("inf", np.inf, True),
        ("inf", 3.0, False),
    ],
)
def test_whether_a_text_is_a_number_rounded(text, number, same):
    assert is_rounded(text, number) is same


def test_whose_a_print_is_shows_in_who_calls_write(printed):
    for module in ("keras.src.utils.io_utils", "tqdm.std"):
        exec("out.write('loss: 1\\n')", {"__name__": module, "out": printed})
    exec("def tell(): out.write('loss: 2\\n')", script := {"__name__": "__main__", "out": printed})
    exec("tell()", {"__name__": "keras.src.callbacks", "tell": script["tell"]})  # a callback of the script's
    helper = {"__name__": "helper", "out": printed}
    exec("def tell(): out.write('loss: 3\\n')", helper)
    exec("tell()", {"__name__": "torch.nn", "tell": helper["tell"]})
    assert printed.own() == "loss: 1\nloss: 2\n"
    printed.flush()
    assert printed.everything() == "loss: 1\nloss: 1\nloss: 2\nloss: 3\n"
