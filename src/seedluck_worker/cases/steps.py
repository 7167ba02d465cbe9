"""An optimizer's steps by its formula, for the families that train; formulas: formulas/optimizers.py."""

import numpy as np

from seedluck_worker.formulas.optimizers import OPTIMIZERS, begun, clipped


class Steps:
    """Takes steps by an optimizer's formula, with what every optimizer of Keras takes.

    Accumulated gradients are averaged and clipped, weights decay, the update follows, and then the average of weights.
    weights: list of arrays. settings: by the names of Keras's classes. average_from: where an average of weights
    begins, ``initial`` or ``first`` for those after the first step; Keras's documentation does not tell.
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
        self.common = {key: settings[key] for key in common if key in settings}
        self.own = {key: value for key, value in settings.items() if key not in common}
        self.states = [begun(self.name, self.own, weight) for weight in weights]
        self.averages, self.average_from, self.held, self.n = list(weights), average_from, [], 0

    def take(self, gradients, rate):
        """Take one step, or keep the gradients until there are enough of them."""
        self.held.append(gradients)
        if len(self.held) < self.common.get("gradient_accumulation_steps", 1):
            return
        mean = [sum(each) / len(self.held) for each in zip(*self.held)]
        self.held, self.n = [], self.n + 1
        clip = {key: self.common[key] for key in ("clipnorm", "global_clipnorm", "clipvalue") if key in self.common}
        decay = self.common.get("weight_decay", 0.004 if self.name == "adamw" else 0.0)
        for i, gradient in enumerate(clipped(np, mean, **clip)):
            weight = self.weights[i] - self.weights[i] * decay * rate
            self.weights[i], self.states[i] = OPTIMIZERS[self.name][0](
                np, weight, gradient, self.states[i], self.n, rate, **self.own
            )
        if "use_ema" in self.common:
            share = 0.0 if self.n == 1 and self.average_from == "first" else self.common["ema_momentum"]
            self.averages = [share * a + (1 - share) * w for a, w in zip(self.averages, self.weights)]
            if self.n % self.common.get("ema_overwrite_frequency", self.n + 1) == 0:
                self.weights = list(self.averages)

    def ended(self):
        """The weights that training ends with."""
        return self.averages if "use_ema" in self.common else self.weights
