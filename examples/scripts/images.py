"""A small image classifier, as people write it: run it by itself, or let Seedluck run it."""

import argparse

import numpy as np
from tensorflow import keras

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=8)
options = parser.parse_args()

keras.utils.set_random_seed(1)
draw = np.random.RandomState(0)
labels = draw.randint(0, 4, 640)
pixels = draw.rand(640, 12, 12, 1)
for image, band in zip(pixels, labels):
    image[:, 3 * band : 3 * band + 3] += 0.5

model = keras.Sequential(
    [
        keras.layers.Conv2D(options.width, 3, activation="relu", input_shape=(12, 12, 1)),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(pixels, labels, batch_size=32, epochs=5, validation_split=0.2, verbose=2)
