"""The number that a script is judged by: of its training, left in a variable, printed, or logged."""

import os
import re

import numpy as np

NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?|nan)"


class Printed:
    """Standard output, of which a copy is kept in a file."""

    def __init__(self, stream, path):
        self.stream, self.path = stream, path
        self._copy = open(path, "w")  # noqa: SIM115  lives as long as the script

    def write(self, text):
        self._copy.write(text)
        return self.stream.write(text)

    def flush(self):
        self._copy.flush()
        self.stream.flush()

    def close(self):
        self._copy.close()

    def __getattr__(self, name):
        return getattr(self.stream, name)


def outcome_of(metric, measured, left, printed, logged):
    """Return the metric as a float, from the first of these that has it; None where none has.

    measured: name → number, of the training that counts and of evaluate. left: the names that the script leaves.
    printed: the file that holds what it printed. logged: name → what it logged last.
    """
    if metric in measured:
        return measured[metric]
    if metric in left and _is_number(left[metric]):
        return float(np.asarray(left[metric]).ravel()[0])
    if metric in logged:
        return float(logged[metric])
    return _printed(metric, printed)


def _is_number(value):
    if isinstance(value, (bool, str, bytes)):
        return False
    try:
        array = np.asarray(value)
        return array.size == 1 and np.issubdtype(array.dtype, np.number)
    except Exception:  # whatever an object of somebody's own raises
        return False


def _printed(metric, path):
    if not os.path.exists(path):
        return None
    with open(path, errors="replace") as file:
        found = re.findall(r"(?<![\w])" + re.escape(metric) + r"\s*[:=]\s*" + NUMBER, file.read(), re.I)
    return float(found[-1]) if found else None
