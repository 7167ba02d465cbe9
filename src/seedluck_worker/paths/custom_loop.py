"""The path ``custom_loop``: batches, gradients and updates in a plain loop, outside the model.

Who does what: everything that fit does elsewhere stands in this file; in TensorFlow 1, in graph_loop.py.
"""

import numpy as np

from seedluck_worker.paths import graph_loop
from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness.batches import count, order_of_epochs, take

PACKAGES = ["tf_keras", "keras"]
NEEDS = ["tensorflow"]
TAKES = ["class_weight", "sample_weight", "jit_compile", "batch"]


def prepare(kit, scenario, data, job):
    """Nothing to change about the classes that the scenario builds with."""


def train(kit, scenario, model, data, job, recorder):
    if kit.graph_mode:
        graph_loop.train(kit, scenario, model, data, job, recorder)
        return
    import tensorflow as tf

    framework, settings = job["framework"], job["scenario"]
    loss_of, optimizer = kit.loss(scenario), kit.optimizer(**job["optimizer"])
    x, y = data.x, data.y
    if framework["targets"] == "expanded" and not isinstance(y, list) and y.ndim == 1:
        y = y[:, None]

    def step(batch_x, batch_y, batch_weights=None):
        with tf.GradientTape() as tape:
            loss = loss_of(batch_y, model(batch_x, training=True), batch_weights)
            loss = tf.add_n([loss] + list(model.losses))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    def steps(batches):
        return [step(*batch) for batch in batches]

    if framework["execution"] == "compiled":
        jit = {} if framework["jit_compile"] is None else {"jit_compile": framework["jit_compile"]}
        steps = tf.function(steps, **jit)

    weights = of_rows(data, framework)
    fed = (x, y) if weights is None else (x, y, weights)
    recorder.compiled(optimizer)
    recorder.begin(model)
    rows, size = count(x), settings["batch_size"]
    orders = order_of_epochs(rows, framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size)
    for epoch, order in zip(range(settings["epochs"]), orders):
        batches = [order[i : i + size] for i in range(0, rows, size)]
        losses = []
        recorder.order(order)
        for i in range(0, len(batches), framework["steps_per_execution"]):
            now = batches[i : i + framework["steps_per_execution"]]
            losses += steps([tuple(_tensors(take(part, batch)) for part in fed) for batch in now])
            recorder.batch_end(i + len(now), losses[-1])
        recorder.epoch_end(epoch + 1, np.average([float(loss) for loss in losses], weights=[len(b) for b in batches]))


def _tensors(x):
    import tensorflow as tf

    return [tf.constant(array) for array in x] if isinstance(x, list) else tf.constant(x)
