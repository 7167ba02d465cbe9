"""``python -m src.reproduce``: the smallest script that shows a difference; src/seedluck/commands/reproduce.py."""

import sys

from seedluck.commands.reproduce import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
