"""A network predicts a sum of sines; its first layer is told the shape of its input."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Dropout

WINDOW = 1000


def signal(x):
    return 5 * np.sin(x) + 4 * np.sin(1.8 * x) + 5 * np.sin(x / 4)


draw = np.random.RandomState(1)
start, ahead = np.arange(10000) // 10, draw.uniform(0.1, 9.9, 10000)
x = signal(0.1 * (start[:, None] + np.arange(WINDOW + 1))).astype("float32")
x[:, WINDOW] = 5 * ahead
y = signal(0.1 * (start + WINDOW) + ahead).astype("float32")

model = tf.keras.Sequential()
model.add(Dense(64, activation="relu", input_shape=(WINDOW + 1,)))
model.add(Dropout(0.05))
for _layer in range(3):
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.05))
model.add(Dense(1))
model.compile(tf.keras.optimizers.RMSprop(0.0005), "mse")
model.fit(x, y, validation_split=0.1, epochs=10, verbose=0)
