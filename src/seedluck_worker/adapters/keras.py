"""What all Keras packages have in common, whatever they compute with."""

import functools
import inspect
import sys
from collections import OrderedDict

from seedluck_worker.adapters import seeding
from seedluck_worker.adapters.adapter import Adapter
from seedluck_worker.adapters.masks import Masks
from seedluck_worker.shared.refusals import Mistake

MIXED = ("mixed_float16", "mixed_bfloat16")
WATCHED = ("compile", "fit", "fit_generator", "train_on_batch", "evaluate")


class Keras(Adapter):
    """A Keras package: compile, fit, train_on_batch and evaluate are watched, and updates outside of these."""

    modules = ("keras", "tf_keras")

    def __init__(self, keras, backend):
        super().__init__(keras, backend)
        self.keras = keras

    def variables(self, model):
        found, seen = OrderedDict(), set()
        for layer in list(model.layers) + [model]:
            for variable in layer.weights:
                if id(variable) not in seen:
                    seen.add(id(variable))
                    name = variable.name.split(":")[0].split("/")[-1]
                    name = name if layer is model else layer.name + "/" + name
                    found[name if name not in found else f"{name}:{len(found)}"] = variable
        return found

    def trained(self, model):
        return list(model.trainable_weights)

    def is_built(self, model):
        return bool(model.built)

    def hold_type(self, dtype):
        keras = self.keras
        if dtype not in MIXED:
            keras.backend.set_floatx(dtype)
        if dtype == "float64" and "jax" in sys.modules:  # which makes float32 of it otherwise
            sys.modules["jax"].config.update("jax_enable_x64", True)
        for place, name in (
            (getattr(keras, "config", None), "set_dtype_policy"),
            (getattr(keras, "mixed_precision", None), "set_global_policy"),
            (getattr(getattr(keras, "mixed_precision", None), "experimental", None), "set_policy"),
        ):
            if hasattr(place, name):
                getattr(place, name)(dtype)
                return
        if dtype in MIXED:
            raise Mistake(
                f"framework.dtype is {dtype!r}, and this package has no mixed precision; allowed: float32, float64; "
                "the nearest valid choice is float32."
            )

    def seed(self, value):
        if hasattr(self.keras.utils, "set_random_seed"):
            self.keras.utils.set_random_seed(value)
        self.engine.seed(value)

    def hold_masks(self, seeds):
        """Hold what layers draw while they train, where the seeds ask for it."""
        if seeds.masks() is not None:
            self.masks = Masks(self, seeds.masks(), seeds.inactive)

    def watch(self, hooks):
        keras = self.keras
        own = seeding.hold_package(keras, hooks.seeds)
        if own is not None:
            hooks.follow(keras.__name__.rpartition(".")[2], lambda: repr(own.getstate()).encode())
        hooks.imported(self, keras)
        for owner in keras.Model.__mro__:
            for name in WATCHED:
                if name in vars(owner) and not getattr(vars(owner)[name], "watched", False):
                    setattr(owner, name, self._method(hooks, name, vars(owner)[name]))
        for owner in keras.optimizers.Optimizer.__mro__:
            if "apply_gradients" in vars(owner):
                owner.apply_gradients = self._update(hooks, vars(owner)["apply_gradients"])
        self._watch_models(hooks)
        if hasattr(keras.losses, "Loss"):
            self._watch_losses(hooks)

    def _method(self, hooks, name, original):
        signature = inspect.signature(original)

        @functools.wraps(original)
        def watched(model, *args, **kwargs):
            return hooks.entered(self, name, original, signature, model, args, kwargs)

        watched.watched = True
        return watched

    def _update(self, hooks, original):
        @functools.wraps(original)
        def watched(optimizer, grads_and_vars, *args, **kwargs):
            pairs = list(grads_and_vars)
            variables = [variable for _, variable in pairs]
            return hooks.stepped(self, optimizer, variables, lambda: original(optimizer, pairs, *args, **kwargs))

        return watched

    def _watch_models(self, hooks):
        model = self.keras.Model
        call, make = model.__call__, model.__init__

        @functools.wraps(call)
        def called(model, *args, **kwargs):
            return hooks.called(self, call, model, args, kwargs)

        @functools.wraps(make)
        def made(model, *args, **kwargs):
            make(model, *args, **kwargs)
            hooks.made(self, model)

        model.__call__, model.__init__ = called, made

    def _watch_losses(self, hooks):
        loss = self.keras.losses.Loss
        original = loss.__call__

        @functools.wraps(original)
        def call(loss, y_true, *args, **kwargs):
            hooks.loss(self, y_true)
            return original(loss, y_true, *args, **kwargs)

        loss.__call__ = call
