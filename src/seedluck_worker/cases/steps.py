"""An optimizer's steps by its formula, for the families that train."""

import numpy as np

from seedluck_worker.formulas.optimizers import begun
from seedluck_worker.formulas.training import averaged, updated


class Steps:
    """Takes steps by an optimizer's formula, with what every optimizer of Keras takes.

    Accumulated gradients are averaged, then comes a step of formulas/training.py. weights: list of arrays. settings: by
    the names of Keras's classes. average_from: where an average of weights begins, ``initial``, or ``first`` for those
    after the first step.
    """

    def __init__(self, weights, optimizer, settings, average_from="first"):
        common = (
            "clipnorm",
            "global_clipnorm",
            "clipvalue",
            "weight_decay",
            "use_ema",
            "ema_momentum",
            "ema_overwrite_frequency",
            "gradient_accumulation_steps",
        )
        self.weights, self.name = list(weights), optimizer.lower()
        self.common = {"average_from": average_from, **{key: settings[key] for key in common if key in settings}}
        self.own = {key: value for key, value in settings.items() if key not in common}
        self.states = [begun(self.name, self.own, weight) for weight in weights]
        self.averages, self.held, self.n = list(weights), [], 0

    def take(self, gradients, rate):
        """Take one step, or keep the gradients until there are enough of them."""
        self.held.append(gradients)
        if len(self.held) < self.common.get("gradient_accumulation_steps", 1):
            return
        mean = [sum(each) / len(self.held) for each in zip(*self.held)]
        self.held, self.n = [], self.n + 1
        self.weights, self.states = updated(
            np, self.name, self.own, self.common, self.weights, mean, self.states, self.n, rate
        )
        if "use_ema" in self.common:
            self.weights, self.averages = averaged(np, self.common, self.weights, self.averages, self.n)

    def ended(self):
        """The weights that training ends with."""
        return self.averages if "use_ema" in self.common else self.weights
