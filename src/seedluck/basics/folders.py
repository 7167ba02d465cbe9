"""Folders that cannot be written, and what to say of them."""

import errno
import tempfile
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.printable import is_printable


def writable(folder: Path, key: str):
    """Make a folder that a command was told to use, if it is not there; raise Mistake if that cannot be done.

    key: the setting that names it.
    """
    if not is_printable(str(folder)):
        raise Mistake(
            f"{key} is {str(folder)!r}, which holds a control character; allowed: text that a terminal shows as it is; "
            "the nearest valid choice is the same without it."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise not_writable(folder, key, error) from error


def not_writable(folder: Path, key: str, error: OSError) -> Mistake:
    """Return what to raise where a folder that a setting names cannot be written."""
    instead = Path(tempfile.gettempdir()) / "seedluck"  # which works where the project's own folder is the one
    return Mistake(
        f"{key} is {str(folder)!r}, which cannot be written ({error.strerror or error}); allowed: a folder that can; "
        f"the nearest valid choice is {key}={instead}."
    )


def is_full(error: Exception) -> bool:
    """Return whether the error means that the disk of a folder is full; errors of a full database do not count."""
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def unwritable(folder: Path, error: OSError) -> str:
    """Return what to say where a file in a folder cannot be written while jobs are under way."""
    if is_full(error):
        return f"the disk that holds {folder} is full; make room there, or name another folder"
    return f"the folder {folder} cannot be written ({error.strerror or error})"
