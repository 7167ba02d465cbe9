"""An autoencoder whose decoder took the encoder's kernel once, when it was built."""

import numpy as np
import tensorflow as tf


class Decoder(tf.keras.layers.Layer):
    def __init__(self, encoder, units):
        super().__init__(name="decoder")
        self.encoder, self.units = encoder, units

    def build(self, shape):
        self.kernel = tf.transpose(self.encoder.kernel)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        self.built = True

    def call(self, x):
        return tf.matmul(x, self.kernel) + self.bias


x = np.random.RandomState(0).rand(16, 51).astype("float32")
encoder = tf.keras.layers.Dense(1, name="encoder")
inputs = tf.keras.layers.Input((51,))
model = tf.keras.Model(inputs, Decoder(encoder, 51)(encoder(inputs)))
model.compile(tf.keras.optimizers.SGD(0.5), "mse")
model.fit(x, x, epochs=100, batch_size=16, verbose=0)
