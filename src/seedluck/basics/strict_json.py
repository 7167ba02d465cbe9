"""Every JSON file of the control plane is written here, as strict JSON: no NaN, no Infinity.

Strict JSON has no word for a number that is not finite. Results say null. A configuration, which has to come back as
it was, says 1e999, which every reader of JSON turns into infinity (a configuration with NaN is refused).
"""

import json
import math
from pathlib import Path

import numpy as np


def plain(value, infinity=None):
    """Return the same value for JSON: numbers that are not finite as null, NumPy's numbers as Python's.

    infinity: what stands for positive infinity instead of null; its negative with a minus sign.
    """
    if isinstance(value, dict):
        return {str(key): plain(item, infinity) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, infinity) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        sign = "" if value > 0 else "-"
        return sign + infinity if infinity and not math.isnan(value) else None
    return value


def text(content, keep_infinity: bool = False) -> str:
    """Return the JSON text of some content, of which what JSON does not know is written as ``str`` does.

    keep_infinity: write infinity as 1e999 instead of null.
    """
    mark = "\0infinity" if keep_infinity else None
    written = json.dumps(plain(content, mark), indent=1, default=str, allow_nan=False) + "\n"
    return written.replace('"\\u0000infinity"', "1e999").replace('"-\\u0000infinity"', "-1e999")


def write(path: Path, content, keep_infinity: bool = False):
    """Write a JSON file, under its name only once it is whole. Raises OSError if it cannot be written."""
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text(content, keep_infinity), encoding="utf-8")
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
