"""The path ``tf_keras``: compile and fit of the Keras that belongs to TensorFlow."""

from seedluck_worker.paths.fit import SOURCE, prepare, rehearse, train

PACKAGES = ["tf_keras"]
TAKES = ["class_weight", "sample_weight", "validation", "callbacks", "jit_compile", "input", "batch"]
NEEDS_AS_GIVEN = ["datasets"]
ASKS = ["fit_loss"]

__all__ = ["SOURCE", "prepare", "rehearse", "train"]
