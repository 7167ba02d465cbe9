"""What a script's training came to: where it ended, what was drawn in it, whether its loss stayed finite."""

import json
import textwrap

import pytest

from tests.conftest import call

HEAD = """
import numpy as np
try:
    import keras
except ImportError:
    from tensorflow import keras
x = np.random.RandomState(0).rand(64, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)
"""
ZEROS = (
    HEAD
    + """
model = keras.models.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(4,))])
model.compile("sgd", "mse")
"""
)
IN_ORDER = "model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)"
BY_HAND = """
for epoch in range(3):
    order = np.arange(64)
    for first in range(0, 64, 16):
        rows = order[first:first + 16]
        loss = float(np.ravel(model.train_on_batch(x[rows], y[rows]))[0])
"""
ON_THE_WAY = (
    HEAD
    + """
import tensorflow as tf
offset = tf.Variable(float("nan"), trainable=False)
model = keras.models.Sequential([keras.layers.Dense(1, input_shape=(4,))])
model.compile("sgd", lambda targets, outputs: tf.reduce_mean((targets - outputs) ** 2, axis=-1) + offset)
mend = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: offset.assign(0.0))
history = model.fit(x, y, epochs=3, batch_size=16, verbose=0, callbacks=[mend])
"""
)


@pytest.fixture
def run(store, tmp_path):
    """Run a script; return its result.json and its folder."""
    count = iter(range(9))

    def one(source, *words):
        number = next(count)
        script, folder = tmp_path / f"train{number}.py", tmp_path / f"run{number}"
        script.write_text(textwrap.dedent(source))
        done = call("scenario=script", f"scenario.script={script}", *words, *store, f"hydra.run.dir={folder}")
        assert done.returncode == 0, done.stderr or done.stdout
        return json.loads((folder / "result.json").read_text()), folder

    return one


def child(result, client):
    from seedluck.tracking.reader import child

    return child(client.get_run(result["run_id"]))


def test_the_end_and_what_was_drawn_are_kept(run, client):
    source = HEAD + "np.random.seed(5)\nnp.random.rand()\n" + ZEROS.partition("sum(axis=1, keepdims=True)\n")[2]
    drawing = source.replace('"zeros"', '"glorot_uniform"') + "model.fit(x, y, epochs=2, batch_size=16, verbose=0)"
    results = [run(drawing, f"seed.value={seed}")[0] for seed in (1, 2)]
    one, other = (child(result, client) for result in results)
    assert len(one.ended) == 12
    assert one.ended != other.ended
    assert set(one.generators) == {"numpy", "keras"}
    assert one.generators["numpy"] == other.generators["numpy"]  # which the script seeds itself
    assert one.generators["keras"] != other.generators["keras"]
    assert not one.draws_nothing
    assert one.numbers == (("fit", results[0]["outcome"]),)


def test_a_training_that_draws_nothing_ends_alike_at_every_seed(run, client):
    runs = [child(run(ZEROS + IN_ORDER, f"seed.value={seed}")[0], client) for seed in (1, 2)]
    assert runs[0].ended == runs[1].ended
    assert [one.draws_nothing for one in runs] == [True, True]


@pytest.mark.parametrize(
    ("source", "nothing"),
    [
        (ZEROS + "model.fit(x, y, batch_size=16, verbose=0)", False),
        (ZEROS + "model.fit(x, y, batch_size=64, verbose=0)", True),
        (ZEROS.replace("zeros", "glorot_uniform") + IN_ORDER, False),
        (ZEROS.replace('.compile("sgd"', '.add(keras.layers.Dropout(0.5))\nmodel.compile("sgd"') + IN_ORDER, False),
        (ZEROS + BY_HAND, True),
        (ZEROS + BY_HAND.replace("np.arange(64)", "np.random.RandomState(epoch).permutation(64)"), False),
        (ZEROS + BY_HAND.replace("range(3)", "range(1)"), False),
    ],
)
def test_what_draws_is_seen(run, source, nothing):
    assert run(source)[0]["draws_nothing"] is nothing


def test_a_loss_that_was_not_finite_on_the_way_is_a_failure(run, client):
    result, _ = run(ON_THE_WAY)
    assert (result["diverged"], result["converged"]) == (True, False)
    assert result["outcome"] == result["metrics"]["loss"] is not None
    assert result["audits"]["finite"]["epoch"] == 1
    assert child(result, client).diverged
    assert not run(ON_THE_WAY.replace('float("nan")', "0.0"))[0]["diverged"]


@pytest.mark.parametrize("way", ["fit", "train_on_batch"])
def test_so_it_is_batch_by_batch(run, way):
    first = ON_THE_WAY.partition("mend =")[0] + "model.train_on_batch(x, y)\noffset.assign(0.0)\n"
    on_the_way = {
        "fit": ON_THE_WAY.replace("epochs=3", "epochs=2"),
        "train_on_batch": first + "model.train_on_batch(x, y)",
    }
    assert run(on_the_way[way])[0]["diverged"]


@pytest.mark.stacks
def test_of_pytorch_the_optimizer_is_seen(run, client):
    source = (
        HEAD
        + """
import torch
net = torch.nn.Linear(4, 1)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=0.05)
for _ in range(3):
    optimizer.zero_grad()
    error = ((net(torch.tensor(x)) - torch.tensor(y)) ** 2).mean()
    error.backward()
    optimizer.step()
print("error:", float(error))
"""
    )
    seen = child(run(source, "runtime=keras_torch", "scenario.metric=error")[0], client)
    assert seen.params["resolved.optimizer.class"].endswith("AdamW")
    assert float(seen.params["resolved.optimizer.lr"]) == 0.005
    assert float(seen.params["resolved.optimizer.weight_decay"]) == 0.05
    assert not seen.kept_weights
    assert set(seen.generators) == {"torch"}
    assert (seen.ended, seen.numbers[0][0]) == ("", "left")


LOOP = (
    HEAD
    + """
import tensorflow as tf

class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(1, name="out")
        self.inside = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, name="wide")])

    def call(self, rows):
        return self.out(self.inside(rows))

model = MODEL
optimizer = keras.optimizers.SGD(0.1)
for _ in range(3):
    with tf.GradientTape() as tape:
        error = tf.reduce_mean((model(x) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(error, model.trainable_variables), model.trainable_variables))
end = float(error)
"""
)


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        ("keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, name='line')])", {"line"}),
        ("Whole()", {"inside", "out"}),
    ],
)
def test_a_loop_trains_the_model_that_the_script_made(run, model, layers):
    _, folder = run(LOOP.replace("MODEL", model), "scenario.metric=end")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    settings = next(event["settings"]["model"] for event in events if "model" in event.get("settings", {}))
    names = {"inside" if name.startswith("sequential") else name for name in settings}
    assert names == layers  # and not those of a model inside of it
