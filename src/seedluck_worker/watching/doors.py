"""The places at which a script hands something to its framework, watched from the moment a package is imported.

Watched of every Keras: compile, fit, train_on_batch, evaluate, and updates of an optimizer outside of these. Of
TensorFlow and PyTorch: how they are seeded; of PyTorch also which optimizer is made. Of MLflow: metrics that the script
logs.
"""

import functools
import importlib.abc
import inspect
import os
import random
import sys

import numpy as np

from seedluck_worker.adapters import policies
from seedluck_worker.adapters.toolkit import Toolkit
from seedluck_worker.watching import seeding
from seedluck_worker.watching.generators import Generators
from seedluck_worker.watching.given import handed_over
from seedluck_worker.watching.shuffles import Shuffles

PACKAGES = ("keras", "tf_keras", "tensorflow", "torch", "mlflow")
ANOTHER = ("fit", "train_on_batch", "evaluate", "predict", "test_on_batch", "predict_on_batch")


class Doors:
    """job: the resolved configuration. seeds: Seeds. observation: is told what was seen.

    Attributes:
        logged: name → number that the script last logged with MLflow.
        generators: what is drawn from.
    """

    def __init__(self, job, seeds, observation):
        self._job, self._seeds, self._observation = job, seeds, observation
        self._busy = False  # whether one of the watched methods is under way, which call one another
        self._calling = False  # whether a model is being called, which may call others
        self._known = {}  # package's module → its kit
        self.logged, self.generators = {}, Generators()

    def watch(self):
        """Watch the packages that are there, and the others once they are imported; the process has been seeded."""
        self.generators.follow_process()
        for name in PACKAGES:
            if name in sys.modules:
                self._imported(name, sys.modules[name])
        sys.meta_path.insert(0, _AfterImport(self._imported))
        os.register_at_fork(after_in_child=self._leave_alone)

    def versions(self):
        """Name → version of what the script imported."""
        versions = {name: sys.modules[name] for name in (*PACKAGES, "jax", "numpy") if name in sys.modules}
        return {name: getattr(module, "__version__", "unknown") for name, module in versions.items()}

    def _leave_alone(self):
        """In a process that the script forked: what is trained there is not the training that is watched."""
        self._busy = True

    def _imported(self, name, module):
        if name == "mlflow":
            self._watch_logging(module)
            return
        if name in ("tensorflow", "torch"):
            seeding.hold_framework(name, module, self._seeds)
            self.generators.follow_framework(name)
            if name == "torch":
                self._watch_optimizers(module)
                return
            self._settle(module)
            if self._seeds.kind == "shared" and module.executing_eagerly():
                self._observation.at_begin.append(Shuffles(module, self._seeds).restart)
            module = _own_keras(module)
        if module is not None and id(module) not in self._known:
            self._watch_package(module)

    def _settle(self, tf):
        """What has to be settled before TensorFlow's first operation."""
        variables = self._job["framework"]["variables"]
        if variables != "left_to_package":
            tf1 = tf.compat.v1
            (tf1.enable_resource_variables if variables == "resource" else tf1.disable_resource_variables)()

    def _watch_package(self, keras):
        own = seeding.hold_package(keras, self._seeds)
        if own is not None:
            self.generators.follow(keras.__name__.rpartition(".")[2], lambda: repr(own.getstate()).encode())
        if self._job["framework"]["dtype"]:
            policies.hold(keras, self._job["framework"]["dtype"])
        kit = self._known[id(keras)] = Toolkit(keras, self._job["runtime"]["backend"], self._seeds)
        kit.hold_masks()
        for owner in keras.Model.__mro__:
            for name in ("compile", "fit", "fit_generator", "train_on_batch", "evaluate"):
                if name in vars(owner) and not getattr(vars(owner)[name], "watched", False):
                    setattr(owner, name, self._watched(kit, name, vars(owner)[name]))
        base = keras.optimizers.Optimizer
        for owner in base.__mro__:
            if "apply_gradients" in vars(owner):
                owner.apply_gradients = self._watched_update(kit, vars(owner)["apply_gradients"])
        self._watch_calls(kit)
        if hasattr(keras.losses, "Loss"):
            self._watch_losses(kit)
        original = keras.Model.__init__

        @functools.wraps(original)
        def remember(model, *args, **kwargs):
            original(model, *args, **kwargs)
            self._observation.models.append(model)

        keras.Model.__init__ = remember

    def _watched(self, kit, name, original):
        signature = inspect.signature(original)

        @functools.wraps(original)
        def watched(model, *args, **kwargs):
            if self._busy:
                return original(model, *args, **kwargs)
            given = handed_over(signature, model, args, kwargs)
            if "generator" in given:  # of fit_generator
                given["x"] = given.pop("generator")
            self._busy = True
            try:
                return getattr(self._observation, name)(kit, original, model, given)
            finally:
                self._busy = False

        watched.watched = True
        return watched

    def _watch_calls(self, kit):
        """A loop of the script's own computes gradients before its first update, so weights are taken over before."""
        model = kit.keras.Model
        original = model.__call__

        @functools.wraps(original)
        def call(model, *args, **kwargs):
            if self._busy:
                return original(model, *args, **kwargs)
            outermost, self._calling = not self._calling, True
            try:
                self._observation.called(kit, model)
                if outermost:
                    self._observation.given_to(kit, model, args, kwargs)
                return original(model, *args, **kwargs)
            finally:
                self._calling = not outermost

        model.__call__ = call

    def _watch_losses(self, kit):
        loss = kit.keras.losses.Loss
        original = loss.__call__

        @functools.wraps(original)
        def call(loss, y_true, *args, **kwargs):
            if not self._busy:
                self._observation.targets_given(kit, y_true)
            return original(loss, y_true, *args, **kwargs)

        loss.__call__ = call

    def _watch_optimizers(self, torch):
        """Of PyTorch an optimizer is seen where it is made."""
        original, observation = torch.optim.Optimizer.__init__, self._observation

        @functools.wraps(original)
        def made(optimizer, *args, **kwargs):
            original(optimizer, *args, **kwargs)
            observation.made_in_torch(optimizer)

        torch.optim.Optimizer.__init__ = made

    def _watched_update(self, kit, original):
        @functools.wraps(original)
        def watched(optimizer, grads_and_vars, *args, **kwargs):
            if self._busy:
                return original(optimizer, grads_and_vars, *args, **kwargs)
            pairs = list(grads_and_vars)
            self._busy = True
            try:
                before = self._observation.update_begins(kit, optimizer, [variable for _, variable in pairs])
                done = original(optimizer, pairs, *args, **kwargs)
                before.ended()
                return done
            finally:
                self._busy = False

        return watched

    def _watch_logging(self, mlflow):
        def one(key, value, *args, **kwargs):
            self.logged[key] = value
            return log_metric(key, value, *args, **kwargs)

        def several(metrics, *args, **kwargs):
            self.logged.update(metrics)
            return log_metrics(metrics, *args, **kwargs)

        log_metric, log_metrics = mlflow.log_metric, mlflow.log_metrics
        mlflow.log_metric, mlflow.log_metrics = functools.wraps(log_metric)(one), functools.wraps(log_metrics)(several)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls back once a package has been imported whole."""

    def __init__(self, imported):
        self._imported, self._searching = imported, set()

    def find_spec(self, name, path=None, target=None):
        if name not in PACKAGES or name in self._searching:
            return None
        self._searching.add(name)  # the search below comes by here again
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._searching.discard(name)  # some packages ask whether another is there long before they import it
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return None
        run, imported = spec.loader.exec_module, self._imported

        def exec_module(module):
            held = random.getstate(), np.random.get_state()
            run(module)
            random.setstate(held[0])  # an import that draws would make what comes after it depend on who imported first
            np.random.set_state(held[1])
            imported(name, module)

        spec.loader.exec_module = exec_module
        return spec


def _own_keras(tf):
    """The Keras that is TensorFlow's own code; None where it is a package of its own, which is watched as such."""
    try:
        module = tf.keras.layers.Layer.__module__  # which may load it
    except (AttributeError, ImportError):
        return None
    return tf.keras if module.startswith("tensorflow.") else None
