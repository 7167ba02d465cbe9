"""The path ``keras``: compile and fit of the standalone package."""

from seedluck_worker.paths.fit import SOURCE, prepare, rehearse, train

PACKAGES = ["keras"]
TAKES = ["class_weight", "sample_weight", "validation", "callbacks", "jit_compile", "input", "batch"]
NEEDS_AS_GIVEN = ["datasets"]
ASKS = ["fit_loss"]

__all__ = ["SOURCE", "prepare", "rehearse", "train"]
