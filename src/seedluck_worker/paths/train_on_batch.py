"""The path ``train_on_batch``: compile, and a loop of one's own that hands over batch after batch.

Who does what: batches are cut here; gradient, update and the batch's loss are the package's.
"""

import numpy as np

from seedluck_worker.paths.fit import prepare
from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness.batches import count, order_of_epochs, take

PACKAGES = ["tf_keras", "keras"]
ASKS = ["fit_loss"]
TAKES = ["class_weight", "sample_weight", "jit_compile", "batch"]
# The same by hand, for src.reproduce: config/paths.py says what stands in braces.
SOURCE = """\
m.compile(optimizer={optimizer}, loss={loss}{eager})
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        m.train_on_batch({batch_x}, {batch_y})"""

__all__ = ["prepare", "train"]


def train(kit, scenario, model, data, job, recorder):
    framework, settings = job["framework"], job["scenario"]
    compiled = {"run_eagerly": True} if framework["execution"] == "eager" else {}
    if framework["jit_compile"] is not None:
        compiled["jit_compile"] = framework["jit_compile"]
    model.compile(optimizer=kit.optimizer(**job["optimizer"]), loss=kit.compiled_loss(scenario), **compiled)
    recorder.compiled(model.optimizer)
    recorder.begin(model)
    y = data.y[:, None] if framework["targets"] == "expanded" and data.y.ndim == 1 else data.y
    weights, rows, size = of_rows(data, framework), count(data.x), settings["batch_size"]
    order = framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size
    for epoch, rows_in_order in zip(range(settings["epochs"]), order_of_epochs(rows, *order)):
        recorder.order(rows_in_order)
        batches = [rows_in_order[i : i + size] for i in range(0, rows, size)]
        running = kit.adapter.reports_running_mean
        if running:
            model.reset_metrics()
        losses = []
        for i, batch in enumerate(batches):
            weighted = {} if weights is None else {"sample_weight": weights[batch]}
            told = model.train_on_batch(take(data.x, batch), take(y, batch), **weighted)
            losses.append(float(np.ravel(told)[0]))
            recorder.batch_end(i + 1, losses[-1])
        mean = losses[-1] if running else np.average(losses, weights=[len(batch) for batch in batches])
        recorder.epoch_end(epoch + 1, float(mean))
