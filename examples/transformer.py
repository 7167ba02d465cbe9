"""A small transformer: attention, layer normalization, a residual around each."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Transformer(Scenario):
    """Sequences of numbered words; the target is the word that stands where the first word says."""

    def __init__(self, rows, length, width, heads, data_seed):
        self.rows, self.length, self.width, self.heads, self.data_seed = rows, length, width, heads, data_seed

    def data(self):
        x = np.random.RandomState(self.data_seed).randint(0, self.length, (self.rows, self.length)).astype("int32")
        y = x[np.arange(self.rows), x[:, 0]]
        held = self.rows // 5
        return Data(x[held:], y[held:], x[:held], y[:held])

    def model(self, kit, variant):
        layers = kit.keras.layers
        words = layers.Input(shape=(self.length,), dtype="int32", name="words")
        hidden = layers.Embedding(self.length, self.width, name="embedding")(words)
        attended = layers.MultiHeadAttention(self.heads, self.width // self.heads, name="attention")(hidden, hidden)
        hidden = layers.LayerNormalization(name="normalized")(layers.Add(name="added")([hidden, attended]))
        inner = layers.Dense(2 * self.width, activation="relu", name="inner")(hidden)
        inner = layers.Dense(self.width, name="outer")(inner)
        hidden = layers.LayerNormalization(name="normalized_again")(layers.Add(name="added_again")([hidden, inner]))
        pooled = layers.GlobalAveragePooling1D(name="pooled")(hidden)
        return kit.keras.Model(words, layers.Dense(self.length, activation="softmax", name="answer")(pooled))
