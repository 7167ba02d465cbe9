"""An embedding and an LSTM on sequences: does the same word stand at both ends?

--functional spells the model with the functional interface. --dropped puts a dropout after the last layer.
"""

import sys

import numpy as np

try:
    from tensorflow import keras
except ImportError:
    import keras

draw = np.random.RandomState(0)
words = draw.randint(0, 12, (480, 8))
words[::2, -1] = words[::2, 0]
same = (words[:, 0] == words[:, -1]).astype("float32")

layers = keras.layers
last = [layers.Dropout(0.5)] if "--dropped" in sys.argv else []
stack = [layers.Embedding(12, 8), layers.LSTM(16), layers.Dense(1, activation="sigmoid")] + last
if "--functional" in sys.argv:
    inputs = hidden = layers.Input((8,))
    for layer in stack:
        hidden = layer(hidden)
    model = keras.Model(inputs, hidden)
else:
    model = keras.Sequential([layers.InputLayer((8,))] + stack)
model.compile("adam", "binary_crossentropy")
model.fit(words, same, batch_size=32, epochs=6, validation_split=0.25, verbose=0)
