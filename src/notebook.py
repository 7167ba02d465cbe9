"""``from src.notebook import read, sweep``: for notebooks; src/seedluck/commands/notebook.py."""

from seedluck.commands.notebook import Verdict, read, sweep

__all__ = ["Verdict", "read", "sweep"]
