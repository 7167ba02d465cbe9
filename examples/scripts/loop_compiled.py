"""The regression of loop.py, with its step compiled."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

draw = np.random.RandomState(0)
x = draw.rand(64, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)

model = keras.Sequential([keras.layers.Dense(8, activation="relu", input_shape=(4,)), keras.layers.Dropout(0.2)])
model.add(keras.layers.Dense(1))
optimizer = keras.optimizers.SGD(0.05)


@tf.function
def step(rows, targets):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(rows, training=True) - targets) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for _epoch in range(3):
    for i in range(0, 64, 16):
        loss = step(x[i : i + 16], y[i : i + 16])
last_loss = float(loss)
