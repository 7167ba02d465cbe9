"""Digests of what a training reads, computed where it is read and again before its result is used once more."""

import hashlib
import hmac
import os

WHOLE = 64 * 2**20  # bytes up to which a file's content counts; of a larger one, its size and time of change
ABSENT = "absent"


def of_file(path):
    """Return a digest of a file: ``sha256:...``, or ``size:...`` for one of more than WHOLE bytes; ABSENT for none."""
    try:
        state = os.stat(path)
        if state.st_size > WHOLE:
            return f"size:{state.st_size}:{state.st_mtime_ns}"
        with open(path, "rb") as file:
            return "sha256:" + hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ABSENT


def of_folder(path):
    """Return a digest of the names in a folder, as :func:`of_names`; ABSENT for none."""
    try:
        return of_names(os.listdir(path))
    except OSError:
        return ABSENT


def of_names(names):
    """Return a digest of names in any order, but for hidden ones and Python's caches."""
    seen = sorted(name for name in names if not name.startswith(".") and name != "__pycache__")
    return "names:" + hashlib.sha256("\0".join(seen).encode(errors="surrogateescape")).hexdigest()


def of_variable(key, name, value):
    """Return a digest of an environment variable that tells nothing of its value to who has not the key; of bytes.

    value: None where the variable is not set. By HMAC (RFC 2104), since a value may be short and secret.
    """
    if value is None:
        return ABSENT
    text = f"{name}\0{value}".encode(errors="surrogateescape")
    return "hmac:" + hmac.new(key, text, "sha256").hexdigest()


def of_key(key):
    """Return a name for a key, by which to see that two digests of variables can be compared."""
    return hashlib.sha256(key).hexdigest()[:12]
