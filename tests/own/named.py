"""A small model whose names nobody would choose."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Named(Scenario):
    """One dense layer on eight rows. layer: its name. remark: changes nothing. All variants are alike."""

    def __init__(self, layer, remark):
        self.layer, self.remark = layer, remark

    def data(self):
        x = np.random.RandomState(0).rand(8, 2).astype("float32")
        return Data(x, x.sum(axis=1, keepdims=True))

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(2,), name="rows")
        dense = layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name=self.layer)
        return kit.Model(inputs, dense(inputs))

    def measure(self, kit, model, data):
        return {"error": np.mean((kit.predict(model, data.x) - data.y) ** 2)}
