"""Keras 3, on TensorFlow, JAX or PyTorch."""

import importlib

import numpy as np

from seedluck_worker.adapters.adapter import outputs
from seedluck_worker.adapters.engines import EAGER
from seedluck_worker.adapters.keras import Keras


class Keras3(Keras):
    """Keras 3."""

    reports_running_mean = True

    def __init__(self, keras, backend):
        super().__init__(keras, backend)
        self.engine, self.ops = EAGER[backend](), keras.ops

    @classmethod
    def fits(cls, keras, backend):
        return hasattr(keras, "ops")

    def read(self, variables):
        return [self.array(variable) for variable in variables]

    def array(self, tensor):
        return np.array(self.ops.convert_to_numpy(tensor))

    def build(self, model, shapes):
        if getattr(model.build, "_is_default", False):  # which makes nothing
            symbol = self.keras.KerasTensor
            model([symbol(shape) for shape in shapes] if isinstance(shapes, list) else symbol(shapes))
        else:
            model.build(shapes)

    def settled_weights(self, model):
        if hasattr(model, "jax_state_sync"):  # within an epoch Keras keeps them elsewhere on JAX
            model.jax_state_sync()

    def constant(self, array, dtype):
        return array.astype(dtype or "float32")

    def mean(self, tensor):
        return self.ops.mean(tensor)

    def predict(self, model, parts):
        """A recurrent layer with dropout draws masks in inference too: its generator is put back."""
        weights = {id(weight) for weight in model.weights}
        states = [state for state in model.non_trainable_variables if id(state) not in weights]
        before = [self.ops.convert_to_numpy(state) for state in states]
        answers = [[self.array(one) for one in outputs(model(part, training=False))] for part in parts]
        self.assign(zip(states, before))
        return answers

    def call(self, model, x, training):
        return self.array(outputs(model(x, training=training))[0])

    def value(self, name, function, targets, predictions):
        return self.array(function(*map(self.ops.convert_to_tensor, (targets, predictions))))

    def drawing(self):
        random = importlib.import_module("keras.src.backend").random
        return [(random, "dropout"), (random, "normal")]

    def draw_step(self, seed, key, counters):
        return seed.next()[1] if hasattr(seed, "next") else None
