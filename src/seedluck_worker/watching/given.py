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


def arrays_of(value):
    """The arrays in what was handed over as x or y: a list, empty where it is none of these."""
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    every = value if isinstance(value, (list, tuple)) else [value]
    if not all(hasattr(one, "shape") and (hasattr(one, "dtype") or hasattr(one, "to_numpy")) for one in every):
        return []
    try:
        return [as_array(one) for one in every]
    except Exception:  # a tensor without a value yet
        return []


def as_array(one):
    """An array, a tensor that has a value, or a table of pandas, as an array of NumPy."""
    return one.to_numpy() if hasattr(one, "to_numpy") else np.asarray(one)


def flat(batch):
    """Return every array or tensor of a batch in a list; of dictionaries in the order of their keys."""
    if isinstance(batch, dict):
        batch = [batch[key] for key in sorted(batch)]
    if isinstance(batch, (list, tuple)):
        return [array for one in batch for array in flat(one)]
    return [] if batch is None else [batch]


def described(given):
    """Return ``x``, ``y_1`` ... → shape, dtype and digests of what is given as arrays.

    The digests: ``sha256`` of everything; ``values`` of the numbers of each row up to float32, whatever their shape and
    type; ``rows`` of the same in any order.
    """
    told = {}
    for name in ("x", "y", "sample_weight", "validation_data"):
        arrays = arrays_of(given.get(name))
        for i, array in enumerate(arrays):
            told[name if len(arrays) == 1 else f"{name}_{i}"] = of_array(array)
        if not arrays and given.get(name) is not None:
            told[name] = {"shape": [], "dtype": type(given[name]).__name__, "sha256": "", "values": "", "rows": ""}
    return told


def of_array(array):
    """Return shape, dtype and digests of an array, as of :func:`described`."""
    array = np.ascontiguousarray(array)
    whole = hashlib.sha256(str((array.shape, array.dtype.str)).encode())
    whole.update(array.tobytes() if array.dtype.hasobject else memoryview(array).cast("B") if array.size else b"")
    each = row_digests(array)
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "sha256": whole.hexdigest(),
        "values": hashlib.sha256(b"".join(each)).hexdigest()[:12],
        "rows": hashlib.sha256(b"".join(sorted(each))).hexdigest()[:12],
    }


def row_digests(array):
    """Return a digest of each row's numbers up to float32, whatever their shape and type; none of an empty array."""
    if not array.size:
        return []
    rows = array.reshape(len(array), -1) if array.ndim else array.reshape(1, -1)
    if rows.dtype.hasobject:  # as text is: its bytes are places in memory
        return [hashlib.sha256(repr(row.tolist()).encode()).digest() for row in rows]
    if rows.dtype.kind in "fiub":
        rows = rows.astype("float32")
    return [hashlib.sha256(row.tobytes()).digest() for row in rows]
