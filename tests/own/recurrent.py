"""A sequence model with what an ensemble has to carry from step to step: gates, running means, random masks."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Recurrent(Scenario):
    loss = "binary_crossentropy"

    def __init__(self, rows, unit):
        self.rows, self.unit = rows, unit

    def data(self):
        draw = np.random.RandomState(5)
        x = draw.randn(self.rows, 3, 3).astype("float32")
        return Data(x, (x.sum(axis=(1, 2)) > 0).astype("float32")[:, None])

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(3, 3), name="sequence")
        hidden = getattr(layers, self.unit)(5, dropout=0.2, recurrent_dropout=0.1, name="unit")(inputs)
        hidden = layers.BatchNormalization(momentum=0.8, name="normalized")(hidden)
        hidden = layers.GaussianNoise(0.1, name="noise")(hidden)
        return kit.keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="answer")(hidden))

    def measure(self, kit, model, data):
        return {"wrong": np.mean(np.abs(kit.predict(model, data.x) - data.y))}
