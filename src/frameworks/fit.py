"""Compile and fit, of whichever package the kit holds: what the paths ``keras`` and ``tf_keras`` do.

Who does what: the scenario gives the model and the data, this path compiles and feeds them, the recorder observes.
Where rows are drawn by NumPy (seed=shared, or a buffer where fit takes no data sets), fit is called once an epoch with
the rows already in order; where a fixed rank of the targets or a shuffle buffer is asked for, fit is fed a
tf.data.Dataset; else it gets the arrays.
"""

from src.instruments.batches import count, order_of_epochs, take


def prepare(kit, scenario, data, job):
    """Nothing to change about the classes that the scenario builds with."""


def train(kit, scenario, model, data, job, recorder):
    loss = scenario.loss if isinstance(scenario.loss, str) else kit.loss(scenario)
    compile_and_fit(kit, model, data, job, recorder, loss=loss)


def compile_and_fit(kit, model, data, job, recorder, **compiled):
    framework, seed, scenario = job["framework"], job["seed"], job["scenario"]
    if framework["execution"] == "eager":
        compiled["run_eagerly"] = True
    if framework["steps_per_execution"] > 1:
        compiled["steps_per_execution"] = framework["steps_per_execution"]
    model.compile(optimizer=kit.optimizer(**job["optimizer"]), **compiled)
    recorder.compiled(model.optimizer)
    epochs, batch_size, rows = scenario["epochs"], scenario["batch_size"], count(data.x)
    x, y, shuffle = data.x, data.y, framework["shuffle"]
    if framework["targets"] == "expanded" and y.ndim == 1:
        y = y[:, None]
    common = {"verbose": 0, "callbacks": [_callback(kit, recorder)]}

    if seed["kind"] == "shared" or (shuffle == "buffer" and "datasets" not in job["runtime"]["features"]):
        orders = order_of_epochs(rows, shuffle, framework["shuffle_buffer"], kit.seeds.batch_order())
        for epoch, order in zip(range(epochs), orders):
            recorder.order(order)
            ordered = take(x, order), y[order]
            if framework["targets"] == "as_given":
                model.fit(_dataset(*ordered).batch(batch_size), initial_epoch=epoch, epochs=epoch + 1, **common)
            else:
                model.fit(
                    *ordered,
                    batch_size=batch_size,
                    shuffle=False,
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    **common,
                )
    elif shuffle == "buffer" or framework["targets"] == "as_given":
        dataset = _dataset(x, y)
        if shuffle != "none":
            window = framework["shuffle_buffer"] if shuffle == "buffer" else None
            dataset = dataset.shuffle(window or rows)
        model.fit(dataset.batch(batch_size), epochs=epochs, **common)
    else:
        model.fit(x, y, batch_size=batch_size, epochs=epochs, shuffle=shuffle == "each_epoch", **common)


def _dataset(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((tuple(x) if isinstance(x, list) else x, y))


def _callback(kit, recorder):
    """Tells the recorder what fit does."""

    class Tell(kit.keras.callbacks.Callback):
        _supports_tf_logs = True  # spares fit from copying every batch's loss off the device

        def on_train_begin(self, logs=None):
            recorder.begin(self.model)

        def on_batch_end(self, batch, logs=None):  # later versions call it through on_train_batch_end
            recorder.batch_end(batch + 1, (logs or {}).get("loss"))

        def on_epoch_end(self, epoch, logs=None):
            if logs:  # TensorFlow 2.0 has none to tell where the epoch broke off; its error is about to be raised
                recorder.epoch_end(epoch + 1, float(logs["loss"]))

    return Tell()
