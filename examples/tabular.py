"""A table with a rare class, which class weights make up for."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Tabular(Scenario):
    """Rows of normal numbers; a class that few rows belong to, at the far end of a sum."""

    def __init__(self, rows, columns, rare, data_seed):
        self.rows, self.columns, self.rare, self.data_seed = rows, columns, rare, data_seed

    def data(self):
        draw = np.random.RandomState(self.data_seed)
        x = draw.normal(size=(self.rows, self.columns)).astype("float32")
        total = x.sum(axis=1) + draw.normal(size=self.rows)
        y = (total > np.quantile(total, 1 - self.rare)).astype("float32")[:, None]
        held = self.rows // 5
        return Data(x[held:], y[held:], x[:held], y[:held])

    def model(self, kit, variant):
        layers = kit.keras.layers
        rows = layers.Input(shape=(self.columns,), name="rows")
        hidden = layers.BatchNormalization(name="normalized")(rows)
        hidden = layers.Dense(16, activation="relu", name="hidden")(hidden)
        return kit.keras.Model(rows, layers.Dense(1, activation="sigmoid", name="answer")(hidden))

    def measure(self, kit, model, data):
        found = kit.predict(model, data.validation_x)[:, 0] > 0.5
        return {"val_recall": np.mean(found[data.validation_y[:, 0] == 1])}
