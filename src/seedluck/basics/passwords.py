"""Secrets of addresses: kept by this process alone, and shown as ``***`` wherever they would be seen.

``tracking.uri=http://user:word@host`` is taken apart before anything else reads the command line: from then on the
program has ``http://user:***@host``, which it may show, store and hand on, and only where a store is opened is the
address as it was typed put back. An address that was read from a file, with ``***`` in it, is opened with the password
that the environment has, in the variable in which MLflow itself looks for one. A typed one is put there too, for the
processes of Hydra's own launchers; no process that this program starts is given it.
"""

import os
import re
from typing import NamedTuple
from urllib.parse import quote, unquote

PASSWORD = "MLFLOW_TRACKING_PASSWORD"
HIDDEN = "***"
FILES = ("sqlite", "file")  # schemes of addresses that have no user
SHORTEST = 4  # signs of a secret that is looked for in any text; a shorter one would be found in many words
_WORD = re.compile(r"(\+{0,2}tracking\.uri=)(['\"]?)(.*)\2", re.S)
_QUERY = re.compile(r"\?(?=[\w.-]+=)")
_SECRET_KEY = re.compile(r"passw(or)?d|pwd|secret|token|api_?key", re.I)
_NO_USER = re.compile(r"[\w.-]*(:\d+)?(/[^@]*)?")  # host, port and path
_IN_TEXT = re.compile(r"([a-z][a-z0-9+.-]*://)([^\s'\"]+)", re.I)


class Secret:
    """A text that neither a print, a format, a file nor a traceback shows: as text it is ``***``."""

    __slots__ = ("_text",)

    def __init__(self, text: str):
        self._text = text

    def __repr__(self):
        return HIDDEN

    def __format__(self, how):
        return HIDDEN

    def __reduce__(self):
        raise TypeError("a secret stays in the process that it was typed into")

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._text


class Address(NamedTuple):
    """An address, taken apart. shown: with ``***`` for every secret. secrets: each as typed, the user's password
    first. whole: to be opened, with every secret encoded as an address needs it (RFC 3986, section 2.1)."""

    shown: str
    secrets: tuple[Secret, ...]
    whole: Secret

    @property
    def password(self) -> Secret | None:
        """The password of its user."""
        return self.secrets[0] if self.secrets and f":{HIDDEN}@" in self.shown else None


_typed: dict[str, Address] = {}  # of this process: by how each is shown


def address(uri: str) -> Address:
    """Return an address taken apart, also where a password has signs in it that an address would need encoded.

    A password ends at the last ``@`` before the host: what is typed there may hold ``@``, ``/``, ``?`` and spaces.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme.partition("+")[0] in FILES:  # of a file's name every sign is a part
        return Address(uri, (), Secret(uri))
    found = _QUERY.search(rest)
    place, query = (rest[: found.start()], rest[found.end() :]) if found else (rest, "")
    if found and "@" not in place and not _NO_USER.fullmatch(place):  # the question mark is the password's
        place, query = rest, ""
    user, at, host = place.rpartition("@")
    name, colon, word = user.partition(":")
    spelled = [(f"{name}{colon}", word, f"{at}{host}")]  # before, secret or nothing, after
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        secret = bool(_SECRET_KEY.search(key))
        before = "?" if len(spelled) == 1 else "&"
        spelled.append((f"{before}{key}{equals}", value if secret else "", "" if secret else value))
    shown = "".join(f"{before}{HIDDEN if word else ''}{after}" for before, word, after in spelled)
    whole = "".join(f"{before}{_encoded(word)}{after}" for before, word, after in spelled)
    secrets = tuple(Secret(word) for _, word, _ in spelled if word not in ("", HIDDEN))
    return Address(f"{scheme}://{shown}", secrets, Secret(f"{scheme}://{whole}"))


def veiled(words: list[str]) -> list[str]:
    """Return the words of a command line in which ``tracking.uri`` shows no secret; :func:`opened` has it.

    Whatever a command shows or stores of its words is made of these.
    """
    return [_veiled(word) for word in words]


def _veiled(word):
    found = _WORD.fullmatch(word)
    return f"{found[1]}{found[2]}{kept(found[3])}{found[2]}" if found else word


def kept(uri: str) -> str:
    """Return the address as it is shown; what it hides is kept in this process, for :func:`opened`."""
    parted = address(uri)
    if parted.secrets:
        _typed[parted.shown] = parted
    if parted.password:
        os.environ[PASSWORD] = unquote(parted.password.reveal())
    return parted.shown


def opened(uri: str) -> str:
    """Return the address with its secrets: those that were typed, or the password that the environment has."""
    if uri in _typed:
        return _typed[uri].whole.reveal()
    password = os.environ.get(PASSWORD)
    return uri.replace(f":{HIDDEN}@", f":{quote(password, safe='')}@", 1) if password else uri


def hidden(text: str) -> str:
    """Return a text without the secrets of addresses: those in it, and whatever was typed into this process."""
    for parted in _typed.values():
        text = text.replace(parted.whole.reveal(), parted.shown)
        for secret in parted.secrets:
            if len(secret.reveal()) < SHORTEST:
                continue
            for spelled in {secret.reveal(), _encoded(secret.reveal())}:
                text = re.sub(rf"(?<![\w]){re.escape(spelled)}(?![\w])", HIDDEN, text)
    return _IN_TEXT.sub(lambda found: address(found[0]).shown, text)


def for_children(**more: str) -> dict[str, str]:
    """Return this process's environment for one that it starts and that opens no store: without the password."""
    return {name: value for name, value in {**os.environ, **more}.items() if name != PASSWORD}


def _encoded(word):
    """The word as an address needs it; one that is encoded already stays."""
    if re.fullmatch(r"(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", word, re.ASCII):
        return word
    return quote(word, safe="")
