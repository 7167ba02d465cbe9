"""Does it matter whether the first layer is told the shape of its input?"""

import math
import random

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class InputShape(Scenario):
    """From a window of a sum of three sines and a distance ahead, predict the sum there.

    Variants:
        with_input_shape: the model is built when it is written.
        without_input_shape: the model is built when it first sees data.
    """

    def __init__(self, rows, window, dropout, data_seed):
        self.rows, self.window, self.dropout, self.data_seed = rows, window, dropout, data_seed

    def data(self):
        generator = random.Random(self.data_seed)
        starts = -(-self.rows // 10)  # ten distances for each window
        signal = np.array([_signal(0.1 * (i + 1)) for i in range(starts + self.window)], "float32")
        x = np.empty((self.rows, self.window + 1), "float32")
        y = np.empty(self.rows, "float32")
        for row in range(self.rows):
            start, ahead = row // 10, generator.uniform(0.1, 9.9)
            x[row, : self.window] = signal[start : start + self.window]
            x[row, self.window] = 5 * ahead
            y[row] = _signal(0.1 * (start + self.window) + ahead)
        held = self.rows // 10  # the last tenth, as validation_split=0.1 takes it
        return Data(x[:-held], y[:-held], x[-held:], y[-held:])

    def model(self, kit, variant):
        layers = kit.keras.layers
        told = {"input_shape": (self.window + 1,)} if variant == "with_input_shape" else {}
        stack = []
        for i in range(1, 5):
            initializer = kit.initializer("glorot_uniform")
            stack.append(
                layers.Dense(64, activation="relu", kernel_initializer=initializer, name=f"hidden_{i}", **told)
            )
            stack.append(kit.dropout(self.dropout, name=f"dropout_{i}"))
            told = {}
        stack.append(layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="answer"))
        return kit.Sequential(stack)

    def measure(self, kit, model, data):
        return {"validation_mse": np.mean((kit.predict(model, data.validation_x)[:, 0] - data.validation_y) ** 2)}


def _signal(x):
    return math.sin(x) * 5 + math.sin(x * 1.8) * 4 + math.sin(x / 4) * 5
