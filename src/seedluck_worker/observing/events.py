"""What a job says while it runs: JSON lines appended to a file, which stays readable whatever happens later."""

import json
import math
import os
import time

import numpy as np


class Events:
    """Appends one line an event: ``{"event": kind, "time": seconds since the epoch, ...}``.

    Numbers that JSON has no word for go as the strings "nan", "inf" and "-inf". A process that was forked from the one
    that opened it says nothing: what it does is not the job.
    """

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115  lives as long as the job
        self._process = os.getpid()

    def close(self):
        """Nothing more is said."""
        self._file.close()

    def emit(self, event, **content):
        """Say an event of a kind. content: plain values, or arrays of NumPy."""
        if os.getpid() != self._process:
            return
        self._file.write(strict(dict(content, event=event, time=time.time())) + "\n")
        self._file.flush()


class OfSeed:
    """The same file, with the seed that each event belongs to."""

    def __init__(self, events, seed):
        self._events, self._seed = events, seed

    def emit(self, event, **content):
        """Say an event, as of :class:`Events`."""
        self._events.emit(event, seed=self._seed, **content)


def strict(content, **style):
    """Strict JSON, in which a number that is not finite is one of the strings "nan", "inf" and "-inf"."""
    text = json.dumps(content, default=plain, allow_nan=True, **style)
    if "NaN" in text or "Infinity" in text:
        text = json.dumps(_spelled(json.loads(text)), allow_nan=False, **style)
    return text


def plain(value):
    """Return what json.dumps cannot write itself: NumPy numbers and arrays as numbers and lists, the rest as text."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "numpy"):
        return plain(value.numpy())
    return str(value)


def _spelled(value):
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def save_arrays(path, arrays):
    """Write name → array as .npz, under its name only once it is whole."""
    partial = path + ".partial"
    with open(partial, "wb") as file:
        np.savez(file, **arrays)
    os.replace(partial, path)
