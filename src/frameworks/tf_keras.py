"""The path ``tf_keras``: compile and fit of the Keras that belongs to TensorFlow."""

from src.frameworks.fit import prepare, train

PACKAGES = ["tf_keras"]
NEEDS_AS_GIVEN = ["datasets"]
ASKS = ["fit_loss"]

__all__ = ["prepare", "train"]
