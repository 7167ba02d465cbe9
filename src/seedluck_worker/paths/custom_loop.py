"""The path ``custom_loop``: batches, gradients and updates in a plain loop, outside the model.

Who does what: the loop stands in this file; how a step is computed, in the adapter of the framework.
"""

import numpy as np

from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness.batches import count, order_of_epochs, take

PACKAGES = ["tf_keras", "keras"]
NEEDS = ["tensorflow"]
TAKES = ["class_weight", "sample_weight", "jit_compile", "batch"]

# The same by hand, for src.reproduce: config/paths.py says what stands in braces.
SOURCE = """\
loss, optimizer = {loss_of}, {optimizer}
{function}def step(x, y):
    with tf.GradientTape() as tape:
        error = loss(y, m(x, training=True)){added}
    gradients = tape.gradient(error, m.trainable_variables)
    optimizer.apply_gradients(zip(gradients, m.trainable_variables))
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        step({batch_x}, {batch_y})"""
# In TensorFlow 1.
SOURCE_IN_GRAPHS = """\
loss, optimizer = {loss_of}, keras.optimizers.get({optimizer})
y = keras.backend.placeholder((None,) + {y}.shape[1:])
updates = optimizer.get_updates(loss=loss(y, m.outputs[0]), params=m.trainable_weights)
step = keras.backend.function(list(m.inputs) + [y], [], updates=updates)
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        step(({batch_x} if isinstance(X, list) else [{batch_x}]) + [{batch_y}])"""


def prepare(kit, scenario, data, job):
    """Nothing to change about the classes that the scenario builds with."""


def train(kit, scenario, model, data, job, recorder):
    framework, settings = job["framework"], job["scenario"]
    loss_of, optimizer = kit.loss(scenario), kit.optimizer(**job["optimizer"])
    x, y, weights = data.x, data.y, of_rows(data, framework)
    if framework["targets"] == "expanded" and not isinstance(y, list) and y.ndim == 1:
        y = y[:, None]
    fed = (x, y) if weights is None else (x, y, weights)
    compiled = framework["execution"] == "compiled"
    optimizer, steps = kit.adapter.steps(model, loss_of, optimizer, fed, compiled, framework["jit_compile"])
    recorder.compiled(optimizer)
    recorder.begin(model)
    rows, size, together = count(x), settings["batch_size"], framework["steps_per_execution"]
    orders = order_of_epochs(rows, framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size)
    for epoch, order in zip(range(settings["epochs"]), orders):
        batches = [order[i : i + size] for i in range(0, rows, size)]
        losses = []
        recorder.order(order)
        for i in range(0, len(batches), together):
            now = batches[i : i + together]
            losses += steps([tuple(take(part, batch) for part in fed) for batch in now])
            recorder.batch_end(i + len(now), losses[-1])
        recorder.epoch_end(epoch + 1, np.average([float(loss) for loss in losses], weights=[len(b) for b in batches]))
