"""The pipe from a script that hands something over to the one that takes it: what goes through, and back again."""

import os
import pickle
import select
import sys

import numpy as np

from seedluck_worker.system import inputs
from seedluck_worker.watching.own import lies_beside


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
    inputs.current.write_part()
    with os.fdopen(pipe, "wb") as writing:
        writing.write(pickle.dumps(told))
    sys.stderr.flush()
    os._exit(0)


def wait(pipe, child):
    """Return what a child process left, or None if it left nothing; the child has ended then.

    pipe: its reading end, to which nobody but the child writes. What the child started may hold the other end open for
    ever, so the child's own end is waited for as well. child: its number.
    """
    told, ended = [], False
    os.set_blocking(pipe, False)
    with os.fdopen(pipe, "rb", buffering=0) as reading:
        while True:
            select.select([reading], [], [], 0.05)
            more = reading.read(1 << 20)  # None: nothing is there now; b"": nothing will come any more
            if more:
                told.append(more)
            elif more == b"" or ended:
                break
            else:
                ended = bool(os.waitpid(child, os.WNOHANG)[0])
    if not ended:
        os.waitpid(child, 0)
    return pickle.loads(b"".join(told)) if told else None
