"""The path ``custom_loop`` in TensorFlow 1: the step is declared once as a graph, the loop feeds a session.

Who does what: the scenario gives the model; loss, gradients and updates are declared here, as fit would, and run
batch by batch.
"""

import numpy as np

from seedluck_worker.randomness.batches import count, order_of_epochs, take


def train(kit, scenario, model, data, job, recorder):
    framework, settings, backend = job["framework"], job["scenario"], kit.keras.backend
    optimizer = kit.keras.optimizers.get(kit.optimizer(**job["optimizer"]))  # wraps an optimizer of tf.train
    x = data.x if isinstance(data.x, list) else [data.x]
    y = data.y[:, None] if framework["targets"] == "expanded" and data.y.ndim == 1 else data.y

    inputs, outputs = list(model.inputs or []), model.outputs
    if not inputs:  # built only now that it sees what data is like
        inputs = [backend.placeholder(shape=(None,) + array.shape[1:], dtype=str(array.dtype)) for array in x]
        outputs = [model(inputs[0] if len(inputs) == 1 else inputs)]
    targets = backend.placeholder(shape=(None,) + y.shape[1:], dtype="float32")
    loss = kit.loss(scenario)(targets, outputs[0])
    for extra in model.losses:
        loss = loss + extra
    updates = list(model.updates) + list(optimizer.get_updates(loss=loss, params=model.trainable_weights))
    phase = backend.learning_phase()
    in_training = [] if isinstance(phase, int) else [phase]
    step = backend.function(inputs + [targets] + in_training, [loss], updates=updates)

    recorder.compiled(optimizer)
    recorder.begin(model)
    rows, size = count(data.x), settings["batch_size"]
    orders = order_of_epochs(rows, framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size)
    for epoch, order in zip(range(settings["epochs"]), orders):
        batches = [order[i : i + size] for i in range(0, rows, size)]
        losses = []
        recorder.order(order)
        for i, batch in enumerate(batches):
            losses.append(step(take(x, batch) + [y[batch]] + [1] * len(in_training))[0])
            recorder.batch_end(i + 1, losses[-1])
        recorder.epoch_end(epoch + 1, float(np.average(losses, weights=[len(batch) for batch in batches])))
