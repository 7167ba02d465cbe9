"""Hidden sources are learned as the rows of an embedding, by an Estimator made of a Keras model."""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dot, Embedding, Input

draw = np.random.RandomState(1234)
truth, mixing = draw.randn(200, 5), draw.randn(5, 50)
sensors = np.tile(mixing.T, (200, 1)).astype("float32")
numbers = np.repeat(np.arange(200, dtype="int32"), 50)[:, None]
targets = truth.dot(mixing).ravel().astype("float32")

sensor, number = Input((5,), name="sensor"), Input((1,), dtype="int32", name="number")
sources = Embedding(200, 5, name="sources")
model = tf.keras.Model([sensor, number], Dot(axes=-1)([sources(number), sensor]))
model.compile(tf.keras.optimizers.Adadelta(1.0), "mse")


def rows():
    whole = tf.data.Dataset.from_tensor_slices(({"sensor": sensors, "number": numbers}, targets))
    return whole.shuffle(10000).batch(100).repeat(60)


estimator = tf.keras.estimator.model_to_estimator(model, model_dir=tempfile.mkdtemp())
estimator.train(rows)
(name,) = [name for name in estimator.get_variable_names() if name.endswith("sources/embeddings")]
error = np.mean((estimator.get_variable_value(name) - truth) ** 2)
