"""A sentence's value is the mean of its words' values; common words are there several times in every batch."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Tokens(Scenario):
    """From the numbers of its words, predict what a sentence is worth.

    A word's share falls as one over its rank, as in natural language (Zipf 1935), so a batch looks the same rows of the
    embedding up again and again.
    """

    def __init__(self, rows, length, words, width, data_seed):
        self.rows, self.length, self.words, self.width, self.data_seed = rows, length, words, width, data_seed

    def data(self):
        generator = np.random.RandomState(self.data_seed)
        shares = 1 / np.arange(1, self.words + 1)
        x = generator.choice(self.words, (self.rows, self.length), p=shares / shares.sum()).astype("int32")
        worth = generator.randn(self.words)
        return Data(x, worth[x].mean(1, keepdims=True).astype("float32"))

    def model(self, kit, variant):
        layers = kit.keras.layers
        start = kit.initializer("random_uniform", minval=-0.05, maxval=0.05)
        return kit.Sequential(
            [
                layers.Embedding(self.words, self.width, embeddings_initializer=start, name="words"),
                layers.GlobalAveragePooling1D(name="sentence"),
                layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="worth"),
            ]
        )

    def measure(self, kit, model, data):
        return {"error": float(np.mean((kit.predict(model, data.x) - data.y) ** 2))}
