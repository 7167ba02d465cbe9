"""A model that takes a random number where nothing expects it."""

import random

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Drawing(Scenario):
    def data(self):
        return Data(np.ones((8, 2), "float32"), np.ones((8, 1), "float32"))

    def model(self, kit, variant):
        start = kit.keras.initializers.Constant(random.random())
        return kit.Sequential([kit.keras.layers.Dense(1, kernel_initializer=start, name="line")])

    def measure(self, kit, model, data):
        return {"error": float(np.mean((kit.predict(model, data.x) - data.y) ** 2))}
