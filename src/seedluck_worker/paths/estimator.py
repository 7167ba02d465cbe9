"""The path ``estimator``: the compiled Keras model becomes an Estimator, which trains a copy of it in its own graph.

Who does what: this path feeds and converts; the Estimator builds the copy, keeps its variables in a session and
reads them back. The recorder therefore looks at the copy's variables, by their names, through that session.
"""

import os

import numpy as np

from seedluck_worker.adapters.engines import write_graph
from seedluck_worker.randomness.batches import count, order_of_epochs
from seedluck_worker.shared.refusals import Mistake

PACKAGES = ["tf_keras"]
NEEDS = ["tensorflow", "estimator"]
ASKS = ["fit_loss", "rebuilding"]  # the model is built again from its configuration, and read by its weights alone

# The same by hand, for src.reproduce: config/paths.py says what stands in braces.
SOURCE = """\
m.compile(optimizer={optimizer}, loss={loss})
estimator = tf.keras.estimator.model_to_estimator(m, custom_objects=globals())
def fed():
    x = dict(zip(m.input_names, X if isinstance(X, list) else [X]))
    return tf.data.Dataset.from_tensor_slices((x, {y})){shuffled}.batch(BATCH).repeat(EPOCHS)
estimator.train(fed)
return [estimator.get_variable_value(v.name.split(':')[0]) for v in variables(m)]"""


def prepare(kit, scenario, data, job):
    """Refuse what input_fn does not bring along."""
    if data.sample_weight is not None and job["framework"]["sample_weight"] == "as_given":
        raise Mistake(
            "framework.sample_weight is as_given, which the path framework=estimator does not take; allowed: none; the "
            "nearest valid choice is framework.sample_weight=none."
        )


def train(kit, scenario, model, data, job, recorder):
    import tensorflow as tf

    tf1 = tf.compat.v1
    framework, settings = job["framework"], job["scenario"]
    model.compile(optimizer=kit.optimizer(**job["optimizer"]), loss=kit.compiled_loss(scenario))
    recorder.compiled(model.optimizer)
    recorder.begin(model, traced=False)  # while the model's own variables still are what training starts from

    rows, size, epochs = count(data.x), settings["batch_size"], settings["epochs"]
    steps = -(-rows // size)
    sizes = [size] * (steps - 1) + [rows - size * (steps - 1)]  # rows of each batch of an epoch
    x = data.x if isinstance(data.x, list) else [data.x]
    y = data.y[:, None] if framework["targets"] == "expanded" and data.y.ndim == 1 else data.y
    kit.shapes_in_loss = (None,) + y.shape[1:], tuple(model.output_shape)
    orders = order_of_epochs(rows, framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size)

    def features(arrays):
        return dict(zip(model.input_names, arrays))

    def train_input():
        if job["seed"]["kind"] == "shared":
            every = [next(orders) for _ in range(epochs)]
            recorder.order(every[0])
            return _ordered(tf, features, x, y, np.stack(every), size)
        dataset = tf.data.Dataset.from_tensor_slices((features(x), y))
        if framework["shuffle"] != "none":
            window = framework["shuffle_buffer"] if framework["shuffle"] == "buffer" else None
            dataset = dataset.shuffle(window or rows)
        return dataset.batch(size).repeat(epochs)  # in this order, since no batch reaches into the next epoch

    def evaluation_input():
        return tf.data.Dataset.from_tensor_slices((features(x), y)).batch(500)

    config = tf.estimator.RunConfig(
        tf_random_seed=None if job["seed"]["kind"] == "none" else job["seed"]["value"],
        save_checkpoints_steps=None,
        save_checkpoints_secs=3600,
        log_step_count_steps=None,
        save_summary_steps=10**9,
    )
    estimator = tf.keras.estimator.model_to_estimator(
        model, custom_objects=kit.custom_objects, model_dir=os.path.join(recorder.folder, "estimator"), config=config
    )

    tell = _hook(tf1, kit, recorder, sizes)
    try:
        estimator.train(train_input, hooks=[tell])
    except tf1.train.NanLossDuringTrainingError:
        kit.read = lambda variables: [tell.final[_name(variable)] for variable in variables]
        recorder.epoch_end(-(-tell.done // steps), float("nan"))
        return
    kit.read = lambda variables: [tell.final[_name(variable)] for variable in variables]
    recorder.add(evaluated_loss=float(estimator.evaluate(evaluation_input)["loss"]))


def _hook(tf1, kit, recorder, sizes):
    """Tells the recorder what the Estimator does. sizes: rows of each batch of an epoch."""
    steps = len(sizes)

    class Tell(tf1.train.SessionRunHook):
        """Tells the recorder what the Estimator does; the loss is the mean over an epoch's rows."""

        def begin(self):
            self.loss = tf1.losses.get_losses() or tf1.get_collection(tf1.GraphKeys.LOSSES)
            self.done, self.losses = 0, []

        def after_create_session(self, session, coordinator):
            write_graph(session.graph, recorder.trace_folder)

        def before_run(self, context):
            return tf1.train.SessionRunArgs(self.loss)

        def after_run(self, context, values):
            self.done += 1
            self.losses.append(np.mean(values.results) if values.results else np.nan)
            if not np.isfinite(self.losses[-1]):
                self.end(context.session)  # the Estimator is about to give up, without a word to its hooks
            kit.read = lambda variables: _from_session(tf1, context.session, variables)
            recorder.batch_end((self.done - 1) % steps + 1, self.losses[-1])
            if self.done % steps == 0:
                recorder.epoch_end(self.done // steps, float(np.average(self.losses, weights=sizes)))
                self.losses = []

        def end(self, session):
            every = session.graph.get_collection(tf1.GraphKeys.GLOBAL_VARIABLES)
            self.final = dict(zip(map(_name, every), session.run(every)))

    return Tell()


def _ordered(tf, features, x, y, orders, size):
    """A data set of batches of rows in the orders given, an int array of shape (epochs, rows)."""
    dataset = tf.data.Dataset.from_tensor_slices(orders)
    dataset = dataset.flat_map(lambda order: tf.data.Dataset.from_tensor_slices(order).batch(size))
    return dataset.map(lambda rows: (features([tf.gather(tensor, rows) for tensor in x]), tf.gather(y, rows)))


def _name(variable):
    return variable.name.split(":")[0]


def _from_session(tf1, session, variables):
    graph = session.graph
    by_name = {_name(one): one for one in graph.get_collection(tf1.GraphKeys.GLOBAL_VARIABLES)}
    return session.run([by_name[_name(variable)] for variable in variables])
