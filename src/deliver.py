"""The command line: send a run's folder to MLflow once the server that was lost is back.

python -m src.deliver FOLDER [FOLDER ...]
"""

import sys
from pathlib import Path

from src.cli import DONE, FAILED, answer
from src.execution.delivery import deliver


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 when every folder was taken, 1 when a store is still away, 2 for a wrong argument."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[:1] in (["--help"], ["-h"]) else 2
    return answer(_deliver, arguments)


def _deliver(folders):
    code = DONE
    for folder in folders:
        result = deliver(Path(folder))[0]
        print(
            f"{folder}: {result['status']}, run {result['run_id']}"
            + (f"; {result['reason']}" if result["lost"] else "")
        )
        code = FAILED if result["lost"] else code
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
