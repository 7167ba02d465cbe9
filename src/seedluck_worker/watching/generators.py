"""Which of a process's global generators were drawn from, and where they ended.

A generator that ends in the same state whatever the run's seed is one that the seed does not reach.
"""

import hashlib
import random

import numpy as np


class Generators:
    """The generators that are followed, each from the moment at which the run's seed seeded it."""

    def __init__(self):
        self._states = {}  # name → function that returns its state as bytes
        self._seeded = {}  # name → digest of its state when it was seeded

    def follow(self, name, state):
        """Follow a generator that was just seeded; state: function that returns its state as bytes."""
        self._states[name], self._seeded[name] = state, _digest(state)

    def follow_process(self):
        """Follow Python's and NumPy's."""
        self.follow("python", lambda: repr(random.getstate()).encode())
        self.follow("numpy", _numpys_state)

    def drawn(self):
        """Return name → digest of the state now, of each that is in another state than when it was seeded."""
        now = {name: _digest(state) for name, state in self._states.items()}
        return {name: digest for name, digest in now.items() if digest and digest != self._seeded[name]}


def _digest(state):
    """12 hex digits; empty where a generator cannot be read."""
    try:
        return hashlib.sha256(state()).hexdigest()[:12]
    except Exception:  # a release that keeps it elsewhere
        return ""


def _numpys_state():
    name, keys, *rest = np.random.get_state()
    return repr((name, rest)).encode() + np.asarray(keys).tobytes()
