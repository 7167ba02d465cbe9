"""Dropout masks and noise that are the same in every package, version and backend.

Under ``seed=shared`` the functions with which a package's layers draw while they train are replaced for this process:
what they draw comes from randomness/counters.py, as a function of the seed, of the layer (the first that draws is
0, the next 1), of the draw within a call of it, and of how often it has drawn. Whether, at which rate and at which
shape a layer draws stays its own affair.
"""

import functools
import inspect
import threading

import numpy as np

from seedluck_worker.randomness.counters import uniform

NOISE = ("GaussianNoise", "GaussianDropout")
_DRAWS_A_LAYER = 64  # more than any layer makes in one call


class Masks:
    """Holds what layers draw. adapter: of their package. key: an int below 2^32, of the seed.

    inactive: names of layers that are called as after training, whatever their model does.

    Attributes:
        held: layers whose draws came from here, and those that were kept from drawing.
    """

    def __init__(self, adapter, key, inactive=()):
        self._adapter, self._engine, self._key = adapter, adapter.engine, key
        self._inactive = set(inactive)
        self._calls = threading.local()  # the layers that are being called, the innermost last
        self._streams, self._steps, self.held = {}, {}, []
        self._follow_layers()
        for owner, name in adapter.drawing():
            replacement = {"normal": self._normal, "random_normal": self._normal}.get(name, self._dropout)
            setattr(owner, name, replacement(getattr(owner, name)))

    def restart(self, key):
        """Begin again, with another key and the layers of another model; the key may be a number that JAX traces."""
        self._key = key
        self._streams, self._steps, self.held = {}, {}, []

    def _follow_layers(self):
        base = self._adapter.keras.layers.Layer
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
        for owner in self._adapter.called_inside():
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
            drawn = self._uniform(step, self._engine.size_of_draw(x, given.get("noise_shape")))
            return x * self._engine.as_type_of(x, drawn >= np.float32(rate)) * (1.0 / (1.0 - rate))

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
            shape = self._engine.size_of_draw(None, given["shape"])
            radius, angle = 1 - self._uniform(step, shape, 0), self._uniform(step, shape, 1)
            xp = self._engine.functions()
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
        graph = self._adapter.graph()
        step = self._adapter.draw_step(seed, (graph, id(layer), drawn), self._steps)
        if step is None:
            return None
        streams = self._streams.setdefault(graph, {})
        if id(layer) not in streams:
            streams[id(layer)] = len(streams)
            self.held.append(layer)
        return streams[id(layer)] * _DRAWS_A_LAYER + drawn, step

    def _uniform(self, place, shape, part=0):
        stream, step = place
        count, reshape = shape
        return reshape(uniform(self._engine.numbers, (self._key, 2 * stream + part), step, count))


def _names(function):
    return list(inspect.signature(function).parameters)
