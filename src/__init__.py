"""The commands of a checkout: ``python -m src.run`` and its siblings.

The two packages lie beside them: ``seedluck`` asks, records and judges, ``seedluck_worker`` trains.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
