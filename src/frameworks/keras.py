"""The path ``keras``: compile and fit of the standalone package."""

from src.frameworks.fit import prepare, train

PACKAGES = ["keras"]
NEEDS_AS_GIVEN = ["datasets"]
ASKS = ["fit_loss"]

__all__ = ["prepare", "train"]
