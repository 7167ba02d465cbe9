"""Linear regression, whose end point is known: the weights that least squares, or ridge regression, gives."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class LinearRegression(Scenario):
    """One dense unit without a bias on normal rows; the true weights lie around 1, and so does where training starts.

    spread: standard deviation of the true weights. noise: of what is added to the targets.
    weight_decay: of the optimizer, decoupled (Loshchilov and Hutter 2019). Plain gradient descent with it comes to
    rest where the gradient of mean squared error + weight_decay / 2 * |w|^2 is zero.
    """

    def __init__(self, rows, columns, spread, noise, weight_decay, data_seed):
        generator = np.random.RandomState(data_seed)
        self.x = generator.randn(rows, columns).astype("float32")
        true = 1 + spread * generator.randn(columns)
        self.y = (self.x.dot(true) + noise * generator.randn(rows)).astype("float32")[:, None]
        x, y = self.x.astype("float64"), self.y[:, 0].astype("float64")
        self.solution = np.linalg.solve(x.T.dot(x) * 2 / rows + weight_decay * np.eye(columns), x.T.dot(y) * 2 / rows)

    def data(self):
        return Data(self.x, self.y)

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(self.x.shape[1],), name="rows")
        initializer = kit.initializer("random_normal", mean=1.0, stddev=0.05)
        return kit.Model(inputs, layers.Dense(1, use_bias=False, kernel_initializer=initializer, name="line")(inputs))

    def measure(self, kit, model, data):
        kernel = kit.weights(model)["line/kernel"][:, 0]
        return {"distance_to_solution": np.max(np.abs(kernel - self.solution))}
