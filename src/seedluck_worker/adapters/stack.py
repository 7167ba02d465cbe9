"""What a case needs of a framework, the same for Keras 3 on its backends and for TensorFlow's own Keras."""

import numpy as np


class LeftOut(Exception):
    """The catalogue does not try this case on this framework; the argument says why."""


def stack_of(keras):
    """Return the stack of a package; older ones compute with TensorFlow alone."""
    return Stack(keras, "tensorflow" if int(keras.__version__.split(".")[0]) < 3 else keras.backend.backend())


class Stack:
    """keras: the module ``keras`` or ``tf_keras``. backend: ``tensorflow``, ``jax`` or ``torch``."""

    def __init__(self, keras, backend):
        self.keras, self.backend = keras, backend
        self.is_tf_keras = int(keras.__version__.split(".")[0]) < 3

    @property
    def compiles(self):
        """Whether the framework brings a compiler."""
        return self.backend != "torch"  # whose compiler is no part of its package

    def settle(self, floatx, traced):
        """Settle the type of floats. traced: whether what is computed is compiled, as by fit. JAX would
        compile every operation of every new case.
        """
        if self.backend == "jax":
            import jax

            jax.config.update("jax_enable_x64", floatx == "float64")
            jax.config.update("jax_disable_jit", not traced)

    def tensor(self, array):
        """Return the framework's tensor of an array; floats in the type that Keras computes in."""
        array = np.asarray(array)
        if array.dtype.kind == "f":
            array = array.astype(self.keras.backend.floatx())
        if self.is_tf_keras:
            import tensorflow as tf

            return tf.convert_to_tensor(array)
        return self.keras.ops.convert_to_tensor(array)

    def variable(self, array):
        """Return a variable with the values of an array."""
        if self.is_tf_keras:
            import tensorflow as tf

            return tf.Variable(array.astype(self.keras.backend.floatx()))
        return self.keras.Variable(array.astype(self.keras.backend.floatx()))

    def rows(self, values, indices, shape):
        """Return a gradient of some rows, in the way in which looking up an embedding gives it on this framework."""
        if self.backend == "tensorflow":
            import tensorflow as tf

            return tf.IndexedSlices(self.tensor(values), tf.constant(indices), tf.constant(shape))
        dense = np.zeros(shape, "float32")
        np.add.at(dense, indices, values)
        return self.tensor(dense)

    def apply(self, optimizer, gradients, variables):
        """Let an optimizer take one step."""
        if self.backend == "torch":
            import torch

            with torch.no_grad():
                optimizer.apply(gradients, variables)
        else:
            optimizer.apply_gradients(list(zip(gradients, variables)))

    def numpy(self, tensor):
        """Return the values of a tensor or a variable."""
        if hasattr(tensor, "detach"):
            tensor = tensor.detach().cpu()
        if not self.is_tf_keras and hasattr(tensor, "value"):
            return np.array(self.keras.ops.convert_to_numpy(tensor.value))
        return np.array(tensor)
