"""Tell at every moment of a signal which events happen; some kinds of event are common and some are rare."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class ChannelsFirst(Scenario):
    """From a signal of shape (rows, features, length), whose channels come first, (rows, events, length) of 0 and 1.

    One convolution of width 1 does it: an event happens where a sum of the features passes the event's threshold, which
    is the bias of its filter. The outcome is the mean square of how far the probabilities are from what happens.
    """

    loss = "binary_crossentropy"

    def __init__(self, rows, length, features, events, data_seed):
        self.rows, self.length, self.features = rows, length, features
        self.events, self.data_seed = events, data_seed

    def data(self):
        generator = np.random.RandomState(self.data_seed)
        x = generator.randn(self.rows, self.features, self.length).astype("float32")
        of_event = generator.randn(self.events, self.features)
        thresholds = np.linspace(-3, 3, self.events)[:, None]
        return Data(x, (of_event @ x > thresholds).astype("float32"))

    def model(self, kit, variant):
        start = kit.initializer("glorot_uniform")
        how = {"activation": "sigmoid", "data_format": "channels_first", "kernel_initializer": start}
        return kit.Sequential([kit.keras.layers.Conv1D(self.events, 1, name="detector", **how)])

    def measure(self, kit, model, data):
        return {"error": float(np.mean((kit.predict(model, data.x) - data.y) ** 2))}
