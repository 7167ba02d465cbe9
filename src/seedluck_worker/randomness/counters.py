"""Random numbers as a function of key and counter, by operations on whole numbers that every framework has.

Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). The
same key, step and place give the same bits in NumPy, TensorFlow, JAX and PyTorch.
"""

import numpy as np

_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA
_WORD = 0xFFFFFFFF


def bits(of, key, step, count):
    """Return the first words of Threefry for the counters (0, step) to (count - 1, step), as 32-bit whole numbers.

    of: one of the classes below. key: two ints below 2^32. step, count: ints, or scalars of the framework.
    """
    keys = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    first = of.add(of.range(count), of.word(keys[0]))
    second = of.add(of.add(of.zeros_like(first), of.cast(step)), of.word(keys[1]))
    for group in range(5):
        for turn in _ROTATIONS[4 * (group % 2) : 4 * (group % 2) + 4]:
            first = of.add(first, second)
            second = of.xor(of.rotate(second, turn), first)
        first = of.add(first, of.word(keys[(group + 1) % 3]))
        second = of.add(second, of.add(of.word(keys[(group + 2) % 3]), of.word(group + 1)))
    return first


def uniform(of, key, step, count):
    """Return float32 numbers in [0, 1), multiples of 2^-24, shape (count,); arguments as of :func:`bits`."""
    return of.float(of.high(bits(of, key, step, count), 8)) * np.float32(2.0**-24)


class NumPy:
    """64-bit whole numbers that are cut to 32 bits after every step."""

    @staticmethod
    def range(count):
        return np.arange(count, dtype="int64")

    zeros_like, xor = staticmethod(np.zeros_like), staticmethod(np.bitwise_xor)

    @staticmethod
    def cast(number):
        return np.int64(number)

    word = cast

    @staticmethod
    def add(a, b):
        return (a + b) & _WORD

    @staticmethod
    def rotate(x, by):
        return ((x << by) | (x >> (32 - by))) & _WORD

    @staticmethod
    def high(x, off):
        return x >> off

    @staticmethod
    def float(x):
        return x.astype("float32")


class TensorFlow:
    """As NumPy, since old versions cannot add unsigned numbers."""

    def __init__(self):
        import tensorflow as tf

        self._tf, self._and = tf, lambda x: tf.bitwise.bitwise_and(x, tf.constant(_WORD, "int64"))
        self.zeros_like, self.xor = tf.zeros_like, tf.bitwise.bitwise_xor

    def range(self, count):
        return self._tf.range(self.cast(count), dtype="int64")

    def cast(self, number):
        return self._tf.cast(number, "int64")

    def word(self, number):
        return self._tf.constant(number, "int64")

    def add(self, a, b):
        return self._and(a + b)

    def rotate(self, x, by):
        shifted = self._tf.bitwise.left_shift(x, self.word(by)), self.high(x, 32 - by)
        return self._and(self._tf.bitwise.bitwise_or(*shifted))

    def high(self, x, off):
        return self._tf.bitwise.right_shift(x, self.word(off))

    def float(self, x):
        return self._tf.cast(x, "float32")


class Jax:
    """Unsigned numbers of 32 bits, which wrap around by themselves; JAX has no longer ones unless it is told to."""

    def __init__(self):
        import jax.numpy as jnp

        self._jnp = jnp
        self.zeros_like, self.xor = jnp.zeros_like, jnp.bitwise_xor

    def range(self, count):
        return self._jnp.arange(count, dtype="uint32")

    def cast(self, number):
        return self._jnp.asarray(number).astype("uint32")

    word = cast

    def add(self, a, b):
        return a + b

    def rotate(self, x, by):
        return (x << self.word(by)) | (x >> self.word(32 - by))

    def high(self, x, off):
        return x >> self.word(off)

    def float(self, x):
        return x.astype("float32")


class Torch:
    """As NumPy, since few operations know unsigned numbers of 32 bits."""

    def __init__(self):
        import torch

        self._torch = torch
        self.zeros_like, self.xor = torch.zeros_like, torch.bitwise_xor

    def range(self, count):
        return self._torch.arange(count, dtype=self._torch.int64)

    def cast(self, number):
        return self._torch.as_tensor(number).to(self._torch.int64)

    def word(self, number):
        return self._torch.tensor(number, dtype=self._torch.int64)

    def add(self, a, b):
        return (a + b) & _WORD

    def rotate(self, x, by):
        return ((x << by) | (x >> (32 - by))) & _WORD

    def high(self, x, off):
        return x >> off

    def float(self, x):
        return x.to(self._torch.float32)
