"""The key of this machine's digests of environment variables, which a job leaves beside its result."""

import functools
import os
import secrets

from seedluck.basics.project import RUNTIMES

FILE = RUNTIMES / "key"  # whoever has it can try out which value a variable had


@functools.cache
def key_of_variables() -> str | None:
    """Return the key in hexadecimal digits, made where there is none; None where it can neither be read nor made."""
    try:
        RUNTIMES.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return (
            FILE.read_text(encoding="utf-8") if len(FILE.read_text(encoding="utf-8")) == 64 else None
        )  # less while another command writes it
    except OSError:
        return None
