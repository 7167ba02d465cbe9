"""``python -m src.run``: train one configuration, or a sweep of them with -m; src/seedluck/commands/run.py."""

import sys

from seedluck.commands.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
