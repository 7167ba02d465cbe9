"""Compile and fit, of whichever package the kit holds: what the paths ``keras`` and ``tf_keras`` do.

Who does what: the scenario gives the model and the data, this path compiles and feeds them, the recorder observes.
Where rows are drawn by NumPy (seed=shared, or a buffer where fit takes no data sets), fit is called once an epoch with
the rows already in order; where a fixed rank of the targets, a shuffle buffer or a data set is asked for, fit is fed a
tf.data.Dataset; where a generator is, one of Python's; else it gets the arrays.
"""

from seedluck_worker.adapters import named
from seedluck_worker.adapters.adapter import nested
from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness.batches import count, order_of_epochs, take

# The same by hand, for src.reproduce: config/paths.py says what stands in braces.
SOURCE = """\
m.compile(optimizer={optimizer}, loss={loss}{eager})
m.fit({fed}, epochs=EPOCHS, verbose=0{shuffle}{weights})"""


def prepare(kit, scenario, data, job):
    """Nothing to change about the classes that the scenario builds with."""


def rehearse(kit, scenario, data, job):
    """Make what fit is given by name, so that a name that the package does not have is said before anything trains."""
    for asked in job["framework"]["callbacks"]:
        named.callback(kit.keras, asked)


def train(kit, scenario, model, data, job, recorder):
    compile_and_fit(kit, model, data, job, recorder, loss=kit.compiled_loss(scenario))


def compile_and_fit(kit, model, data, job, recorder, **compiled):
    framework, seed, scenario = job["framework"], job["seed"], job["scenario"]
    if framework["execution"] == "eager":
        compiled["run_eagerly"] = True
    if framework["jit_compile"] is not None:
        compiled["jit_compile"] = framework["jit_compile"]
    if framework["steps_per_execution"] > 1:
        compiled["steps_per_execution"] = framework["steps_per_execution"]
    model.compile(optimizer=kit.optimizer(**job["optimizer"]), **compiled)
    recorder.compiled(model.optimizer)
    epochs, size, rows = scenario["epochs"], scenario["batch_size"], count(data.x)
    shuffle, kind = framework["shuffle"], framework["input"]
    flat = getattr(data.y, "ndim", None) == 1
    y = data.y[:, None] if framework["targets"] == "expanded" and flat else data.y
    weights = of_rows(data, framework)
    # Class weights go to fit where it is fed arrays; a data set or a generator brings the weight of every row along.
    drawn_by_tf = shuffle == "buffer" and seed["kind"] != "shared"
    arrays = kind == "arrays" and framework["targets"] != "as_given" and not drawn_by_tf
    common = {"verbose": 0}
    if framework["class_weight"] and arrays:
        common["class_weight"] = {int(name): value for name, value in framework["class_weight"].items()}
        weights = of_rows(data, {**framework, "class_weight": None})
    if framework["validation"] == "as_given" and data.validation_x is not None:
        common["validation_data"] = (data.validation_x, data.validation_y)
    own = [named.callback(kit.keras, asked) for asked in framework["callbacks"]]
    tell = _callback(kit, recorder)

    by_numpy = seed["kind"] == "shared" or kind == "generator"
    by_numpy = by_numpy or (shuffle == "batch" and not arrays)
    if by_numpy or (shuffle == "buffer" and "datasets" not in job["runtime"]["features"]):
        orders = order_of_epochs(rows, shuffle, framework["shuffle_buffer"], kit.seeds.batch_order(), size)
        own = [over_epochs(kit, one, epochs) for one in own]
        finish = _end_of_training(model)
        for epoch, order in zip(range(epochs), orders):
            recorder.order(order)
            fed = _fed(take(data.x, order), take(y, order), None if weights is None else weights[order])
            turn = {"initial_epoch": epoch, "epochs": epoch + 1, "callbacks": [tell] + own}
            if kind == "generator":
                kit.adapter.fit_batches(model, _batches(fed, size), steps_per_epoch=-(-rows // size), **common, **turn)
            elif kind == "dataset" or framework["targets"] == "as_given":
                model.fit(_dataset(fed).batch(size), **common, **turn)
            else:
                _fit_arrays(model, fed, batch_size=size, shuffle=False, **common, **turn)
            if model.stop_training:
                break
        finish()
        return
    common["callbacks"] = [tell] + own
    fed = _fed(data.x, y, weights)
    if arrays:
        shuffle = {"none": False, "each_epoch": True, "batch": "batch"}[shuffle]
        _fit_arrays(model, fed, batch_size=size, epochs=epochs, shuffle=shuffle, **common)
        return
    dataset = _dataset(fed)
    if shuffle != "none":
        window = framework["shuffle_buffer"] if shuffle == "buffer" else None
        dataset = dataset.shuffle(window or rows)
    model.fit(dataset.batch(size), epochs=epochs, **common)


def _end_of_training(model):
    """Keep fit from what it does to the weights at its end, as averaging them; return what does it, once, at the end.

    Of the many calls of fit, one an epoch, only the last one is the end of training.
    """
    optimizer = model.optimizer
    if not hasattr(optimizer, "finalize_variable_values"):
        return lambda: None
    finalize = optimizer.finalize_variable_values
    optimizer.finalize_variable_values = lambda variables: None

    def finish():
        del optimizer.finalize_variable_values
        finalize(model.trainable_variables)

    return finish


def _fed(x, y, weights):
    return (x, y) if weights is None else (x, y, weights)


def _fit_arrays(model, fed, **how):
    if len(fed) == 3:
        how["sample_weight"] = fed[2]
    model.fit(fed[0], fed[1], **how)


def _batches(fed, size):
    for i in range(0, count(fed[0]), size):
        yield tuple(take(part, slice(i, i + size)) for part in fed)


def _dataset(fed):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(nested(fed))


def over_epochs(kit, callback, epochs):
    """A callback for which the many calls of fit, one an epoch, are one training."""

    class OverEpochs(kit.keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.epochs = 0

        def set_model(self, model):
            super().set_model(model)
            callback.set_model(model)

        def set_params(self, params):
            super().set_params(params)
            callback.set_params(dict(params or {}, epochs=epochs))

        def on_train_begin(self, logs=None):
            if self.epochs == 0:
                callback.on_train_begin(logs)

        def on_train_end(self, logs=None):
            if self.epochs == epochs or self.model.stop_training:
                callback.on_train_end(logs)

        def on_epoch_begin(self, epoch, logs=None):
            callback.on_epoch_begin(epoch, logs)

        def on_epoch_end(self, epoch, logs=None):
            self.epochs = epoch + 1
            callback.on_epoch_end(epoch, logs)

        def on_batch_begin(self, batch, logs=None):
            callback.on_batch_begin(batch, logs)

        def on_batch_end(self, batch, logs=None):
            callback.on_batch_end(batch, logs)

    return OverEpochs()


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
