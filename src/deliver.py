"""``python -m src.deliver``: hand in runs that a store did not get; src/seedluck/commands/deliver.py."""

import sys

from seedluck.commands.deliver import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
