"""The number that a script is judged by: printed, logged, left in a variable, or reported of its training.

What the script itself says goes before what a framework reported on the way, which may be of one batch alone.
"""

import math
import re

import numpy as np

from seedluck_worker.programs.printing import words_before

NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?|nan)"
WRAPPED = r"(?:[A-Za-z_][\w.]*\(|\[)*"  # ``np.float32(`` and ``[`` before a number
PRINTED = "printed"


def numbers_of(metric, printed, logged, left, measured):
    """Return (where, float) of every number that goes by the metric's name; the one that counts comes first.

    printed: Printed. logged: name → what the script logged last. left: the names that it leaves.
    measured: pairs of where, as ``fit``, and name → number. Where a print is another number rounded, that other number
    counts. Only where there is none of these, what a framework printed counts, or what was printed by a longer name.
    """
    others = []
    if metric in logged and _is_number(logged[metric]):
        others.append(("logged", _number(logged[metric])))
    if metric in left and _is_number(left[metric]):
        others.append(("left", _number(left[metric])))
    others += [(where, float(names[metric])) for where, names in measured if metric in names]
    own = last_printed(metric, printed.own())
    if own is None and not others:
        own = last_printed(metric, printed.everything(), longer=True)
    if own is None:
        return others
    in_full = [pair for pair in others if is_rounded(own, pair[1])]
    first = in_full[:1] or [(PRINTED, float(own))]
    return first + [pair for pair in [(PRINTED, float(own))] + others if pair not in first]


def last_printed(metric, text, longer=False):
    """Return the last number that a text has as ``metric: number`` or ``metric = number``, as text; None without one.

    Only where there is none of these, ``metric number`` counts. longer: whether ``test loss: 0.5`` counts for ``loss``
    too, and not only for ``test loss``. ``93.4 %`` is 93.4e-2.
    """
    for between in (r"\s*[:=]\s*", r"[ \t]+"):
        last = _last_after(metric, between, text, longer)
        if last is not None:
            return last
    return None


def _last_after(metric, between, text, longer):
    named = r"(?<![\w/.\-])" + re.escape(metric) + r"[\"']?" + between + WRAPPED + NUMBER + r"([ ]?%)?"
    last = None
    for match in re.finditer(named, text, re.I):
        if longer or not words_before(text, match.start()):
            in_percent = match.group(2) and re.fullmatch(r"[-+]?[\d.]+", match.group(1))
            last = match.group(1) + ("e-2" if in_percent else "")
    return last


def is_rounded(text, number):
    """Whether a text is the number, rounded to the digits that the text has."""
    value = float(text)
    if not (math.isfinite(value) and math.isfinite(number)):
        return value == number or (math.isnan(value) and math.isnan(number))
    digits, _, exponent = text.lower().partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    few = len(digits.strip("+-").replace(".", "").strip("0")) < 2  # of one digit, half of it may be most of the number
    allowed = 0.5 * unit * (1 + 1e-6)
    return abs(value - number) <= (min(allowed, 0.25 * abs(number)) if few else allowed)


def _is_number(value):
    if isinstance(value, (bool, str, bytes)):
        return False
    try:
        array = _array(value)
        return array.size == 1 and np.issubdtype(array.dtype, np.number)
    except Exception:  # whatever an object of somebody's own raises
        return False


def _number(value):
    return float(_array(value).ravel()[0])


def _array(value):
    return np.asarray(value.detach() if hasattr(value, "detach") else value)  # a tensor of PyTorch that has a gradient
