"""The pipe from a script that hands something over to the one that takes it: what goes through, and back again."""

import os
import pickle
import sys

import numpy as np

from src.scripts.own import lies_beside


def by_value(value):
    """Pickled so that functions and classes of the script, and of modules beside it, come along with their code."""
    if value is None or isinstance(value, (np.ndarray, str)):
        return pickle.dumps(value)
    import cloudpickle

    for module in list(sys.modules.values()):
        if module is not sys.modules["__main__"] and lies_beside(module):
            cloudpickle.register_pickle_by_value(module)
    return cloudpickle.dumps(value)


def read(value):
    """Return what :func:`by_value` made bytes of."""
    return pickle.loads(value)


def leave(pipe, told):
    """Tell it to the process that waits, and end this one without any of its clean-up."""
    with os.fdopen(pipe, "wb") as writing:
        writing.write(pickle.dumps(told))
    sys.stderr.flush()
    os._exit(0)


def wait(pipe):
    """Return what another process left, or None if it left nothing.

    It is this process's own child, through a pipe that nobody else can write to.
    """
    with os.fdopen(pipe, "rb") as reading:
        told = reading.read()
    return pickle.loads(told) if told else None
