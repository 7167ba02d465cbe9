"""What losses and callbacks go by, and a digest of those that a script defines itself, so that two can be compared."""

import hashlib
import os
import sys
import types

OWN = "the script's own"
PLAIN = (bool, int, float, str, type(None))
NAMES = ("name", "dtype", "fn")  # of a configuration: what it is called, and what the model decides


def said(value):
    """``mean_squared_error``, ``MeanSquaredError``, ``my_loss (the script's own, 1f0a…)``; a list of such for a list.

    What a package defines goes by its name, an object of Keras with what it was given besides its defaults:
    ``BinaryCrossentropy(from_logits=True)``. The digest of a script's own is of its code and of the values that it
    holds, not of its name or its place in the file.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [said(one) for one in value]
    if isinstance(value, dict):
        return {str(key): said(one) for key, one in value.items()}
    name = getattr(value, "__name__", type(value).__name__)
    return f"{name} ({OWN}, {_digest(value)})" if is_own(value) else f"{name}{_given(value)}"


def _given(value):
    """``(from_logits=True)``: what an object of Keras was given unlike its defaults; empty where there is nothing."""
    if isinstance(value, type) or not hasattr(value, "get_config"):
        return ""
    try:
        config = value.get_config()
        defaults = type(value)().get_config()
    except Exception:  # of a class that has to be given something, or tells nothing
        return ""
    given = {
        key: one
        for key, one in sorted(config.items())
        if key not in NAMES and isinstance(one, PLAIN) and (key not in defaults or defaults[key] != one)
    }
    return f"({', '.join(f'{key}={one}' for key, one in given.items())})" if given else ""


def in_full(value):
    """As :func:`said`, with the plain values that an object holds: ``EarlyStopping(patience=3)``."""
    if is_own(value):
        return said(value)
    held = {}
    for key, one in sorted(vars(value).items()):
        if not key.startswith("_") and isinstance(one, (*PLAIN, types.FunctionType)):
            held[key] = said(one) if isinstance(one, types.FunctionType) else one
    return f"{said(value)}({', '.join(f'{key}={one}' for key, one in held.items())})"


def is_own(value):
    """Whether the script, or a module that lies beside it, defines a function or the class of an object."""
    kind = value if isinstance(value, (types.FunctionType, type)) else type(value)
    if kind.__module__ == "__main__":
        return True
    return lies_beside(sys.modules.get(kind.__module__))


def lies_beside(module):
    """Whether a module's file lies in the script's folder, or in one of its folders, and is no installed package's."""
    folder = os.path.dirname(getattr(sys.modules["__main__"], "__file__", None) or "") + os.sep
    file = getattr(module, "__file__", None) or ""
    return len(folder) > 1 and file.startswith(folder) and "site-packages" not in file[len(folder) :]


def _digest(value):
    digest = hashlib.sha256()
    _add(digest, value)
    return digest.hexdigest()[:8]


def _add(digest, value):
    if isinstance(value, types.FunctionType):
        _add_code(digest, value.__code__)
        cells = [_content(cell) for cell in value.__closure__ or ()]
        for one in [value.__defaults__, *cells]:
            _add(digest, one)
        return
    if isinstance(value, (list, tuple)):
        for one in value:
            _add(digest, one)
        return
    if isinstance(value, PLAIN):
        digest.update(repr(value).encode())
        return
    kind = value if isinstance(value, type) else type(value)
    digest.update(kind.__name__.encode())
    if is_own(kind):
        for _, one in sorted(vars(kind).items()):
            if isinstance(one, types.FunctionType):
                _add_code(digest, one.__code__)
    for name, one in sorted(getattr(value, "__dict__", {}).items()):
        if isinstance(one, PLAIN) and not isinstance(value, type):
            digest.update(f"{name}={one!r}".encode())


def _add_code(digest, code):
    digest.update(code.co_code)
    digest.update(repr(code.co_names).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _add_code(digest, constant)
        elif not isinstance(constant, str) or constant != (code.co_consts or (None,))[0]:  # not what documents it
            digest.update(repr(constant).encode())


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # one that is not filled yet
        return None
