"""A small image classifier, written as for any Keras: convolution, pooling, dropout, softmax."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Images(Scenario):
    """Squares of 12 by 12 grey pixels; the class is the band of columns that is brighter."""

    def __init__(self, rows, noise, dropout, data_seed):
        self.rows, self.noise, self.dropout, self.data_seed = rows, noise, dropout, data_seed

    def data(self):
        draw = np.random.RandomState(self.data_seed)
        classes = draw.randint(0, 4, self.rows)
        pixels = self.noise * draw.rand(self.rows, 12, 12, 1)
        for image, band in zip(pixels, classes):
            image[:, 3 * band : 3 * band + 3] += 0.5
        pixels, held = pixels.astype("float32"), self.rows // 5
        return Data(pixels[held:], classes[held:], pixels[:held], classes[:held])

    def model(self, kit, variant):
        layers = kit.keras.layers
        return kit.keras.Sequential(
            [
                layers.Conv2D(8, 3, activation="relu", input_shape=(12, 12, 1)),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(self.dropout),
                layers.Dense(4, activation="softmax"),
            ]
        )
