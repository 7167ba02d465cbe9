"""Tabular data of which one row in ten is positive, trained with class weights.

--functional spells the model with the functional interface. --unweighted leaves the class weights out.
"""

import sys

import numpy as np

try:
    from tensorflow import keras
except ImportError:
    import keras

draw = np.random.RandomState(0)
table = draw.normal(size=(600, 5)).astype("float32")
table = (table - table[:450].mean(axis=0)) / table[:450].std(axis=0)
positive = (table[:, 0] + table[:, 1] * table[:, 2] + 0.3 * draw.normal(size=600) > 1.6).astype("float32")

layers = keras.layers
stack = [layers.Dense(16, activation="tanh"), layers.Dropout(0.2), layers.Dense(1, activation="sigmoid")]
if "--functional" in sys.argv:
    inputs = hidden = layers.Input((5,))
    for layer in stack:
        hidden = layer(hidden)
    model = keras.Model(inputs, hidden)
else:
    model = keras.Sequential([layers.InputLayer((5,))] + stack)
model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
weights = None if "--unweighted" in sys.argv else {0: 1.0, 1: 9.0}
model.fit(table[:450], positive[:450], batch_size=32, epochs=8, class_weight=weights, verbose=0)
found = model.predict(table[450:], verbose=0)[positive[450:] == 1]
print("recall:", float((found > 0.5).mean()))
