"""Small classifiers and recurrent models, whose losses and layers answer in ways that are known."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Classes(Scenario):
    """Rows of four numbers in classes.

    loss: its name. classes: how many. rows: how many. measured: what to call the measurement.

    Variants:
        plain: two dense layers. dropped: dropout between them. noisy: Gaussian noise. normalized: batch normalization.
        own: a layer of somebody's own that draws. recurrent: a recurrent layer that drops inside.
        dropped_on_keras: dropout, on the standalone package alone.
    """

    def __init__(self, loss, classes, rows, measured):
        self.loss, self.classes, self.rows, self.measured = loss, classes, rows, measured

    def data(self):
        draw = np.random.RandomState(0)
        x = draw.normal(size=(self.rows, 4)).astype("float32")
        y = (x[:, 0] > 0).astype("int32") + (self.classes > 2) * (x[:, 1] > 0).astype("int32")
        if not self.loss.startswith("sparse"):
            y = y[:, None].astype("float32") if self.classes == 1 else np.eye(self.classes, dtype="float32")[y]
        return Data(x, y)

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(4,), name="rows")
        hidden = self._hidden(kit, variant, inputs)
        activation = "sigmoid" if self.classes == 1 else "softmax"
        start = kit.initializer("glorot_uniform")
        return kit.Model(
            inputs, layers.Dense(self.classes, activation=activation, kernel_initializer=start, name="answers")(hidden)
        )

    def _hidden(self, kit, variant, inputs):
        layers = kit.keras.layers
        if variant == "recurrent":
            rows = layers.Reshape((2, 2))(inputs)
            return layers.SimpleRNN(3, recurrent_dropout=0.5, name="recurrent")(rows)
        hidden = layers.Dense(8, kernel_initializer=kit.initializer("glorot_uniform"), name="hidden")(inputs)
        if variant == "dropped" or (variant == "dropped_on_keras" and hasattr(kit.keras, "ops")):
            return kit.dropout(0.5, name="dropped")(hidden)
        if variant == "noisy":
            return layers.GaussianNoise(1.0, name="noisy")(hidden)
        if variant == "normalized":
            return layers.BatchNormalization(name="normalized")(hidden)
        return _drawing(kit)(name="own")(hidden) if variant == "own" else hidden

    def measure(self, kit, model, data):
        answers = kit.predict(model, data.x).reshape(self.rows, -1)
        return {self.measured: float(np.max(answers, axis=1).mean())}


def _drawing(kit):
    import tensorflow as tf

    class Drawing(kit.keras.layers.Layer):
        def call(self, inputs, training=None):
            return inputs + tf.random.normal(tf.shape(inputs)) if training else inputs

        def compute_output_shape(self, input_shape):
            return input_shape

    return Drawing


class Stacked(Scenario):
    """A recurrent network of two cells, one above the other; the variant ``dropping`` drops inside of them."""

    def data(self):
        x = np.random.RandomState(0).normal(size=(12, 5, 2)).astype("float32")
        return Data(x, x.sum(axis=(1, 2))[:, None].astype("float32"))

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(5, 2), name="rows")
        rate = 0.2 * (variant == "dropping")
        cells = [layers.LSTMCell(3, recurrent_dropout=rate), layers.LSTMCell(2, dropout=rate)]
        hidden = layers.RNN(layers.StackedRNNCells(cells), name="stacked")(inputs)
        return kit.Model(inputs, layers.Dense(1, name="answers")(hidden))

    def measure(self, kit, model, data):
        return {"error": np.mean((kit.predict(model, data.x) - data.y) ** 2)}
