"""What a training is fed, batch by batch: comparable however a script feeds it, and seen where it has no rows."""

import json
import textwrap

import numpy as np
import pytest

from seedluck_worker.watching.fed import Batch, Fed, Rows, batch_of
from tests.conftest import call

HEAD = """
import numpy as np
import tensorflow as tf
try:
    import keras
except ImportError:
    from tensorflow import keras
x = np.random.RandomState(0).rand(70, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.models.Sequential([keras.layers.Dense(8, activation="tanh", input_shape=(4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.1)
"""
COMPILED = HEAD + "model.compile(optimizer, 'mse')\n"
DATA = "tf.data.Dataset.from_tensor_slices((x, y)).shuffle(70).batch(16)"
STEP = """
def step(xb, yb):
    with tf.GradientTape() as tape:
        error = tf.reduce_mean((model(xb, training=True) - yb) ** 2)
    gradients = tape.gradient(error, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""
LOOP = HEAD + STEP + f"data = {DATA}\nfor epoch in range(3):\n    for xb, yb in data:\n        step(xb, yb)\n"
WAYS = {
    "fit": COMPILED + "model.fit(x, y, batch_size=16, epochs=3, verbose=0)",
    "fit of a data set": COMPILED + f"model.fit({DATA}, epochs=3, verbose=0)",
    "loop": LOOP,
    "compiled loop": LOOP.replace("def step", "@tf.function\ndef step"),
    "train_on_batch": COMPILED + f"for _ in range(3):\n    for xb, yb in {DATA}:\n        model.train_on_batch(xb, yb)",
}
WAYS["train_on_batch"] = (
    WAYS["train_on_batch"].replace(f"in {DATA}", "in data").replace("for _", f"data = {DATA}\nfor _")
)
IN_ORDER = COMPILED + "model.fit(x, y, batch_size=16, epochs=3, verbose=0, shuffle=False)"
END = "\nend = float(np.mean((np.array(model.predict(x)) - y) ** 2))\n"
REPLAY = ["job.steps=3", "seed=shared"]


@pytest.fixture
def run(store, tmp_path):
    """Run a script; return its result.json, and what was told of what it was fed."""
    count = iter(range(9))

    def one(source, *words):
        number = next(count)
        folder, script = tmp_path / f"run{number}", tmp_path / f"train{number}.py"
        script.write_text(textwrap.dedent(source) + END)
        words = [f"scenario.script={script}", "scenario.metric=end", *words]
        done = call("scenario=script", *words, *store, f"hydra.run.dir={folder}", "seed.value=2")
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        data = [event["settings"].get("data", {}) for event in events if event["event"] == "resolved"]
        return json.loads((folder / "result.json").read_text()), next(
            (one["fed"] for one in data if "fed" in one), None
        )

    return one


def alike(run, ways, *words):
    """A replay feeds every way the same rows in the same order, and so each ends the same."""
    ran = [run(WAYS[way], *REPLAY, *words) for way in ways]
    assert ran[0][1]["steps"] == "15"
    inputs = [{name: value for name, value in fed.items() if name != "targets"} for _, fed in ran]
    assert inputs == inputs[:1] * len(ran)  # the loops compute a loss of their own
    np.testing.assert_allclose([result["outcome"] for result, _ in ran], ran[0][0]["outcome"], rtol=1e-4)
    return ran[0][1]


def test_in_a_replay_every_way_is_fed_the_same_rows_in_the_same_order(run):
    shuffled = alike(run, WAYS)
    _, in_order = run(IN_ORDER, *REPLAY)
    assert in_order["rows"] == shuffled["rows"]
    assert in_order["sha256"] != shuffled["sha256"]


@pytest.mark.stacks
@pytest.mark.parametrize("runtime", ["tf2_0", "tf2_4", "tf2_15", "keras3_0_2"])
def test_so_it_is_on_every_stack(run, runtime):
    alike(run, WAYS, f"runtime={runtime}")


SUBCLASSED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)
    def call(self, inputs):
        return self.out(self.hidden(inputs))
model = Net()
"""


