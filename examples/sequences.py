"""An embedding and an LSTM read sequences of words."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Sequences(Scenario):
    """Sequences of words, numbered from 0; the target is whether there are more low words than high ones."""

    def __init__(self, rows, words, length, dropout, data_seed):
        self.rows, self.words, self.length, self.dropout, self.data_seed = rows, words, length, dropout, data_seed

    def data(self):
        x = np.random.RandomState(self.data_seed).randint(0, self.words, (self.rows, self.length)).astype("int32")
        y = (np.sum(x < self.words // 2, axis=1) > self.length / 2).astype("float32")[:, None]
        held = self.rows // 5
        return Data(x[held:], y[held:], x[:held], y[:held])

    def model(self, kit, variant):
        layers = kit.keras.layers
        words = layers.Input(shape=(self.length,), dtype="int32", name="words")
        hidden = layers.Embedding(self.words, 8, name="embedding")(words)
        hidden = layers.LSTM(16, dropout=self.dropout, name="memory")(hidden)
        return kit.keras.Model(words, layers.Dense(1, activation="sigmoid", name="answer")(hidden))
