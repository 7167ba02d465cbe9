"""Scripts that feed fit no arrays: what they feed is seen on the way, and can be taken by another script."""

import json
import textwrap

import pytest

from tests.conftest import call

HEAD = """
import numpy as np
try:
    import tensorflow as tf
    from tensorflow import keras
except ImportError:
    import keras

x = np.random.RandomState(0).rand(70, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.models.Sequential([keras.layers.Dense(8, activation="tanh", input_shape=(4,)), keras.layers.Dense(1)])
model.compile("sgd", "mean_squared_error")
"""
ARRAYS = "model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)"
SHUFFLED = "model.fit(x, y, batch_size=16, epochs=3, verbose=0)"
DATA_SET = "model.fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(70).batch(16), epochs=3, verbose=0)"
IN_ORDER = "model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(16), epochs=3, verbose=0)"
STEPS = """
def parts():
    while True:
        order = np.random.permutation(70)
        for first in range(0, 64, 16):
            yield x[order[first:first + 16]], y[order[first:first + 16]]
"""
GENERATOR = STEPS + "model.fit(parts(), steps_per_epoch=4, epochs=3, verbose=0)"
GENERATOR_1 = STEPS + "model.fit_generator(parts(), steps_per_epoch=4, epochs=3, verbose=0)"
SEQUENCE = """
class Parts(getattr(keras.utils, "PyDataset", None) or keras.utils.Sequence):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        return x[16 * i:16 * i + 16], y[16 * i:16 * i + 16]

model.fit(Parts(), epochs=3, verbose=0)
"""
LOADER = """
import torch
torch_rows = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
model.fit(torch.utils.data.DataLoader(torch_rows, batch_size=16, shuffle=True), epochs=3, verbose=0)
"""
BY_HAND = """
for epoch in range(3):
    order = np.random.RandomState(epoch).permutation(70)
    for first in range(0, 64, 16):
        loss = float(model.train_on_batch(x[order[first:first + 16]], y[order[first:first + 16]]))
"""
UNBUILT = """
model = keras.models.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
model.compile("sgd", "mean_squared_error")
"""
ALL = [f"framework.given.{name}=SOURCE" for name in ("batches", "initial_weights")]


@pytest.fixture
def run(store, tmp_path):
    """Run a script, which may take from SOURCE; return its result.json and what it was seen to be fed."""
    count = iter(range(9))

    def one(script, *words, source=""):
        number = next(count)
        (tmp_path / "source.py").write_text(HEAD + textwrap.dedent(source))
        (tmp_path / f"train{number}.py").write_text(HEAD + textwrap.dedent(script))
        folder = tmp_path / f"run{number}"
        words = [word.replace("SOURCE", str(tmp_path / "source.py")) for word in words]
        named = f"scenario.script={tmp_path / f'train{number}.py'}"
        done = call("scenario=script", named, *words, *store, f"hydra.run.dir={folder}", "seed.value=2")
        assert done.returncode == 0, done.stderr
        told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        fed = {}
        for event in told:
            if event["event"] == "data":
                fed.update(event["inputs"])
        return json.loads((folder / "result.json").read_text()), fed

    return one


def takes_all(run, source, other, *words):
    """A run that takes everything from another one ends as that one, and is fed the same."""
    alone, fed = run(source, *words)
    taken, fed_too = run(other, *words, *ALL, source=source)
    assert taken["outcome"] == alone["outcome"]
    return fed, fed_too


@pytest.mark.parametrize("source", [DATA_SET, GENERATOR, SEQUENCE])
@pytest.mark.parametrize("other", [SHUFFLED, IN_ORDER])
def test_with_the_batches_of_a_stream_another_script_trains_the_same(run, source, other):
    fed, fed_too = takes_all(run, source, other)
    assert fed["batches"] == fed_too["batches"]


@pytest.mark.parametrize("source", [ARRAYS, SHUFFLED])
def test_a_script_that_feeds_a_stream_takes_arrays_too(run, source):
    takes_all(run, source, DATA_SET)


def test_a_loop_takes_the_batches_of_another_one(run):
    other = BY_HAND.replace("RandomState(epoch)", "RandomState(7 * epoch)")
    words = ["scenario.metric=loss"]
    fed, fed_too = takes_all(run, BY_HAND, other, *words)
    assert fed["batches"] == fed_too["batches"]
    assert run(other, *words)[1]["batches"] != fed["batches"]


@pytest.mark.stacks
@pytest.mark.parametrize(
    ("runtime", "source", "other"),
    [
        ("tf1_13", DATA_SET.replace(".batch(16), epochs", ".repeat().batch(16), steps_per_epoch=5, epochs"), SHUFFLED),
        ("tf1_13", GENERATOR_1, SHUFFLED),
        ("tf1_13", ARRAYS, GENERATOR_1),
        ("tf2_4", DATA_SET, SHUFFLED),
        ("tf2_4", GENERATOR, DATA_SET),
        ("keras_jax", GENERATOR, SHUFFLED),
        ("keras_jax", SEQUENCE, SHUFFLED),
        ("tf2_4", UNBUILT + DATA_SET, SHUFFLED),
        ("keras_torch", LOADER, SHUFFLED),
    ],
)
def test_so_it_is_on_every_stack(run, runtime, source, other):
    takes_all(run, source, other, f"runtime={runtime}")


def test_the_same_rows_in_another_order_are_told(run):
    _, shuffled = run(DATA_SET)
    _, in_order = run(IN_ORDER)
    assert shuffled["batches"]["rows"] == in_order["batches"]["rows"]
    assert shuffled["batches"]["values"] != in_order["batches"]["values"]
