"""What a script hands to fit and compile, with defaults settled, and with what the configuration puts in its place."""

import hashlib
import inspect

import numpy as np

FIT = ("batch_size", "epochs", "shuffle", "validation_split", "class_weight", "steps_per_epoch", "initial_epoch")
COMPILE = ("run_eagerly", "jit_compile", "steps_per_execution", "loss_weights")


def handed_over(signature, model, args, kwargs):
    """Return name → value of every argument of a method, defaults included, without the model."""
    bound = signature.bind(model, *args, **kwargs)
    bound.apply_defaults()
    given = {}
    for name, value in list(bound.arguments.items())[1:]:
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given.update(value)
        elif signature.parameters[name].kind is not inspect.Parameter.VAR_POSITIONAL:
            given[name] = value
    return given


def replaced(given, instead):
    """Return what is handed over, with those of ``instead`` that are not None in its place."""
    return {**given, **{name: value for name, value in instead.items() if value is not None}}


def settled(given, names):
    """Return name → plain value of the arguments of these names."""
    plain = (bool, int, float, str)
    told = {}
    for name in names:
        value = given.get(name)
        if isinstance(value, dict):
            value = {str(key): float(number) for key, number in sorted(value.items())}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, plain + (dict,)):
            told[name] = value
    return told


def named(value):
    """``mean_squared_error``, or ``MeanSquaredError``: what a loss or metric goes by."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [named(one) for one in value]
    if isinstance(value, dict):
        return {str(key): named(one) for key, one in value.items()}
    return getattr(value, "__name__", type(value).__name__)


def arrays_of(value):
    """The arrays in what was handed over as x or y: a list, empty where it is none of these."""
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    every = value if isinstance(value, (list, tuple)) else [value]
    if not all(hasattr(one, "shape") and hasattr(one, "dtype") for one in every):
        return []
    try:
        return [np.asarray(one) for one in every]
    except Exception:  # a tensor without a value yet
        return []


def described(given):
    """Return ``x``, ``y[1]`` ... → shape, dtype, digest of the values, and digest of the rows in any order."""
    told = {}
    for name in ("x", "y", "sample_weight"):
        arrays = arrays_of(given.get(name))
        for i, array in enumerate(arrays):
            told[name if len(arrays) == 1 else f"{name}[{i}]"] = _described(array)
        if not arrays and given.get(name) is not None:
            told[name] = {"shape": [], "dtype": type(given[name]).__name__, "sha256": "", "rows": ""}
    return told


def _described(array):
    rows = np.ascontiguousarray(array).reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
    each = [hashlib.sha256(row.tobytes()).digest() for row in rows]
    whole = hashlib.sha256(str((array.shape, array.dtype.str)).encode())
    whole.update(np.ascontiguousarray(array).tobytes())
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "sha256": whole.hexdigest(),
        "rows": hashlib.sha256(b"".join(sorted(each))).hexdigest()[:12],
    }
