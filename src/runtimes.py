"""``python -m src.runtimes``: which runtimes there are, and how to install them; src/seedluck/commands/runtimes.py."""

import sys

from seedluck.commands.runtimes import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
