"""Dropout masks and noise that are the same in every package, version and backend.

Under ``seed=shared`` the functions with which a package's layers draw while they train are replaced for this process:
what they draw comes from randomness/counters.py, as a function of the seed, of the layer (the first that draws is
0, the next 1), of the draw within a call of it, and of how often it has drawn. Whether, at which rate and at which
shape a layer draws stays its own affair.
"""

import functools
import importlib
import inspect
import sys
import threading

import numpy as np

from seedluck_worker.randomness.counters import OF_BACKEND, uniform

NOISE = ("GaussianNoise", "GaussianDropout")
_DRAWS_A_LAYER = 64  # more than any layer makes in one call


class Masks:
    """Holds what layers draw. graph_mode: as of Toolkit. key: an int below 2^32, of the seed.

    inactive: names of layers that are called as after training, whatever their model does.

    Attributes:
        held: layers whose draws came from here, and those that were kept from drawing.
    """

    def __init__(self, keras, backend, graph_mode, key, inactive=()):
        self._keras, self._backend, self._graph_mode, self._key = keras, backend, graph_mode, key
        self._inactive = set(inactive)
        self._numbers = OF_BACKEND[backend]()
        self._calls = threading.local()  # the layers that are being called, the innermost last
        self._streams, self._steps, self.held = {}, {}, []
        self._follow_layers()
        for owner, name in _drawing(keras):
            replacement = {"normal": self._normal, "random_normal": self._normal}.get(name, self._dropout)
            setattr(owner, name, replacement(getattr(owner, name)))

    def restart(self, key):
        """Begin again, with another key and the layers of another model; the key may be a number that JAX traces."""
        self._key = key
        self._streams, self._steps, self.held = {}, {}, []

    def _follow_layers(self):
        base = self._keras.layers.Layer
        original, calls = base.__call__, self._calls

        @functools.wraps(original)
        def call(layer, *args, **kwargs):
            stack = calls.__dict__.setdefault("stack", [])
            stack.append([layer, 0])
            if layer.name in self._inactive and "training" in inspect.signature(layer.call).parameters:
                kwargs["training"] = False
                if all(layer is not one for one in self.held):
                    self.held.append(layer)
            try:
                return original(layer, *args, **kwargs)
            finally:
                stack.pop()

        base.__call__ = call
        if self._graph_mode:
            self._follow_what_is_called_inside()

    def _follow_what_is_called_inside(self):
        """In TensorFlow 1 a Sequential that was not told its input's shape runs ``layer.call``, and not the layer."""
        for owner in (getattr(self._keras.layers, name) for name in ("Dropout", *NOISE)):
            owner.call = self._followed(owner.call)

    def _followed(self, original):
        masks = self

        def call(self, inputs, training=None):  # with the names that TensorFlow looks for
            stack = masks._calls.__dict__.setdefault("stack", [])
            if stack and stack[-1][0] is self:
                return original(self, inputs, training=training)
            if self.name in masks._inactive:
                training = False
            stack.append([self, 0])
            try:
                return original(self, inputs, training=training)
            finally:
                stack.pop()

        return call

    def _dropout(self, original):
        names = _names(original)

        @functools.wraps(original)
        def dropout(*args, **kwargs):
            given = dict(zip(names, args), **kwargs)
            x = next(given[name] for name in ("x", "inputs") if name in given)
            rate = given.get("rate", given.get("level"))
            if rate is None and "keep_prob" in given:
                rate = 1 - given["keep_prob"]
            plain = isinstance(rate, (int, float)) and 0 < rate < 1
            step = self._next(given.get("seed", given.get("self"))) if plain else None
            if step is None:
                return original(*args, **kwargs)
            drawn = self._uniform(step, self._shape(x, given.get("noise_shape")))
            return x * self._like(x, drawn >= np.float32(rate)) * (1.0 / (1.0 - rate))

        return dropout

    def _normal(self, original):
        names = _names(original)

        @functools.wraps(original)
        def normal(*args, **kwargs):
            given = dict(zip(names, args), **kwargs)
            stack = getattr(self._calls, "stack", [])
            noisy = stack and type(stack[-1][0]).__name__ in NOISE  # initializers draw by the same function
            step = self._next(given.get("seed", given.get("self"))) if noisy else None
            if step is None:
                return original(*args, **kwargs)
            # Box and Muller 1958. A uniform number may be 0, and 1 less it may not.
            shape = self._shape(None, given["shape"])
            radius, angle = 1 - self._uniform(step, shape, 0), self._uniform(step, shape, 1)
            xp = self._functions()
            drawn = xp["sqrt"](-2.0 * xp["log"](radius)) * xp["cos"](angle * np.float32(2 * np.pi))
            return drawn * given.get("stddev", 1.0) + given.get("mean", 0.0)

        return normal

    def _next(self, seed):
        """The stream and step of the draw that is about to be made; None if it cannot be held.

        seed: what the function was given to draw with.
        """
        stack = getattr(self._calls, "stack", None)
        if not stack:
            return None
        layer, drawn = stack[-1]
        stack[-1][1] += 1
        if hasattr(self._keras, "ops"):
            if not hasattr(seed, "next"):
                return None
            state = seed.next()
            step = state[1]
        else:
            step = self._counted(layer, drawn)
        streams = self._streams.setdefault(self._graph(), {})
        if id(layer) not in streams:
            streams[id(layer)] = len(streams)
            self.held.append(layer)
        return streams[id(layer)] * _DRAWS_A_LAYER + drawn, step

    def _counted(self, layer, drawn):
        """How often this draw was made before; each time it is computed it is counted."""
        import tensorflow as tf

        key = self._graph(), id(layer), drawn
        if self._graph_mode:
            if key not in self._steps:  # the session starts it with the others
                self._steps[key] = self._keras.backend.variable(0, dtype="int64")
            return tf.compat.v1.assign_add(self._steps[key], 1) - 1
        if key not in self._steps:
            with tf.init_scope():
                self._steps[key] = tf.Variable(0, dtype="int64", trainable=False)
        return self._steps[key].assign_add(1) - 1

    def _graph(self):
        """Which graph is being built, where there are several: an Estimator builds the model again in its own."""
        if not self._graph_mode:
            return None
        import tensorflow as tf

        return id(tf.compat.v1.get_default_graph())

    def _uniform(self, place, shape, part=0):
        stream, step = place
        count, reshape = shape
        return reshape(uniform(self._numbers, (self._key, 2 * stream + part), step, count))

    def _shape(self, x, asked):
        """How many numbers are to be drawn, and a function that shapes them. asked: with None where x decides."""
        if self._backend == "tensorflow":
            import tensorflow as tf

            if asked is None:
                shape = tf.shape(x)
            elif isinstance(asked, (tuple, list)):
                whole = None if x is None else tf.shape(x)
                shape = tf.stack([whole[i] if size is None else size for i, size in enumerate(asked)])
            else:
                shape = asked
            static = tf.TensorShape([getattr(n, "value", n) for n in x.shape]) if asked is None else None

            def reshape(drawn):
                drawn = tf.reshape(drawn, shape)
                if static is not None:
                    drawn.set_shape(static)
                return drawn

            return tf.reduce_prod(shape), reshape
        shape = tuple(x.shape) if asked is None else tuple(x.shape[i] if n is None else n for i, n in enumerate(asked))
        return int(np.prod(shape)), lambda drawn: drawn.reshape(shape)

    def _like(self, x, mask):
        if self._backend == "tensorflow":
            import tensorflow as tf

            return tf.cast(mask, x.dtype)
        return mask.to(x.dtype) if self._backend == "torch" else mask.astype(x.dtype)

    def _functions(self):
        if self._backend == "tensorflow":
            import tensorflow as tf

            return {"sqrt": tf.sqrt, "log": tf.math.log, "cos": tf.cos}
        module = __import__("jax.numpy", fromlist=["numpy"]) if self._backend == "jax" else __import__("torch")
        return {name: getattr(module, name) for name in ("sqrt", "log", "cos")}


def _names(function):
    return list(inspect.signature(function).parameters)


def _drawing(keras):
    """(owner, name) of every function by which a package's layers draw dropout and noise."""
    if hasattr(keras, "ops"):
        random = importlib.import_module("keras.src.backend").random
        return [(random, "dropout"), (random, "normal")]
    module = keras.layers.Layer.__module__
    root = module.split(".keras.")[0] + ".keras" if ".keras." in module else module.partition(".")[0]
    backend = sys.modules.get(root + ".src.backend") or sys.modules[root + ".backend"]
    owners = [getattr(backend, "RandomGenerator", None), backend]
    found = [(owner, name) for owner in owners if owner for name in ("dropout", "random_normal")]
    core = sys.modules.get(root + ".layers.core")
    if hasattr(core, "nn"):  # TensorFlow's own Keras before it had generators
        found.append((core.nn, "dropout"))
    return found
