"""Sequences with one target a step; rows whose targets are wrong have the weight 0."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class RowsThatCount(Scenario):
    """Predict at every step a product of the features, from rows some of which are wrong and are given no weight.

    weights: ``of_rows`` gives one weight a row, shape (rows,), ``of_steps`` says the same with one weight a step, shape
    (rows, steps). The outcome is the error on the rows that count.
    """

    def __init__(self, rows, steps, features, wrong, weights, data_seed):
        self.rows, self.steps, self.features = rows, steps, features
        self.wrong, self.weights, self.data_seed = wrong, weights, data_seed

    def data(self):
        generator = np.random.RandomState(self.data_seed)
        x = generator.randn(self.rows, self.steps, self.features).astype("float32")
        y = np.tanh(x @ generator.randn(self.features, 1))
        weights = (generator.rand(self.rows) >= self.wrong).astype("float32")
        y[weights == 0] *= -1
        if self.weights == "of_steps":
            weights = np.repeat(weights[:, None], self.steps, 1)
        return Data(x, y.astype("float32"), sample_weight=weights)

    def model(self, kit, variant):
        layers = kit.keras.layers
        return kit.Sequential(
            [
                layers.Dense(8, activation="tanh", kernel_initializer=kit.initializer("glorot_uniform"), name="hidden"),
                layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="answer"),
            ]
        )

    def measure(self, kit, model, data):
        counts = data.sample_weight.reshape(self.rows, -1)[:, 0] > 0
        return {"error": float(np.mean((kit.predict(model, data.x[counts]) - data.y[counts]) ** 2))}
