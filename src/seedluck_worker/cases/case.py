"""What a case is, and how far rounding alone may take it.

A case has three functions of its own, all called with its ``arguments``:

- ``inputs(**arguments)`` → name → array; floats are of numbers that float32 holds exactly.
- ``compute(stack, inputs, **arguments)`` → name → array, as the framework has it.
- ``formula(inputs, **arguments)`` → the same names, in float64.

They are functions of a module, without closures, so that a script can carry their text.
"""

from typing import NamedTuple

import numpy as np

MOVES = 4  # copies of the inputs, each moved by one ulp, that tell how much rounding is worth


class Case(NamedTuple):
    """One small computation.

    subject: the class or the function that is tried. arguments: what JSON can hold. readings: further arguments of the
    formula that the documentation leaves open; the nearest counts. witness: like ``compute``, by another package.
    """

    family: str
    subject: str
    arguments: dict
    inputs: object
    compute: object
    formula: object
    readings: tuple = ({},)
    witness: object = None

    @property
    def name(self) -> str:
        """``optimizers Adam common=clipnorm gradients=repeated``."""
        shown = {key: value for key, value in self.arguments.items() if value not in (None, {}, self.subject)}
        return " ".join([self.family, self.subject, *(f"{key}={_short(value)}" for key, value in shown.items())])


DRAW = 0  # set to another number, every case has other inputs of the same shapes


def random(seed=0):
    """Return NumPy's generator that inputs are drawn from; the same numbers everywhere."""
    return np.random.RandomState(seed + 1000 * DRAW)


def rounded(array):
    """Return an array in numbers that float32 holds exactly: multiples of 2**-7, near those given."""
    return (np.round(np.asarray(array, "float64") * 2**7) / 2**7).astype("float32")


def moved(inputs, seed):
    """Return inputs of which every float is moved by one ulp of float32, up or down.

    Whole numbers stay: they are labels, counts and zeros, of which a comparison would make something else.
    """
    draw = np.random.RandomState(seed)
    told = {}
    for name, array in inputs.items():
        array = np.asarray(array)
        if array.dtype.kind == "f":
            up = draw.rand(*array.shape) < 0.5
            other = np.nextafter(array, np.where(up, np.inf, -np.inf).astype(array.dtype))
            array = np.where(array == np.round(array), array, other)
        told[name] = array
    return told


def expected(case):
    """Return, for each reading of the formula, name → (values in float64, how far one ulp of the inputs takes them)."""
    inputs = case.inputs(**case.arguments)
    told = []
    with np.errstate(all="ignore"):
        for reading in case.readings:
            words = {**case.arguments, **reading}
            values = case.formula(_double(inputs), **words)
            copies = [case.formula(_double(moved(inputs, seed)), **words) for seed in range(1, 1 + MOVES)]
            told.append(
                {name: (value, _floor(value, [copy[name] for copy in copies])) for name, value in values.items()}
            )
    return told


def departure(values, told):
    """Return how many times the noise floor values lie from what a formula tells, at the worst entry.

    values: name → array. told: one reading of :func:`expected`. Infinity where shapes differ, or only one is finite.
    """
    worst = 0.0
    for name, (wanted, floor) in told.items():
        value = np.asarray(values[name], "float64")
        if value.shape != wanted.shape or (np.isfinite(value) != np.isfinite(wanted)).any():
            return np.inf
        apart = np.abs(value - wanted)[np.isfinite(wanted)]
        if apart.size:
            worst = max(worst, float((apart / floor[np.isfinite(wanted)]).max()))
    return worst


def _floor(value, copies):
    """Entry by entry: the largest move, and no less than one ulp of the array's largest entry."""
    finite = np.abs(value[np.isfinite(value)])
    ulp = np.finfo("float32").eps * max(finite.max(initial=0.0), np.finfo("float32").tiny)
    with np.errstate(invalid="ignore"):
        spread = np.max([np.abs(copy - value) for copy in copies], axis=0)
    return np.nan_to_num(spread, nan=0.0, posinf=0.0) + ulp


def _double(inputs):
    return {name: array.astype("float64") if array.dtype.kind == "f" else array for name, array in inputs.items()}


def _short(value):
    if isinstance(value, dict):
        return ",".join(f"{key}:{_short(one)}" for key, one in value.items())
    return str(value).replace(" ", "")
