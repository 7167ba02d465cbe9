"""What a scenario builds and reads its model with, the same on every framework and version."""

import inspect
from collections import OrderedDict

import numpy as np

_OPTIMIZERS = {
    "sgd": "SGD",
    "adam": "Adam",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
}
_LOSSES = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError"}


class Kit:
    """One framework package, with what a job decides about it already settled.

    Attributes:
        keras: the package, ``keras`` or ``tf_keras``.
        ops: ``matmul``, ``transpose``, ``shape`` and so on: ``keras.ops`` where there is one, TensorFlow elsewhere.
        Model, Sequential: the classes to build with; on the path ``train_step`` they bring that method.
    """

    def __init__(self, keras, seeds):
        self.keras, self.seeds = keras, seeds
        self.Model, self.Sequential = keras.Model, keras.Sequential
        if hasattr(keras, "ops"):
            self.ops = keras.ops
        else:
            import tensorflow

            self.ops = tensorflow

    def initializer(self, name, **config):
        """An initializer by its Keras name and arguments, with its seed held as the job asks."""
        if self.seeds.kind == "shared":
            return self._from_numpy(self.seeds.initial(name, config))
        initializer = getattr(self.keras.initializers, "".join(part.title() for part in name.split("_")))
        if "seed" in inspect.signature(initializer.__init__).parameters:
            config = dict(config, seed=self.seeds.op())
        return initializer(**config)

    def _from_numpy(self, draw):
        keras = self.keras

        class FromNumPy(keras.initializers.Initializer):
            def __call__(self, shape, dtype=None, **kwargs):
                return keras.backend.constant(draw(shape)) if not hasattr(keras, "ops") else draw(shape)

            def get_config(self):
                return {}

        return FromNumPy()

    def dropout(self, rate, **kwargs):
        """A dropout layer, with its seed held as the job asks."""
        return self.keras.layers.Dropout(rate, seed=self.seeds.op(), **kwargs)

    def optimizer(self, name, learning_rate, settings):
        """The optimizer of this name; a learning rate of None leaves the framework's default."""
        optimizer = getattr(self.keras.optimizers, _OPTIMIZERS[name])
        arguments = dict(settings)
        if learning_rate is not None:
            arguments[_rate_argument(optimizer)] = learning_rate
        return optimizer(**arguments)

    def loss(self, scenario):
        """A function (targets, predictions) → scalar tensor."""
        if callable(scenario.loss):
            return lambda targets, predictions: scenario.loss(self, targets, predictions)
        return getattr(self.keras.losses, _LOSSES.get(scenario.loss, scenario.loss))()

    def predict(self, model, x, rows_at_once=4096):
        """The model's answers in inference mode, as an array of shape (rows, ...)."""
        from src.worker.batches import count, take

        parts = [slice(i, i + rows_at_once) for i in range(0, count(x), rows_at_once)]
        return np.concatenate([np.asarray(model(take(x, part), training=False)) for part in parts])

    def weights(self, model):
        """``layer/weight`` → array, in the model's order; a weight of the model itself goes by its own name."""
        named, seen = OrderedDict(), set()
        for layer in list(model.layers) + [model]:
            for variable in layer.weights:
                if id(variable) not in seen:
                    seen.add(id(variable))
                    name = variable.name.split(":")[0].split("/")[-1]
                    named[name if layer is model else layer.name + "/" + name] = np.array(variable)
        return named


def _rate_argument(optimizer):
    """Older versions call it ``lr``."""
    return "learning_rate" if "learning_rate" in inspect.signature(optimizer.__init__).parameters else "lr"
