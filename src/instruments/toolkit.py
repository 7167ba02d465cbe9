"""What a scenario builds and reads its model with, the same on every framework and version."""

import inspect
from collections import OrderedDict

import numpy as np

from src.instruments.batches import count, take
from src.instruments.refusals import Mistake, refused

_OPTIMIZERS = {
    "sgd": "SGD",
    "adam": "Adam",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
}
_LOSSES = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError"}
_CLIPPING = ("clipnorm", "clipvalue")  # which every Keras optimizer takes, in some versions by **kwargs
_TF_TRAIN = {"tf_train_rmsprop": "RMSPropOptimizer", "tf_train_adadelta": "AdadeltaOptimizer"}


class Toolkit:
    """One framework package, with what a job decides about it already settled.

    Attributes:
        keras: the package; whichever the job names.
        ops: ``matmul``, ``transpose``, ``shape`` and so on: ``keras.ops`` where there is one, TensorFlow elsewhere.
        Model, Sequential: the classes to build with; on the path ``train_step`` they bring that method.
        graph_mode: whether this is TensorFlow 1's way, where operations are declared first and run in a session.
        custom_objects: name → class, for a path that builds the model again from its configuration.
        read: variables → arrays; a path that keeps its variables elsewhere puts its own function here.
        shapes_in_loss: the static shapes of (targets, predictions) that ``loss`` was last traced with, or None.
    """

    def __init__(self, keras, seeds, backend):
        self.keras, self.seeds, self.backend = keras, seeds, backend
        self.Model, self.Sequential = keras.models.Model, keras.models.Sequential
        self.graph_mode = False
        self.custom_objects = {}
        self.shapes_in_loss = None
        if hasattr(keras, "ops"):
            self.ops = keras.ops
            self.read = lambda variables: [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
        else:
            import tensorflow

            self.ops = tensorflow
            self.graph_mode = not tensorflow.executing_eagerly()
            self.read = keras.backend.batch_get_value

    def initializer(self, name, **config):
        """Return an initializer by its Keras name and arguments, with its seed held as the job asks."""
        if self.seeds.kind == "shared":
            return self._from_numpy(self.seeds.initial(name, config))
        known = self.keras.initializers
        camel = "".join(part.title() for part in name.split("_"))
        initializer = getattr(known, camel, None) or getattr(known, name)  # older versions have functions for some
        if "seed" in inspect.signature(initializer).parameters:
            config = dict(config, seed=self.seeds.op())
        return initializer(**config)

    def _from_numpy(self, draw):
        keras = self.keras

        class FromNumPy(keras.initializers.Initializer):
            def __call__(self, shape, dtype=None, **kwargs):
                return draw(shape) if hasattr(keras, "ops") else keras.backend.constant(draw(shape))

            def get_config(self):
                return {}

        self.custom_objects["FromNumPy"] = FromNumPy
        return FromNumPy()

    def dropout(self, rate, **kwargs):
        """Return a dropout layer, with its seed held as the job asks."""
        return self.keras.layers.Dropout(rate, seed=self.seeds.op(), **kwargs)

    def optimizer(self, name, learning_rate, settings):
        """Return the optimizer of this name; a learning rate of None leaves the framework's default.

        A name of TensorFlow 1's own, such as ``tf_train_rmsprop``, gives the class of ``tf.train``.
        """
        if name in _TF_TRAIN:
            import tensorflow as tf

            optimizer = getattr(tf.compat.v1.train, _TF_TRAIN[name])
        else:
            optimizer = getattr(self.keras.optimizers, _OPTIMIZERS[name])
        accepted = inspect.signature(optimizer.__init__).parameters
        arguments = dict(settings)
        if learning_rate is not None:
            arguments["learning_rate" if "learning_rate" in accepted else "lr"] = learning_rate
        elif "learning_rate" in accepted and accepted["learning_rate"].default is inspect.Parameter.empty:
            raise Mistake(
                f"optimizer.learning_rate is null, and {name} has no rate of its own; allowed: a number above 0; the "
                "nearest valid choice is optimizer.learning_rate=0.001."
            )
        try:
            return optimizer(**arguments)
        except (TypeError, ValueError) as error:
            named = {key for key in accepted if key not in ("self", "args", "kwargs", "name", "learning_rate", "lr")}
            for setting in settings:
                if setting not in named:
                    raise refused(f"{name} takes no optimizer.settings", setting, named | set(_CLIPPING)) from error
            raise Mistake(f"optimizer.settings are {settings}, which {name} refuses: {_first_line(error)}.") from error

    def loss(self, scenario):
        """Return a function (targets, predictions) → scalar tensor."""
        compute = self._loss(scenario)

        def loss(targets, predictions):
            self.shapes_in_loss = (
                [getattr(n, "value", n) for n in targets.shape],
                [getattr(n, "value", n) for n in predictions.shape],
            )
            return compute(targets, predictions)

        return loss

    def _loss(self, scenario):
        if callable(scenario.loss):
            return lambda targets, predictions: scenario.loss(self, targets, predictions)
        known = self.keras.losses
        camel = "".join(part.title() for part in scenario.loss.split("_"))
        by_class = getattr(known, _LOSSES.get(scenario.loss, camel), None)
        if inspect.isclass(by_class):
            return by_class()
        try:  # the standalone package of TensorFlow 1's days has functions alone
            by_row = known.get(scenario.loss)
        except (ValueError, TypeError) as error:
            every = [key for key, value in vars(known).items() if inspect.isfunction(value) and not key.startswith("_")]
            raise refused("the scenario's loss is", scenario.loss, every) from error
        if isinstance(by_row, getattr(known, "Loss", ())):
            return by_row
        mean = self.ops.mean if hasattr(self.keras, "ops") else self.keras.backend.mean
        return lambda targets, predictions: mean(by_row(targets, predictions))

    def build(self, model, x):
        """Create the model's variables where it has none yet. x: the data's, whose shapes it takes."""
        if not model.built:
            shapes = [(None,) + array.shape[1:] for array in (x if isinstance(x, list) else [x])]
            model.build(shapes if isinstance(x, list) else shapes[0])

    def predict(self, model, x, rows_at_once=4096):
        """Return the model's answers in inference mode, as an array of shape (rows, ...)."""
        if self.graph_mode:
            return model.predict(x, batch_size=rows_at_once)
        parts = [slice(i, i + rows_at_once) for i in range(0, count(x), rows_at_once)]
        return np.concatenate([self._array(model(take(x, part), training=False)) for part in parts])

    def call(self, model, x, training):
        """Return the model's answers to few rows as an array, with the layers told whether this is training."""
        if not self.graph_mode:
            return self._array(model(x, training=training))
        backend = self.keras.backend
        function = backend.function(list(model.inputs) + [backend.learning_phase()], model.outputs)
        return function((x if isinstance(x, list) else [x]) + [int(training)])[0]

    def number(self, compute):
        """Return the float that ``compute(wrap)`` stands for, where wrap makes a float64 tensor of an array.

        None if the framework has no float64 or refuses.
        """
        if self.backend != "tensorflow":
            return None
        import tensorflow as tf

        try:
            tensor = compute(lambda array: tf.constant(array, "float64"))
            return float(self.keras.backend.get_session().run(tensor) if self.graph_mode else tensor)
        except (TypeError, ValueError, tf.errors.InvalidArgumentError):
            return None

    def _array(self, tensor):
        return np.array(self.ops.convert_to_numpy(tensor) if hasattr(self.keras, "ops") else tensor)

    def weights(self, model):
        """Return ``layer/weight`` → array, in the model's order; a weight of the model itself goes by its own name."""
        named = self.variables(model)
        return OrderedDict(zip(named, self.read(list(named.values()))))

    def variables(self, model):
        """Return ``layer/weight`` → the variable itself."""
        named, seen = OrderedDict(), set()
        for layer in list(model.layers) + [model]:
            for variable in layer.weights:
                if id(variable) not in seen:
                    seen.add(id(variable))
                    name = variable.name.split(":")[0].split("/")[-1]
                    named[name if layer is model else layer.name + "/" + name] = variable
        return named


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
