"""Addresses of MLflow stores without their passwords: what is shown and stored has ``user:***@``.

A password that was typed is kept in the environment of this process alone, in the variable in which MLflow itself looks
for one, and is put back where a store is opened. So a stored address can be opened later by whoever sets it.
"""

import os
import re

PASSWORD = "MLFLOW_TRACKING_PASSWORD"
HIDDEN = "***"
_SECRET = re.compile(r"(://[^:/@\s'\"]*):([^/@\s'\"]+)@")


def hidden(text: str) -> str:
    """Return a text in which every ``://user:password@`` reads ``://user:***@``."""
    return _SECRET.sub(rf"\1:{HIDDEN}@", text)


def kept(uri: str) -> str:
    """Return the address with its password hidden; the password is kept in the environment, for :func:`opened`."""
    secret = _SECRET.search(uri)
    if secret and secret[2] != HIDDEN:
        os.environ[PASSWORD] = secret[2]
    return hidden(uri)


def opened(uri: str) -> str:
    """Return the address with its password put back, where the environment has one."""
    password = os.environ.get(PASSWORD)
    return uri.replace(f":{HIDDEN}@", f":{password}@", 1) if password else uri
