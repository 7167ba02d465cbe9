"""All that is known of a framework: one file a family of frameworks, adapter.py says what each of them has."""

from seedluck_worker.adapters.engines import TensorFlow, Torch
from seedluck_worker.adapters.keras2 import Keras2
from seedluck_worker.adapters.keras3 import Keras3
from seedluck_worker.adapters.tf1 import Tf1

FAMILIES = (Keras3, Keras2, Tf1)
ENGINES = (TensorFlow, Torch)


def adapter_of(package, backend, families=FAMILIES):
    """Return the adapter of a package, None if none fits. backend: what it computes with, of the runtime."""
    family = next((family for family in families if family.fits(package, backend)), None)
    return family and family(package, backend)
