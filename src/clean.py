"""``python -m src.clean``: what runs left on disk; src/seedluck/commands/clean.py."""

import sys

from seedluck.commands.clean import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
