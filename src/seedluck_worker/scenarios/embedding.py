"""Sources hidden behind a known mixing matrix are learned as the rows of an embedding."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Embedding(Scenario):
    """One row for each observation and sensor: given the sensor's weights and the observation's number, predict.

    The target is the dot product of that observation's hidden sources with the sensor's weights, so a perfect
    embedding is the sources themselves. Targets have shape (rows,), the model's answers (rows, 1).
    """

    def __init__(self, observations, sensors, sources, data_seed):
        self.observations, self.sensors, self.sources = observations, sensors, sources
        generator = np.random.RandomState(data_seed)
        self.truth = generator.randn(observations, sources)
        self.mixing = generator.randn(sources, sensors)

    def data(self):
        sensor_weights = np.tile(self.mixing.T, (self.observations, 1)).astype("float32")
        observation = np.repeat(np.arange(self.observations, dtype="int32"), self.sensors)[:, None]
        return Data([sensor_weights, observation], self.truth.dot(self.mixing).ravel().astype("float32"))

    def model(self, kit, variant):
        layers = kit.keras.layers
        weights = layers.Input(shape=(self.sources,), name="sensor_weights")
        observation = layers.Input(shape=(1,), dtype="int32", name="observation")
        sources = layers.Embedding(
            self.observations,
            self.sources,
            embeddings_initializer=kit.initializer("random_uniform", minval=-0.05, maxval=0.05),
            name="sources",
        )(observation)
        return kit.Model([weights, observation], layers.Dot(axes=-1, name="mixed")([sources, weights]))

    def measure(self, kit, model, data):
        learned = kit.weights(model)["sources/embeddings"]
        correlations = [np.corrcoef(learned[:, i], self.truth[:, i])[0, 1] for i in range(self.sources)]
        return {
            "embedding_mse": np.mean((learned - self.truth) ** 2),
            "embedding_variance": np.mean(learned.var(axis=0, ddof=1)),
            "embedding_correlation": np.mean(correlations),
        }
