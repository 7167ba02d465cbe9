"""A framework that ends its process, or never ends, where the catalogue adds or subtracts; for the worker of a hunt."""

import os
import time
from types import SimpleNamespace

import numpy as np

__version__ = "3.0.0"


def _refused(a, b):
    raise ValueError("there is no maximum here")


def _broken(a, b):
    raise RuntimeError("something else")


backend = SimpleNamespace(backend=lambda: "numpy", floatx=lambda: "float32", set_floatx=lambda name: None)
ops = SimpleNamespace(
    convert_to_tensor=np.asarray,
    convert_to_numpy=np.asarray,
    add=lambda a, b: os._exit(7),
    subtract=lambda a, b: time.sleep(60),
    multiply=np.multiply,
    divide=lambda a, b: np.divide(a, b) + 0.01,
    maximum=_refused,
    minimum=_broken,
)
