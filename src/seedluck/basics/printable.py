"""Text of users that is shown on a terminal, which takes some characters for commands."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # tab and new line are harmless


def printable(text: str) -> str:
    """Return a text whose control characters, and those that turn the direction of writing, are written as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def is_printable(value) -> bool:
    """Return whether all text in a value can be shown as it is. value: of a configuration, of any type."""
    if isinstance(value, dict):
        return all(map(is_printable, [*value, *value.values()]))
    if isinstance(value, (list, tuple)):
        return all(map(is_printable, value))
    return not isinstance(value, str) or not _CONTROL.search(value)