def test_arrays_and_a_data_set_a_sequential_and_a_subclassed_model_train_the_same(store, tmp_path):
    """Over several epochs, whose length a data set need not tell."""
    model = HEAD.partition("model = ")[2].partition("\n")[0]
    for name, way in (("a", WAYS["fit"]), ("b", WAYS["fit of a data set"].replace(f"model = {model}", SUBCLASSED))):
        (tmp_path / f"{name}.py").write_text(way + END)
    scripts = f"scenario.script={tmp_path}/a.py,{tmp_path}/b.py"
    words = ["scenario=script", scripts, "scenario.metric=end", "seed.value=0,1", "sweep.evidence=[repeat,replay]"]
    done = call("-m", *words, *store, f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 0, done.stderr
    one = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["comparisons"][0]
    replay = one["evidence"]["replay"]
    assert (replay["identical"], replay["first"], replay["to_end"], replay["not_held"]) == (True, None, True, [])
    assert one["verdict"] in ("seed_luck", "inconclusive")  # two seeds, whose rows come in orders of two kinds


def test_of_several_trainings_a_replay_compares_the_one_that_counts(store, tmp_path):
    """And no loss or epoch of those that come after it."""
    for name, further in (("a", 1), ("b", 4)):
        again = f"model.fit(x, -y, batch_size=8, epochs={further}, verbose=0)\n"
        (tmp_path / f"{name}.py").write_text(WAYS["fit"] + END + again)
    scripts = f"scenario.script={tmp_path}/a.py,{tmp_path}/b.py"
    words = ["scenario=script", scripts, "scenario.metric=end", "scenario.which=first", "sweep.evidence=[replay]"]
    done = call("-m", *words, "seed.value=0,1", *store, f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 0, done.stderr
    one = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["comparisons"][0]
    replay = one["evidence"]["replay"]
    assert (replay["identical"], replay["not_held"]) == (True, [])
    losses = [point["loss"] for point in replay["curve"] if None not in point["loss"]]
    assert losses
    assert all(baseline == variant for baseline, variant in losses)
    assert one["evidence"]["replay"]["curve"][-1]["step"] == 15  # three epochs of five batches


def test_outside_of_a_replay_nothing_is_told_or_put_into_order(run):
    result, fed = run(WAYS["compiled loop"])
    assert fed is None
    assert result["audits"]["batches"]["ok"] is True


@pytest.mark.parametrize("way", ["loop", "compiled loop"])
@pytest.mark.parametrize("words", [[], REPLAY])
def test_a_batch_without_rows_is_seen(run, way, words):
    source = WAYS[way].replace("in data:", "in [(x[i:i + 16], y[i:i + 16]) for i in range(0, 112, 16)]:")
    result, fed = run(source, *words)
    assert result["audits"]["batches"]["ok"] is False
    assert result["audits"]["batches"]["says"] == "a batch of 0 rows is fed, first at step 6"
    assert not words or fed["empty"] == "6"


def test_what_calls_of_a_model_that_are_no_training_are_given_does_not_count(run):
    source = WAYS["loop"].replace("for epoch in range(3):", "for epoch in range(3):\n    model(x[:3], training=False)")
    _, fed = run(source.replace("        step(xb, yb)", "        step(xb, yb)\n        model(xb[:2])"), *REPLAY)
    assert fed["sha256"] == run(WAYS["fit"], *REPLAY)[1]["sha256"]


def test_targets_in_another_order_than_their_rows_are_seen(run):
    of_keras = WAYS["compiled loop"].replace(
        "tf.reduce_mean((model(xb, training=True) - yb) ** 2)", "mse(yb, model(xb))"
    )
    of_keras = of_keras.replace("optimizer =", "mse = keras.losses.MeanSquaredError()\noptimizer =")
    _, fit = run(WAYS["fit"], *REPLAY)
    assert run(of_keras, *REPLAY)[1] == fit
    _, turned = run(of_keras.replace("tensor_slices((x, y))", "tensor_slices((x, y[::-1]))"), *REPLAY)
    assert turned["sha256"] == fit["sha256"]
    assert turned["targets"] != fit["targets"]


def test_two_data_sets_that_are_shuffled_apart_stay_apart_in_a_replay(run):
    apart = (
        "tf.data.Dataset.zip(tuple(tf.data.Dataset.from_tensor_slices(one).shuffle(70) for one in (x, y))).batch(16)"
    )
    together, broken = (run(COMPILED + f"model.fit({data}, epochs=3, verbose=0)", *REPLAY)[1] for data in (DATA, apart))
    assert broken["sha256"] == together["sha256"]
    assert broken["targets"] != together["targets"]


def test_where_not_all_was_seen_nothing_is_told(run):
    unseen = WAYS["loop"].replace("model(xb, training=True)", "model.layers[1](model.layers[0](xb))")
    result, fed = run(unseen, *REPLAY)
    assert fed is None
    assert "batches" not in result["audits"]


def test_a_loop_that_xla_compiles_trains_unseen(run):
    result, fed = run(LOOP.replace("def step", "@tf.function(jit_compile=True)\ndef step"), *REPLAY)
    assert (result["status"], result["epochs"]) == ("finished", 15)
    assert result["audits"]["unmoved"]["ok"]
    assert fed is None


def test_a_data_set_keeps_its_length_and_its_first_order_where_it_asks_for_it(run):
    source = WAYS["loop"].replace(".shuffle(70)", ".shuffle(70, reshuffle_each_iteration=False)")
    source += "orders = [np.concatenate([xb for xb, _ in data]) for _ in range(2)]\n"
    source += "assert len(data) == 5\nassert (orders[0] == orders[1]).all()\nassert (orders[0] != x).any()\n"
    assert run(source, *REPLAY)[0]["status"] == "finished"


def test_the_order_and_the_cut_of_rows_are_told_apart_and_types_are_not():
    rows = np.arange(12.0).reshape(6, 2)

    def told(*batches):
        fed = Fed()
        fed.see_all([batch_of(one, True) for one in batches])
        return fed.told()

    one = told(rows[:3], rows[3:])
    assert one == told(rows[:3].astype("float32"), rows[3:].astype("int64"))
    other = told(rows[3:], rows[:3])
    assert (other["rows"], other["steps"]) == (one["rows"], one["steps"])
    assert other["sha256"] != one["sha256"] != told(rows)["sha256"]
    assert told(rows[:0], rows)["empty"] == 1
    both = Fed()
    both.see_all(Rows([rows, rows[:, 0]]).batches(np.arange(6), 3))
    assert both.told() == told([rows[:3], rows[:3, 0]], [rows[3:], rows[3:, 0]])


def test_batches_beyond_those_that_were_trained_on_do_not_count():
    fed = Fed()
    fed.see_all([Batch(2, [b"a", b"b"]), Batch(0, [])])
    assert fed.told(1)["empty"] == ""
    assert fed.audit(1)["ok"] is True
    assert fed.audit()["ok"] is False
    assert fed.told(3) is None
