"""``python -m src.explain``: why two sides differ; src/seedluck/commands/explain.py."""

import sys

from seedluck.commands.explain import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
