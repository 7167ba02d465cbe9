"""What a training's invariants amount to: how far each was from holding, at worst, and since when it does not."""

import math


class Gaps:
    """tolerance: the largest gap at which an invariant still holds.

    Attributes:
        last: name → gap, of the last measurement.
    """

    def __init__(self, tolerance):
        self._tolerance = tolerance
        self.last, self._worst, self._first_broken = {}, {}, {}

    def take(self, epoch, gaps):
        """Take a measurement. gaps: name → float, 0 where it holds exactly."""
        self.last = gaps
        for name, gap in gaps.items():
            if not gap <= self._tolerance:  # a gap that is not a number does not hold either
                self._first_broken.setdefault(name, epoch)
            worst = self._worst.get(name, -1.0)
            if not gap <= worst and not math.isnan(worst):  # a gap that is not a number is the largest
                self._worst[name] = gap

    def invariants(self):
        """Return name → ``holds``, ``gap`` and ``first_broken_epoch``."""
        return {
            name: {
                "holds": name not in self._first_broken,
                "gap": self._worst[name],
                "first_broken_epoch": self._first_broken.get(name),
            }
            for name in self.last
        }
