"""Two inputs, two outputs, and rows that count differently."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Several(Scenario):
    loss = ["mse", "mae"]

    def __init__(self, rows):
        self.rows = rows

    def data(self):
        draw = np.random.RandomState(3)
        wide, narrow = draw.rand(self.rows, 3).astype("float32"), draw.rand(self.rows, 2).astype("float32")
        total = wide.sum(axis=1, keepdims=True)
        weights = draw.uniform(0.5, 2.0, self.rows).astype("float32")
        return Data([wide, narrow], [total, total - narrow[:, :1]], sample_weight=weights)

    def model(self, kit, variant):
        layers = kit.keras.layers
        wide, narrow = layers.Input(shape=(3,), name="wide"), layers.Input(shape=(2,), name="narrow")
        both = layers.Concatenate(name="both")([wide, narrow])
        hidden = layers.Dense(6, activation="tanh", name="hidden")(both)
        outputs = [layers.Dense(1, name=name)(hidden) for name in ("total", "rest")]
        return kit.keras.Model([wide, narrow], outputs)

    def measure(self, kit, model, data):
        return {"kernel": np.abs(kit.weights(model)["hidden/kernel"]).max()}
