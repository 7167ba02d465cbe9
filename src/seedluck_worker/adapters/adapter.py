"""What is known of one family of frameworks: the only place that asks which framework, version or backend this is.

Each family is one file beside this one, with a class that has these methods. A scenario's tools (toolkit.py), paths,
recorders and the doors at which scripts are watched stand on it.
"""

from collections import OrderedDict


class Adapter:
    """One framework package, as the rest of the worker sees it.

    To watch scripts it takes ``variables``, ``read``, ``assign``, ``trained``, ``is_built``, ``hold_type`` and
    ``watch``; the rest is for scenarios, which are trained along paths. A framework of one's own is a class named by
    ``runtime.adapters``; tests/test_extensions.py has one.

    package: the module. backend: what it computes with, of the runtime.

    Attributes:
        modules: names of the packages whose import brings it up.
        name: of the package.
        masks: what holds the draws of its layers, Masks; None where they are not held.
        engine: what computes, one of engines.py.
        ops: ``matmul``, ``transpose``, ``shape`` and so on.
        metrics_as_functions: whether a metric can only be computed as a function of targets and predictions.
        reports_running_mean: whether train_on_batch tells the mean over the batches since metrics were reset.
        fit_takes_generators: whether fit takes batches from a generator, and not a method of its own.
        reads_data_sets: whether a data set can be read outside of a training.
    """

    modules = ()
    masks = None
    metrics_as_functions = False
    reports_running_mean = False
    fit_takes_generators = True
    reads_data_sets = True

    def __init__(self, package, backend):
        self.module, self.name = package, package.__name__

    @classmethod
    def fits(cls, package, backend):
        """Return whether this is the adapter of a package."""
        raise NotImplementedError

    @classmethod
    def package(cls, name, module):
        """Return the package that an imported module brings, or None. name: of the module, one of ``modules``."""
        return module

    # Weights.

    def variables(self, model):
        """Return ``layer/weight`` → the variable itself, in the model's order.

        A weight of the model itself goes by its own name; of two by one name the later has its place added.
        """
        raise NotImplementedError

    def weights(self, model):
        """Return name → array of all of a model's variables; names as of :meth:`variables`."""
        self.settled_weights(model)
        variables = self.variables(model)
        return OrderedDict(zip(variables, self.read(list(variables.values()))))

    def write(self, model, weights):
        """Give variables other values. weights: name → array, names as of :meth:`variables`."""
        variables = self.variables(model)
        self.assign([(variables[name], array) for name, array in weights.items()])

    def trained(self, model):
        """Return the variables of a model that are trained."""
        raise NotImplementedError

    def is_built(self, model):
        """Return whether a model has its variables."""
        raise NotImplementedError

    def read(self, variables):
        """Return the values of variables, arrays in the same order."""
        raise NotImplementedError

    def assign(self, pairs):
        """Give variables values. pairs: of variable and array."""
        for variable, array in pairs:
            variable.assign(array)

    def array(self, tensor):
        """Return a tensor's value as an array."""
        raise NotImplementedError

    def build(self, model, shapes):
        """Create the variables of a model that waits for its first rows.

        shapes: of its inputs, a tuple or a list of such, the rows as None. Raises whatever the model raises that cannot
        be built from shapes.
        """
        model.build(shapes)

    def settled_weights(self, model):
        """Make a model's variables hold what training has come to, where they are kept elsewhere meanwhile."""

    # Numerics.

    def constant(self, array, dtype):
        """Return an initial value as an initializer gives it. dtype: asked for, or None."""
        raise NotImplementedError

    def mean(self, tensor):
        """Return the mean over all of a tensor, a scalar tensor."""
        raise NotImplementedError

    def predict(self, model, parts):
        """Return the answers of a model in inference mode, a list of arrays for each part of the rows.

        parts: arrays of inputs, or lists of such, one after another. The model's generators stay as they are.
        """
        raise NotImplementedError

    def call(self, model, x, training):
        """Return the first of a model's answers to few rows as an array, its layers told whether this is training."""
        raise NotImplementedError

    def value(self, name, function, targets, predictions):
        """Return the value of a function of two tensors, an array. name: of the function, the same at every call."""
        raise NotImplementedError

    def steps(self, model, loss_of, optimizer, fed, compiled, jit_compile):
        """Return the optimizer that a loop outside of the model trains with, and the function that takes its steps.

        fed: all rows, as (x, y) or (x, y, weights); their shapes count. The rest, and the function, are as in
        engines.Engine.steps.
        """
        return optimizer, self.engine.steps(model, loss_of, optimizer, compiled, jit_compile)

    def hold_type(self, dtype):
        """Make a type the one that layers are built with; raises Mistake if the package has no such way to compute."""
        raise NotImplementedError

    # Doors.

    def watch(self, hooks):
        """Seed the package with the run's seed, and tell hooks, as of hooks.py, what a script does with it from now."""
        raise NotImplementedError

    def fit_batches(self, model, batches, **how):
        """Call fit on batches of (x, y) or (x, y, weights), arrays or lists of such, from a generator of Python."""
        model.fit((nested(batch) for batch in batches), **how)

    # Randomness.

    def seed(self, value):
        """Seed the package's and the engine's global generators."""
        raise NotImplementedError

    def hold_masks(self, seeds):
        """Hold what layers draw while they train, where the seeds ask for it; here: no layer draws."""

    def drawing(self):
        """Return (owner, name) of every function by which the package's layers draw dropout and noise."""
        raise NotImplementedError

    def draw_step(self, seed, key, counters):
        """Return how often a draw was made before, a number or a scalar tensor; None if that cannot be known.

        seed: what the function that draws was given. key: of the draw. counters: a dictionary, to keep counts in.
        """
        raise NotImplementedError

    def graph(self):
        """Return what tells the graph that is being built from others; None where there is but one."""
        return None

    def called_inside(self):
        """Return the classes of layers whose ``call`` may be run without the layer being called."""
        return []


def nested(parts):
    """Return several inputs or outputs as a tuple, as what is no array has them; a list would be one tensor."""
    return tuple(tuple(part) if isinstance(part, list) else part for part in parts)


def outputs(answer):
    """Return the outputs of a model, one or several, by name or in order, as a list."""
    if isinstance(answer, dict):
        return list(answer.values())
    return list(answer) if isinstance(answer, (list, tuple)) else [answer]
