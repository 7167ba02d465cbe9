"""What two scripts hand over differently and is no setting: data, losses, callbacks, initial weights.

Each is a factor ``framework.given.NAME`` whose value is the script that it is taken from. So that exchanging data
answers one question at a time, the type of the numbers and the shape of a row are factors of their own wherever the
numbers could be the same.
"""

import ast
import math

from seedluck.config.schema import SCRIPT
from seedluck.wording import spelling

OWN = "the script's own"  # as watching/own.py marks what a script defines itself
LOSS = "resolved.framework.compile.loss"
ROWS = ("x", "y", "sample_weight")
SHAPES = ("dtype", "row_shape")


def handed(good: dict, bad: dict, seen_good: dict, seen_bad: dict) -> dict[str, tuple]:
    """Return ``framework.given.NAME`` → its value on the good and on the bad side, for all that was seen to differ.

    good, bad: resolved configurations. seen_good, seen_bad: parameters of one finished run of each. Empty where one
    side is no script, where both run one script in one way, or where it is unclear which of several trainings counts.
    """
    sources = [_source(config) for config in (good, bad)]
    if None in sources or sources[0] == sources[1] or not (seen_good and seen_bad):
        return {}
    if good["scenario"]["which"] == "last" and {_told(seen, "trainings") for seen in (seen_good, seen_bad)} != {"1"}:
        return {}
    names, shapes = _arrays(seen_good, seen_bad)
    names += [name for name in ("callbacks", "initial_weights") if _differ(name, seen_good, seen_bad)]
    losses = [seen.get(LOSS, "") for seen in (seen_good, seen_bad)]
    if all(losses) and OWN in "".join(losses) and not spelling.same(LOSS, *losses):
        names.append("loss")
    return {f"framework.given.{name}": tuple(sources) for name in names} | shapes


def _source(config):
    """What a side's script is run with, as ``framework.given`` takes it; None where it is none."""
    scenario = config["scenario"]
    if config["framework"]["name"] != SCRIPT:
        return None
    if not scenario["args"] and not scenario["env"]:
        return scenario["script"]
    return {"script": scenario["script"], "args": scenario["args"], "env": scenario["env"]}


def _arrays(seen_good, seen_bad):
    """Names of data that differ in their numbers; and ``framework.given.dtype.x`` → the type on either side."""
    names, shapes, together = [], {}, False
    streams = [bool(_parts(seen, "batches")) for seen in (seen_good, seen_bad)]
    for name in (*ROWS, "validation_data", "evaluate", "batches"):
        parts = [_parts(seen, name) for seen in (seen_good, seen_bad)]
        if parts[0] == parts[1] or not (_parts(seen_good, "x") and _parts(seen_bad, "x")):
            continue
        if any(streams) and name in ROWS:
            continue  # what is fed batch by batch goes as a whole
        if name == "batches":
            fed = [parts or _parts(seen, "x") for parts, seen in zip(parts, (seen_good, seen_bad), strict=True)]
            names += ["batches"] if all(map(_known, fed)) else []
            continue
        if not all(map(_known, parts)):
            continue  # not given as arrays on a side, so that nobody knows its values
        one, other = (side.get(name) for side in parts)
        if not one or not other or name in ("validation_data", "evaluate") or _row(one) != _row(other):
            names.append(name)
            together |= bool(one and other) and _rows(one) != _rows(other)
            continue
        if one["values"] != other["values"] or (one["dtype"] == other["dtype"] and one["shape"] == other["shape"]):
            names.append(name)
            reordered = one["rows"] == other["rows"] and one["values"] != other["values"]
            together |= reordered or _rows(one) != _rows(other)
        if one["dtype"] != other["dtype"]:
            shapes[f"framework.given.dtype.{name}"] = (one["dtype"], other["dtype"])
        rows_of = [ast.literal_eval(part["shape"])[1:] for part in (one, other)]
        if rows_of[0] != rows_of[1]:
            shapes[f"framework.given.row_shape.{name}"] = tuple(rows_of)
    if together:  # other rows, or the same in another order: one without the other would pair them wrongly
        names = ["rows", *(name for name in names if name not in ROWS)]
    return names, shapes


def _parts(seen, name):
    """``x``, or ``x_0``, ``x_1`` ... → its fields, of what is given as ``x``."""
    found = {}
    for key in seen:
        whole, _, field = key.removeprefix("resolved.data.").rpartition(".")
        head, _, number = whole.rpartition("_")
        if key.startswith("resolved.data.") and (whole == name or (head == name and number.isdigit())):
            found.setdefault(whole, {})[field] = seen[key]
    return found


def _known(parts):
    """Whether what was given was seen, value by value."""
    return all(part["sha256"] for part in parts.values())


def _row(part):
    """How many numbers a row has."""
    return math.prod(ast.literal_eval(part["shape"])[1:])


def _rows(part):
    return ast.literal_eval(part["shape"])[:1]


def _differ(name, seen_good, seen_bad):
    values = [_told(seen, name) for seen in (seen_good, seen_bad)]
    return None not in values and values[0] != values[1]


def _told(seen, name):
    return seen.get(f"resolved.given.{name}")
