"""``python -m src.hunt``: what releases of a framework compute wrongly; src/seedluck/commands/hunt.py."""

import sys

from seedluck.commands.hunt import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
