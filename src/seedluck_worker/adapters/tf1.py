"""Keras in TensorFlow 1's own way, where operations are declared first and run in a session."""

from seedluck_worker.adapters.adapter import outputs
from seedluck_worker.adapters.engines import Graph
from seedluck_worker.adapters.keras2 import Keras2


class Tf1(Keras2):
    """Keras in graph mode: the standalone package on TensorFlow 1, and TensorFlow 1's own."""

    metrics_as_functions = True
    fit_takes_generators = False
    reads_data_sets = False

    def __init__(self, keras, backend):
        super().__init__(keras, backend)
        self._functions = {}  # what computes a function's value from arrays

    def _engine(self):
        return Graph(self.keras)

    @classmethod
    def fits(cls, keras, backend):
        if hasattr(keras, "ops"):
            return False
        import tensorflow as tf

        return not tf.executing_eagerly()

    def assign(self, pairs):
        self.keras.backend.batch_set_value(list(pairs))

    def predict(self, model, parts):
        return [outputs(model.predict(part, batch_size=_rows(part))) for part in parts]

    def call(self, model, x, training):
        backend = self.keras.backend
        function = backend.function(list(model.inputs) + [backend.learning_phase()], model.outputs)
        return function((x if isinstance(x, list) else [x]) + [int(training)])[0]

    def value(self, name, function, targets, predictions):
        backend = self.keras.backend
        key = str(name), targets.ndim, predictions.ndim
        if key not in self._functions:
            shapes = (None,) * targets.ndim, (None,) + predictions.shape[1:]
            places = [backend.placeholder(shape=shape) for shape in shapes]
            self._functions[key] = backend.function(places, [function(*places)])
        return self._functions[key]([targets, predictions])[0]

    def steps(self, model, loss_of, optimizer, fed, compiled, jit_compile):
        """Loss, gradients and updates are declared once, as fit would, and run batch by batch."""
        backend = self.keras.backend
        optimizer = self.keras.optimizers.get(optimizer)  # wraps an optimizer of tf.train
        x, y, *weights = fed
        inputs, answers = list(model.inputs or []), model.outputs
        if not inputs:  # built only now that it sees what data is like
            shapes = [((None,) + one.shape[1:], str(one.dtype)) for one in _listed(x)]
            inputs = [backend.placeholder(shape=shape, dtype=dtype) for shape, dtype in shapes]
            answers = [model(inputs[0] if len(inputs) == 1 else inputs)]
        targets = backend.placeholder(shape=(None,) + y.shape[1:], dtype="float32")
        weighing = [backend.placeholder(shape=(None,), dtype="float32") for _ in weights]
        loss = loss_of(targets, answers[0], *weighing)
        for extra in model.losses:
            loss = loss + extra
        updates = list(model.updates) + list(optimizer.get_updates(loss=loss, params=model.trainable_weights))
        phase = backend.learning_phase()
        in_training = [] if isinstance(phase, int) else [phase]
        step = backend.function(inputs + [targets] + weighing + in_training, [loss], updates=updates)

        def steps(batches):
            return [step(_listed(part) + list(rest) + [1] * len(in_training))[0] for part, *rest in batches]

        return optimizer, steps

    def fit_batches(self, model, batches, **how):
        model.fit_generator(batches, **how)

    def draw_step(self, seed, key, counters):
        if key not in counters:  # the session starts it with the others
            counters[key] = self.keras.backend.variable(0, dtype="int64")
        return self.engine.tf.compat.v1.assign_add(counters[key], 1) - 1

    def graph(self):
        """An Estimator builds the model again in a graph of its own."""
        return id(self.engine.tf.compat.v1.get_default_graph())

    def called_inside(self):
        """A Sequential that was not told its input's shape runs ``layer.call``, and not the layer."""
        return [getattr(self.keras.layers, name) for name in ("Dropout", "GaussianNoise", "GaussianDropout")]


def _listed(part):
    return part if isinstance(part, list) else [part]


def _rows(part):
    return len(_listed(part)[0])
