"""A value as Hydra's override grammar has it, and a parameter's text as the value that it was."""

import ast
import json
import re

PLAIN = re.compile(r"(?!(?:true|false|null|nan|inf)$)[A-Za-z_][\w./-]*", re.I | re.A)  # text that needs no quotes


def quoted(text):
    """Return a text in quotes that Hydra reads back unchanged: quotes, and backslashes just before one, are escaped."""
    return "'" + re.sub(r"(\\*)('|$)", lambda end: end[1] * 2 + ("\\'" if end[2] else ""), text) + "'"


def written(value):
    """Return a value as Hydra reads it back: text, a number, None, or lists, tuples and dictionaries of these."""
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else quoted(value)
    if isinstance(value, (list, tuple)):
        return "[{}]".format(",".join(map(written, value)))
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{written(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def read(text):
    """Return a parameter, which MLflow keeps as text, as the value that it was; a text that is no value, as it is."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
