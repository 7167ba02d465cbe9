"""The places at which a script hands something to its framework, watched from the moment a package is imported.

Adapters wrap the places and tell what goes through them; here it is settled what of it is the script's own doing, and
handed on to the observation. Of MLflow the metrics are watched that the script logs.
"""

import functools
import importlib
import importlib.abc
import os
import random
import sys

import numpy as np

from seedluck_worker.adapters import ENGINES, FAMILIES, adapter_of
from seedluck_worker.adapters.hooks import TrainingHooks
from seedluck_worker.watching.generators import Generators
from seedluck_worker.watching.given import handed_over


class Doors(TrainingHooks):
    """job: the resolved configuration. seeds: Seeds. observation: is told what was seen.

    Attributes:
        logged: name → number that the script last logged with MLflow.
        generators: what is drawn from.
    """

    def __init__(self, job, seeds, observation):
        self.job, self.seeds, self._observation = job, seeds, observation
        self._busy = False  # whether one of the watched methods is under way, which call one another
        self._calling = False  # whether a model is being called, which may call others
        self._known = set()  # ids of the packages that are watched
        self._families = (*map(_imported, job["runtime"]["adapters"]), *FAMILIES)
        brought_up_by = {name for kind in (*ENGINES, *self._families) for name in kind.modules}
        self._packages = (*sorted(brought_up_by), "mlflow")
        self.logged, self.generators = {}, Generators()

    def watch(self):
        """Watch the packages that are there, and the others once they are imported; the process has been seeded."""
        self.generators.follow_process()
        for name in self._packages:
            if name in sys.modules:
                self._imported(name, sys.modules[name])
        sys.meta_path.insert(0, _AfterImport(self._packages, self._imported))
        os.register_at_fork(after_in_child=self._leave_alone)

    def versions(self):
        """Name → version of what the script imported."""
        versions = {name: sys.modules[name] for name in (*self._packages, "jax", "numpy") if name in sys.modules}
        return {name: getattr(module, "__version__", "unknown") for name, module in versions.items()}

    def _leave_alone(self):
        """In a process that the script forked: what is trained there is not the training that is watched."""
        self._busy = True

    def _imported(self, name, module):
        if name == "mlflow":
            self._watch_logging(module)
        for engine in ENGINES:
            if name in engine.modules:
                engine.watch(module, self)
        families = [family for family in self._families if name in family.modules]
        for package in {id(one): one for one in (family.package(name, module) for family in families)}.values():
            if package is not None and id(package) not in self._known:
                self._known.add(id(package))
                adapter = adapter_of(package, self.job["runtime"]["backend"], families)
                if adapter is not None:
                    adapter.watch(self)

    # What adapters tell.

    def imported(self, adapter, package):
        """The package's type and masks are held from its beginning."""
        if self.job["framework"]["dtype"]:
            adapter.hold_type(self.job["framework"]["dtype"])
        adapter.hold_masks(self.seeds)

    def follow(self, name, state):
        self.generators.follow(name, state)

    def at_begin(self, work):
        self._observation.at_begin.append(work)

    def made(self, adapter, model):
        self._observation.models[adapter].append(model)

    def optimizer_made(self, optimizer):
        self._observation.optimizer_made(optimizer)

    def entered(self, adapter, name, original, signature, model, args, kwargs):
        """Only what the script itself calls counts, and not what fit calls in turn."""
        if self._busy:
            return original(model, *args, **kwargs)
        given = handed_over(signature, model, args, kwargs)
        if "generator" in given:  # of fit_generator
            given["x"] = given.pop("generator")
        self._busy = True
        try:
            return getattr(self._observation, name)(adapter, original, model, given)
        finally:
            self._busy = False

    def called(self, adapter, original, model, args, kwargs):
        """A loop of the script's own computes gradients before its first update, so weights are taken over before."""
        if self._busy:
            return original(model, *args, **kwargs)
        outermost, self._calling = not self._calling, True
        try:
            self._observation.called(adapter, model)
            if outermost:
                self._observation.given_to(adapter, model, args, kwargs)
            return original(model, *args, **kwargs)
        finally:
            self._calling = not outermost

    def loss(self, adapter, targets):
        if not self._busy:
            self._observation.targets_given(adapter, targets)

    def stepped(self, adapter, optimizer, variables, update):
        if self._busy:
            return update()
        self._busy = True
        try:
            before = self._observation.update_begins(adapter, optimizer, variables)
            done = update()
            before.ended()
            return done
        finally:
            self._busy = False

    def _watch_logging(self, mlflow):
        def one(key, value, *args, **kwargs):
            self.logged[key] = value
            return log_metric(key, value, *args, **kwargs)

        def several(metrics, *args, **kwargs):
            self.logged.update(metrics)
            return log_metrics(metrics, *args, **kwargs)

        log_metric, log_metrics = mlflow.log_metric, mlflow.log_metrics
        mlflow.log_metric, mlflow.log_metrics = functools.wraps(log_metric)(one), functools.wraps(log_metrics)(several)


def _imported(name):
    """A class of somebody's own, by ``module.Class``."""
    module, _, kind = name.rpartition(".")
    return getattr(importlib.import_module(module), kind)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls back once a package has been imported whole."""

    def __init__(self, packages, imported):
        self._packages, self._imported, self._searching = packages, imported, set()

    def find_spec(self, name, path=None, target=None):
        if name not in self._packages or name in self._searching:
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
