"""A generalized Pareto distribution is fitted to quantiles by gradient descent on an L1 norm."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class ParetoFit(Scenario):
    """Two parameters, gamma (the shape) and sigma (the scale); location 0.

    The model turns however many quantiles it is given into its own quantiles at as many evenly spaced levels,
    shape (quantiles,). The targets are the true distribution's, shape (quantiles,).
    """

    def __init__(self, quantiles, gamma, sigma):
        self.quantiles, self.gamma, self.sigma = quantiles, gamma, sigma

    def data(self):
        levels = np.arange(1, self.quantiles + 1) / (self.quantiles + 1.0)
        # The inverse of F(x) = 1 - (1 + gamma x / sigma)^(-1/gamma); Pickands 1975.
        quantiles = (self.sigma / self.gamma * ((1 - levels) ** -self.gamma - 1)).astype("float32")
        return Data(quantiles, quantiles)

    def model(self, kit, variant):
        quantiles = _of_probability if kit.backend == "tensorflow" else _of_formula(kit)
        gamma_initializer = kit.initializer("random_normal", mean=0.2, stddev=0.05)
        sigma_initializer = kit.initializer("random_normal", mean=1.0, stddev=0.05)

        class Pareto(kit.Model):
            def __init__(self):
                super().__init__(name="pareto")
                self.gamma = self.add_weight(name="gamma", shape=(1,), initializer=gamma_initializer)
                self.sigma = self.add_weight(name="sigma", shape=(1,), initializer=sigma_initializer)

            def build(self, input_shape):
                self.built = True

            def call(self, inputs):
                return quantiles(inputs, self.gamma, self.sigma)

        return Pareto()

    def loss(self, kit, targets, predictions):
        if kit.backend != "tensorflow":
            return kit.ops.sum(kit.ops.absolute(targets - predictions))
        import tensorflow as tf

        return tf.norm(targets - predictions, ord=1)

    def measure(self, kit, model, data):
        weights = kit.weights(model)
        gamma, sigma = weights["gamma"][0], weights["sigma"][0]
        distance = max(abs(gamma - self.gamma), abs(sigma - self.sigma))
        return {"parameter_distance": distance, "gamma": gamma, "sigma": sigma}


def _of_probability(inputs, gamma, sigma):
    """Quantiles by TensorFlow Probability, at as many levels as there are inputs."""
    import tensorflow as tf
    import tensorflow_probability as tfp

    count = tf.cast(tf.shape(inputs)[0], "float32")
    levels = tf.range(1.0, count + 0.5) / (count + 1.0)
    return tfp.distributions.GeneralizedPareto(0.0, scale=sigma, concentration=gamma).quantile(levels)


def _of_formula(kit):
    """The same where there is no TensorFlow: the inverse of F, as for the data."""
    ops = kit.ops

    def quantiles(inputs, gamma, sigma):
        count = inputs.shape[0]
        levels = ops.arange(1, count + 1, dtype=gamma.dtype) / (count + 1)
        return sigma / gamma * (ops.power(1 - levels, -gamma) - 1)

    return quantiles
