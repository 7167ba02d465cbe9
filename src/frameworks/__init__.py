"""The framework paths. Worker plane: NumPy and the framework only, Python 3.7 syntax."""

import importlib


def package(module):
    """Import a Keras by the name that the runtime gives for it, such as ``keras`` or ``tensorflow.keras``.

    Raises ImportError where TensorFlow's own Keras turns out to be the standalone package of version 3.
    """
    first, *rest = module.split(".")
    found = importlib.import_module(first)
    for name in rest:  # TensorFlow has made its Keras an attribute, a module and a lazy loader in turn
        found = getattr(found, name)
    if first == "tensorflow" and version(found).startswith("3."):
        raise ImportError("this TensorFlow's Keras is the standalone package; install tf-keras beside it")
    return found


def version(keras):
    """A Keras package's version; some of TensorFlow's do not tell it themselves."""
    return getattr(keras, "__version__", None) or importlib.import_module("keras").__version__


def path(name):
    """Import the module that trains along the path of this name: one of this package, or somebody's own."""
    try:
        return importlib.import_module("src.frameworks." + name)
    except ImportError as error:
        if error.name != "src.frameworks." + name:
            raise
        return importlib.import_module(name)
