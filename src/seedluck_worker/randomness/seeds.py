"""How randomness is held: the process's seeds, and seeds and draws for each initializer and dropout layer."""

import random
import zlib

import numpy as np


class Seeds:
    """The source of every random choice of a job.

    kind: ``none``, ``global``, ``per_op`` or ``shared``, each holding what the one before holds and more; see
    conf/seed. Holding fixes the value of a draw, never whether a path draws. ulp_copy: 0, or the number of a copy
    whose initial weights are each moved by one unit in the last place, up or down. start: None, or the run whose
    initial weights this one takes over, randomness/carry.py. inactive: names of layers that are called as after
    training, so that they draw nothing.
    """

    def __init__(self, kind, value, ulp_copy=0, start=None, inactive=()):
        self.kind, self.value, self.ulp_copy, self.start = kind, value, ulp_copy, start
        self.inactive = tuple(inactive)
        self._drawn = 0

    def hold_process(self, adapter):
        """Seed Python, NumPy and the framework. adapter: of the framework."""
        self.hold_python_and_numpy()
        if self.kind != "none":
            adapter.seed(self.value)

    def hold_python_and_numpy(self):
        """Seed Python and NumPy; anew from the operating system where nothing is held."""
        # A forked child inherits its parent's generators; without this every child would draw the same.
        value = None if self.kind == "none" else self.value
        random.seed(value)
        np.random.seed(value)

    def op(self):
        """Return a seed for one initializer or dropout layer, or None if the framework's global seed rules."""
        if self.kind not in ("per_op", "shared"):
            return None
        self._drawn += 1
        return _derived(self.value, "op", self._drawn)

    def masks(self):
        """Return the key from which dropout masks and noise are drawn, an int below 2^32; None if they are not held."""
        return _derived(self.value, "masks", 0) if self.kind == "shared" else None

    def batch_order(self):
        """Return the generator that draws the order of rows where the framework does not."""
        if self.kind == "shared":
            return np.random.RandomState(_derived(self.value, "order", 0))
        return np.random

    def initial(self, name, config):
        """Return an initial value's draw as a function of its shape, by NumPy: the same for every framework."""
        generator = np.random.RandomState(self.op())
        mover = np.random.RandomState(_derived(self.ulp_copy, "ulp", self._drawn))

        def initial(shape):
            drawn = draw(name, tuple(int(n) for n in shape), generator, **config).astype("float32")
            if not self.ulp_copy:
                return drawn
            away = np.where(mover.rand(*drawn.shape) < 0.5, -np.inf, np.inf).astype("float32")
            return np.nextafter(drawn, away)

        return initial


def _derived(value, purpose, number):
    """Independent seeds from one: a checksum, since Python's own hash of text differs from process to process."""
    return zlib.crc32(f"{value} {purpose} {number}".encode()) & 0x7FFFFFFF


#: Beginnings of the names of initializers that ``draw`` knows.
DRAWN = ("zeros", "ones", "random_uniform", "random_normal", "orthogonal", "glorot_", "he_", "lecun_")


def draw(name, shape, generator, **config):
    """Draw an initial value by the definition that Keras documents for the initializer of this name.

    shape: that of the weight, the last two axes being its inputs and units, those before a receptive field. Returns a
    float64 array. Raises ValueError for a name that has no definition here.
    Sources: Glorot and Bengio 2010 (glorot), He et al. 2015 (he), LeCun et al. 1998 (lecun), Saxe et al. 2014
    (orthogonal).
    """
    if name in ("zeros", "ones"):
        return np.full(shape, float(name == "ones"))
    if name == "random_uniform":
        return generator.uniform(config.get("minval", -0.05), config.get("maxval", 0.05), shape)
    if name == "random_normal":
        return generator.normal(config.get("mean", 0.0), config.get("stddev", 0.05), shape)
    if name == "orthogonal":
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        q, r = np.linalg.qr(generator.normal(size=(max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return config.get("gain", 1.0) * (q if rows >= columns else q.T).reshape(shape)
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = (shape[-2:][0] * field, shape[-1] * field) if shape else (1, 1)
    fans = {"glorot": 2.0 / (fan_in + fan_out), "he": 2.0 / fan_in, "lecun": 1.0 / fan_in}
    family, _, kind = name.partition("_")
    if family in fans and kind in ("uniform", "normal"):
        if kind == "uniform":
            limit = np.sqrt(3.0 * fans[family])
            return generator.uniform(-limit, limit, shape)
        # Keras cuts the normal at two deviations and widens it, so that the variance is still the family's.
        z = generator.normal(size=shape)
        while np.any(np.abs(z) > 2):
            z = np.where(np.abs(z) > 2, generator.normal(size=shape), z)
        return z * np.sqrt(fans[family]) / 0.87962566103423978
    raise ValueError(f"the initializer {name!r} has no definition here; allowed: names that begin with {DRAWN}")
