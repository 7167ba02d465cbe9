"""What the numbers are replaced by with which a script seeds its generators.

A script's framework is seeded with the run's seed, wherever and as often as the script seeds it, and before it where it
does not. NumPy's and Python's generators, by which scripts make their data, stay as the script has them, unless
everything is to be held. Where it seeds neither, they begin with the run's seed.
"""

import functools
import random
import sys

import numpy as np


def hold_process(seeds, everything):
    """Seed Python and NumPy; and if everything is to be held, replace every seed that they are given later."""
    seeds.hold_python_and_numpy()
    if everything and seeds.kind != "none":
        _replace(random, "seed", seeds.value)
        _replace_class(np.random, "RandomState", seeds.value)
        for name in ("seed", "default_rng"):
            if hasattr(np.random, name):
                _replace(np.random, name, seeds.value)


def hold_package(keras, seeds):
    """Seed a Keras package that was just imported, and replace the seeds that it is given from now on.

    Returns the generator from which the package takes the seeds of its initializers and layers; None if none is held.
    """
    if seeds.kind == "none":
        return None
    own = random.Random(seeds.value)

    def seed_anew():
        own.seed(seeds.value)
        _own_seeds(keras, seeds.value, own)

    seed_anew()
    if hasattr(keras.utils, "set_random_seed"):
        original = keras.utils.set_random_seed

        @functools.wraps(original)
        def set_random_seed(seed):
            original(seed)  # which seeds Python's and NumPy's generators as well
            seed_anew()
            for module in ("tensorflow", "torch"):
                if module in sys.modules:
                    _SEED[module](sys.modules[module], seeds.value)

        _set_everywhere(original, set_random_seed)
    return own


def hold_framework(name, module, seeds):
    """Seed TensorFlow or PyTorch, just imported, and replace the seeds that it is given from now on."""
    if seeds.kind == "none" or name not in _SEED:
        return
    _SEED[name](module, seeds.value)
    for place, function in _seeding(name, module):
        _replace(place, function, seeds.value)


def _tensorflow(tf, seed):
    tf1 = tf.compat.v1 if hasattr(tf.compat, "v1") else tf
    if hasattr(tf.random, "set_seed"):
        getattr(tf.random.set_seed, "__wrapped__", tf.random.set_seed)(seed)
    else:
        getattr(tf1.set_random_seed, "__wrapped__", tf1.set_random_seed)(seed)


def _torch(torch, seed):
    getattr(torch.manual_seed, "__wrapped__", torch.manual_seed)(seed)


_SEED = {"tensorflow": _tensorflow, "torch": _torch}


def _seeding(name, module):
    if name == "torch":
        return [(module, "manual_seed")]
    places = [(module.random, "set_seed"), (module, "set_random_seed"), (module.random, "set_random_seed")]
    if hasattr(module.compat, "v1"):
        places += [(module.compat.v1, "set_random_seed"), (module.compat.v1.random, "set_random_seed")]
    return [(place, function) for place, function in places if hasattr(place, function)]


def _own_seeds(keras, seed, own):
    """Where a package takes the seeds of its initializers from, which is Python's generator unless it was told."""
    root = keras.__name__.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if not name.startswith((root + ".", "keras.")) or module is None:
            continue
        if hasattr(module, "_SEED_GENERATOR"):
            module._SEED_GENERATOR.generator = own
        if callable(vars(module).get("make_default_seed")):
            module.make_default_seed = lambda: own.randint(1, int(1e9))


def _replace(place, name, seed):
    original = getattr(place, name)
    if getattr(original, "of_run", False):
        return

    @functools.wraps(original, updated=())
    def of_run(*args, **kwargs):
        return original(seed)

    of_run.of_run = True
    setattr(place, name, of_run)


class _AsBefore(type):
    """Of a class in another one's place: whatever is an instance of that one is one of this."""

    def __instancecheck__(cls, one):
        return isinstance(one, cls.__base__)

    def __subclasscheck__(cls, other):
        return issubclass(other, cls.__base__)


def _replace_class(place, name, seed):
    """Put a class in the place of one that is made with a seed; packages ask what is an instance of it."""
    original = getattr(place, name)
    if getattr(original, "of_run", False):
        return

    def made(self, *args, **kwargs):
        original.__init__(self, seed)

    told = {"__init__": made, "__module__": original.__module__, "__doc__": original.__doc__, "of_run": True}
    setattr(place, name, _AsBefore(name, (original,), told))


def _set_everywhere(original, replacement):
    """Put a function in the place of another in every module that has it."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is original:
                setattr(module, name, replacement)
