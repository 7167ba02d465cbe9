"""A recurrent unit learns a moving average, with the package Keras."""

import numpy as np
from keras.layers import Input, SimpleRNN
from keras.models import Model
from keras.optimizers import SGD

np.random.seed(1337)
signal = np.random.rand(3000)
average, averages = signal.mean(), []
for value in signal:
    average = 0.8 * average + 0.2 * value
    averages.append(average)

inputs = Input(batch_shape=(1, 1, 1))
model = Model(inputs, SimpleRNN(1, stateful=True, activation=None)(inputs))
model.compile(SGD(lr=0.1), "mse")
model.fit(signal.reshape(-1, 1, 1), np.array(averages)[:, None], batch_size=1, epochs=3, shuffle=False, verbose=0)
kernel, recurrent, bias = (weight.ravel()[0] for weight in model.get_weights())
distance = max(abs(kernel - 0.2), abs(recurrent - 0.8), abs(bias))
