"""Keras before version 3, where TensorFlow runs operations as they come: tf_keras, and TensorFlow 2's own Keras."""

import sys

import numpy as np

from seedluck_worker.adapters.adapter import outputs
from seedluck_worker.adapters.engines import TensorFlow
from seedluck_worker.adapters.keras import Keras


class Keras2(Keras):
    """Keras 2."""

    modules = (*Keras.modules, "tensorflow")

    def __init__(self, keras, backend):
        super().__init__(keras, backend)
        self.engine = self._engine()
        self.ops, self.read = self.engine.tf, keras.backend.batch_get_value

    def _engine(self):
        return TensorFlow()

    @classmethod
    def package(cls, name, module):
        """Of TensorFlow the Keras that is its own code; one that is a package of its own is watched as such."""
        if name != "tensorflow":
            return module
        try:
            where = module.keras.layers.Layer.__module__  # which may load it
        except (AttributeError, ImportError):
            return None
        return module.keras if where.startswith("tensorflow.") else None

    @classmethod
    def fits(cls, keras, backend):
        if hasattr(keras, "ops"):
            return False
        import tensorflow as tf

        return tf.executing_eagerly()

    def array(self, tensor):
        return np.array(tensor)

    def constant(self, array, dtype):
        return self.keras.backend.constant(array)

    def mean(self, tensor):
        return self.keras.backend.mean(tensor)

    def predict(self, model, parts):
        return [[self.array(one) for one in outputs(model(part, training=False))] for part in parts]

    def call(self, model, x, training):
        return self.array(outputs(model(x, training=training))[0])

    def value(self, name, function, targets, predictions):
        return self.array(function(*map(self.ops.convert_to_tensor, (targets, predictions))))

    def drawing(self):
        module = self.keras.layers.Layer.__module__
        root = module.split(".keras.")[0] + ".keras" if ".keras." in module else module.partition(".")[0]
        backend = sys.modules.get(root + ".src.backend") or sys.modules[root + ".backend"]
        owners = [getattr(backend, "RandomGenerator", None), backend]
        functions = [(owner, name) for owner in owners if owner for name in ("dropout", "random_normal")]
        core = sys.modules.get(root + ".layers.core")
        if hasattr(core, "nn"):  # TensorFlow's own Keras before it had generators
            functions.append((core.nn, "dropout"))
        return functions

    def draw_step(self, seed, key, counters):
        tf = self.engine.tf
        if key not in counters:
            with tf.init_scope():
                counters[key] = tf.Variable(0, dtype="int64", trainable=False)
        return counters[key].assign_add(1) - 1
