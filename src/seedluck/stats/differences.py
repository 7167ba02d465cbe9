"""The differences between the seeds of two sides in ascending order, without a list of them where it would be long.

1000 seeds a side have a million differences, 10 000 a hundred million. Where a value stands among them can be counted
seed by seed, so any place is found by bisection (as Monahan 1984 does, there at random): memory grows with the seeds,
not with their square.
"""

import numpy as np

LISTED = 500  # seeds a side up to which a sorted list of all differences is faster


class Differences:
    """All ``b[j] - a[i]``; of pairs, the averages of any two of ``b[i] - a[i]``, one with itself included.

    a, b: finite, shape (seeds of each side,); in pairs of one length.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray, paired: bool):
        self._paired = paired
        self._second = np.sort(b - a if paired else b)
        self._first = self._second if paired else np.sort(a)
        self._listed = None
        if max(len(a), len(b)) <= LISTED:
            self._listed = np.sort(
                (np.add.outer(self._first, self._first) / 2)[np.triu_indices(len(a))]
                if paired
                else np.subtract.outer(b, a).ravel()
            )

    def __len__(self):
        seeds = len(self._first)
        return seeds * (seeds + 1) // 2 if self._paired else seeds * len(self._second)

    def at(self, places: list[int]) -> np.ndarray:
        """Return the differences at these places, counted from 0, the smallest: shape (places,)."""
        if self._listed is not None:
            return self._listed[places]
        wanted = np.asarray(places) + 1
        ends = self._between(self._first[[0, -1]][:: 1 if self._paired else -1], self._second[[0, -1]])
        low, high = (np.full(len(wanted), end) for end in _whole(ends))
        while (low < high).any():  # the smallest number that as many differences reach as are wanted
            middle = (low >> 1) + (high >> 1) + (low & high & 1)
            enough = self._count(_number(middle)) >= wanted
            low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
        return _number(high)

    def median(self) -> float:
        """Return the median difference."""
        return float(self.at([(len(self) - 1) // 2, len(self) // 2]).mean())

    def equal(self, value: float) -> int:
        """Return how many differences are equal to a value."""
        if self._listed is not None:
            return int((self._listed == value).sum())
        reached, before = self._count(_number(_whole(np.array([value])) - np.array([0, 1])))
        return int(reached - before)

    def _count(self, values):
        """How many differences are no larger than each value, shape (values,)."""
        seeds = len(self._first)
        least = np.arange(seeds) if self._paired else np.zeros(seeds, int)
        low = np.broadcast_to(least, (len(values), seeds))
        high = np.full_like(low, len(self._second))
        while (low < high).any():
            middle = (low + high) // 2
            reaches = self._between(self._first, self._second[np.minimum(middle, len(self._second) - 1)])
            within = (reaches <= values[:, None]) & (low < high)
            low, high = np.where(within, middle + 1, low), np.where(within, high, middle)
        return (low - least).sum(axis=1)

    def _between(self, first, second):
        return (first + second) / 2 if self._paired else second - first


def _whole(numbers):
    """Whole numbers in the order of floating-point ones, with none between two neighbours."""
    bits = numbers.astype(np.float64).view(np.int64)
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def _number(whole):
    return np.where(whole < 0, np.iinfo(np.int64).min - whole, whole).astype(np.int64).view(np.float64)
