"""A small transformer that answers with the word that stands where the first word says.

--again spells its two halves as a loop. --axis takes the mean over the wrong axis.
"""

import sys

import numpy as np

try:
    from tensorflow import keras
except ImportError:
    import keras

draw = np.random.RandomState(0)
words = draw.randint(0, 8, (400, 8))
answers = words[np.arange(400), words[:, 0]]

layers = keras.layers
inputs = layers.Input((8,))
hidden = layers.Embedding(8, 8)(inputs)
attention = layers.MultiHeadAttention(2, 4)
inner, outer = layers.Dense(16, activation="tanh"), layers.Dense(8)
if "--again" in sys.argv:
    for part in (lambda rows: attention(rows, rows), lambda rows: outer(inner(rows))):
        hidden = layers.LayerNormalization()(layers.Add()([hidden, part(hidden)]))
else:
    hidden = layers.LayerNormalization()(layers.Add()([hidden, attention(hidden, hidden)]))
    hidden = layers.LayerNormalization()(layers.Add()([hidden, outer(inner(hidden))]))
pooled = layers.GlobalAveragePooling1D(data_format="channels_" + ("first" if "--axis" in sys.argv else "last"))(hidden)
model = keras.Model(inputs, layers.Dense(8, activation="softmax")(pooled))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(words, answers, batch_size=32, epochs=6, verbose=0)
