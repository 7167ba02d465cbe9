"""``python -m src.verdict``: the sweeps of a store, and one judged again; src/seedluck/commands/verdict.py."""

import sys

from seedluck.commands.verdict import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
