"""Where the project is, and the environments of its runtimes."""

import os
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]  # holds the packages of both planes
PROJECT = SOURCES.parent
RUNTIMES = Path(os.environ.get("SEEDLUCK_RUNTIMES") or PROJECT / ".runtimes")  # one folder can serve several clones
