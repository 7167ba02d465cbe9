"""A generalized Pareto distribution is fitted to its quantiles, in a loop outside of the model."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.keras.initializers import RandomNormal


class Pareto(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.gamma = self.add_weight(name="gamma", shape=(1,), initializer=RandomNormal(0.2, 0.05))
        self.sigma = self.add_weight(name="sigma", shape=(1,), initializer=RandomNormal(1.0, 0.05))

    def call(self, x):
        count = tf.cast(tf.shape(x)[0], "float32")
        levels = tf.range(1.0, count + 0.5) / (count + 1.0)
        return tfp.distributions.GeneralizedPareto(0.0, self.sigma, self.gamma).quantile(levels)


levels = np.arange(1, 1001) / 1001.0
quantiles = (2.0 / 0.4 * ((1 - levels) ** -0.4 - 1)).astype("float32")
model, optimizer = Pareto(), tf.keras.optimizers.SGD(1e-5)
for _step in range(400):
    with tf.GradientTape() as tape:
        loss = tf.norm(quantiles - model(quantiles), ord=1)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
print("error:", max(abs(float(model.gamma[0]) - 0.4), abs(float(model.sigma[0]) - 2.0)))
