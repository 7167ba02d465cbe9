"""A single linear recurrent unit can hold the formula of a moving average exactly."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class MovingAverage(Scenario):
    """average = (1 - alpha) * average + alpha * sample: kernel alpha, recurrent kernel 1 - alpha, bias 0.

    The unit keeps its state from batch to batch, a batch is one sample, and the samples stay in order.
    """

    def __init__(self, samples, alpha, data_seed):
        self.samples, self.alpha, self.data_seed = samples, alpha, data_seed

    def data(self):
        signal = np.random.RandomState(self.data_seed).rand(self.samples)
        averages, average = [], signal.mean()
        for sample in signal:
            average = (1 - self.alpha) * average + self.alpha * sample
            averages.append(average)
        return Data(signal.reshape(-1, 1, 1).astype("float32"), np.array(averages, "float32")[:, None])

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(batch_shape=(1, 1, 1), name="signal")
        unit = layers.SimpleRNN(
            1,
            stateful=True,
            activation=None,
            kernel_initializer=kit.initializer("glorot_uniform"),
            recurrent_initializer=kit.initializer("orthogonal"),
            name="unit",
        )
        return kit.Model(inputs, unit(inputs))

    def measure(self, kit, model, data):
        kernel, recurrent, bias = (np.ravel(weight)[0] for weight in kit.weights(model).values())
        distances = np.abs([kernel - self.alpha, recurrent - (1 - self.alpha), bias])
        return {"formula_distance": np.max(distances), "kernel": kernel, "recurrent": recurrent, "bias": bias}
