"""Where the project is, and the environments of its runtimes."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RUNTIMES = Path(os.environ.get("SEEDLUCK_RUNTIMES") or PROJECT / ".runtimes")  # one folder can serve several clones
