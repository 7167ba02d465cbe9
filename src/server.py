"""``python -m src.server``: a tracking server for a team; src/seedluck/commands/server.py."""

import sys

from seedluck.commands.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
