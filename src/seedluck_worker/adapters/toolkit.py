"""What a scenario builds and reads its model with, the same on every framework and version."""

import inspect
from collections import OrderedDict

import numpy as np

from seedluck_worker.adapters import named
from seedluck_worker.adapters.scores import Scores
from seedluck_worker.randomness.batches import count, take
from seedluck_worker.randomness.seeds import DRAWN


class Toolkit:
    """One framework package, with what a job decides about it already settled.

    Attributes:
        keras: the package; whichever the job names.
        adapter: what is known of it; adapter.py.
        engine: what it computes with; engines.py. backend: its name.
        ops: ``matmul``, ``transpose``, ``shape`` and so on: ``keras.ops`` where there is one, TensorFlow elsewhere.
        Model, Sequential: the classes to build with; on the path ``train_step`` they bring that method.
        custom_objects: name → class, for a path that builds the model again from its configuration.
        read: variables → arrays; a path that keeps its variables elsewhere puts its own function here.
        shapes_in_loss: the static shapes of (targets, predictions) that ``loss`` was last traced with, or None.
    """

    def __init__(self, adapter, backend, seeds):
        self.adapter, self.backend, self.seeds = adapter, backend, seeds
        self.keras, self.engine, self.ops, self.read = adapter.keras, adapter.engine, adapter.ops, adapter.read
        self.Model, self.Sequential = self.keras.models.Model, self.keras.models.Sequential
        self.custom_objects = {}
        self.shapes_in_loss = self._scores = None

    @property
    def masks(self):
        """What holds the draws of layers; None where they are not held."""
        return self.adapter.masks

    def initializer(self, name, **config):
        """Return an initializer by its Keras name and arguments, with its seed held as the job asks.

        A scenario that builds more of its model when it is built takes its initializers from here, so that
        ``seed=shared`` gives what is built the shared values at once; all others are carried over once it stands.
        """
        if self.seeds.kind == "shared" and name.startswith(DRAWN):
            return self._from_numpy(self.seeds.initial(name, config))
        known = self.keras.initializers
        camel = "".join(part.title() for part in name.split("_"))
        initializer = getattr(known, camel, None) or getattr(known, name)  # older versions have functions for some
        if "seed" in inspect.signature(initializer).parameters:
            config = dict(config, seed=self.seeds.op())
        return initializer(**config)

    def _from_numpy(self, draw):
        adapter = self.adapter

        class FromNumPy(self.keras.initializers.Initializer):
            def __call__(self, shape, dtype=None, **kwargs):
                return adapter.constant(draw(shape), dtype)

            def get_config(self):
                return {}

        self.custom_objects["FromNumPy"] = FromNumPy
        return FromNumPy()

    def dropout(self, rate, **kwargs):
        """Return a dropout layer, with its seed held as the job asks."""
        return self.keras.layers.Dropout(rate, seed=self.seeds.op(), **kwargs)

    def optimizer(self, name, learning_rate, settings):
        """Return the optimizer of this name; see adapters/named.py."""
        return named.optimizer(self.keras, name, learning_rate, settings)

    def loss(self, scenario):
        """Return a function (targets, predictions, weights) → scalar tensor; weights: of the rows, or None."""
        compute = self._loss(scenario)

        def loss(targets, predictions, weights=None):
            if not isinstance(targets, (list, tuple)):
                self.shapes_in_loss = (
                    [getattr(n, "value", n) for n in targets.shape],
                    [getattr(n, "value", n) for n in predictions.shape],
                )
            return compute(targets, predictions) if weights is None else compute(targets, predictions, weights)

        return loss

    def _loss(self, scenario):
        if callable(scenario.loss):
            return lambda targets, predictions, *weights: scenario.loss(self, targets, predictions, *weights)
        if isinstance(scenario.loss, (list, tuple)):  # one for each output
            parts = [self._one_loss(asked) for asked in scenario.loss]
            return lambda targets, predictions, *weights: sum(
                part(*pair, *weights) for part, pair in zip(parts, zip(targets, predictions))
            )
        return self._one_loss(scenario.loss)

    def _one_loss(self, asked):
        found = named.loss(self.keras, asked)
        if isinstance(found, getattr(self.keras.losses, "Loss", ())):
            return found

        def by_row(targets, predictions, weights=None):
            every = found(targets, predictions)
            return self.adapter.mean(every if weights is None else every * weights)

        return by_row

    def compiled_loss(self, scenario):
        """Return the loss as compile takes it: names as they are, the rest as objects or functions."""
        if callable(scenario.loss):
            return self.loss(scenario)
        every = scenario.loss if isinstance(scenario.loss, (list, tuple)) else [scenario.loss]
        given = [one if isinstance(one, str) and "." not in one else named.loss(self.keras, one) for one in every]
        return given if isinstance(scenario.loss, (list, tuple)) else given[0]

    def score(self, scenario, model, data, metrics):
        """Return name → float: what adapters/scores.py measures of the model's answers to all rows."""
        if self._scores is None:
            self._scores = Scores(self, scenario, metrics)
        return self._scores.of(model, data)

    def build(self, model, x):
        """Create the model's variables where it has none yet. x: the data's, whose shapes it takes."""
        if not model.built:
            shapes = [(None,) + array.shape[1:] for array in (x if isinstance(x, list) else [x])]
            model.build(shapes if isinstance(x, list) else shapes[0])

    def predict(self, model, x, rows_at_once=4096):
        """Return the model's answers in inference mode, of shape (rows, ...); a list of such, one for each output."""
        parts = [take(x, slice(i, i + rows_at_once)) for i in range(0, count(x), rows_at_once)]
        joined = [np.concatenate(output) for output in zip(*self.adapter.predict(model, parts))]
        return joined if len(joined) > 1 else joined[0]

    def call(self, model, x, training):
        """Return the model's answers to few rows as an array, with the layers told whether this is training."""
        return self.adapter.call(model, x, training)

    def number(self, compute):
        """Return the float that ``compute(wrap)`` stands for, where wrap makes a float64 tensor of an array.

        None if the framework has no float64 or refuses.
        """
        return self.engine.in_float64(compute)

    def array(self, tensor):
        """Return a tensor's value."""
        return self.adapter.array(tensor)

    def weights(self, model):
        """Return ``layer/weight`` → array, in the model's order; a weight of the model itself goes by its own name."""
        self.adapter.settled_weights(model)
        variables = self.variables(model)
        return OrderedDict(zip(variables, self.read(list(variables.values()))))

    def variables(self, model):
        """Return ``layer/weight`` → the variable itself; of two by one name the later has its place added."""
        return self.adapter.variables(model)

    def write(self, model, weights):
        """Give variables other values. weights: name → array, names as of :meth:`variables`."""
        self.adapter.write(model, weights)
