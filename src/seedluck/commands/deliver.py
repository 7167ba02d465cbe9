"""The command line: send runs' folders to MLflow once the server that was lost is back.

    python -m src.deliver FOLDER [FOLDER ...]

A folder among several that holds no run, as a sweep's verdict, is passed over. Exit code 0: every run was taken. 1: a
store is still away. 2: a folder cannot be sent; the others are sent all the same.
"""

import os
import sys
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.printable import printable
from seedluck.commands.cli import DONE, FAILED, WRONG, answer
from seedluck.execution.delivery import deliver


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[:1] in (["--help"], ["-h"]) else 2
    return answer(_deliver, arguments)


def _deliver(folders):
    code = DONE
    runs = [folder for folder in folders if os.path.exists(os.path.join(folder, "job.json"))]
    for folder in runs or folders:
        try:
            result = deliver(Path(folder))[0]
        except Mistake as mistake:
            print(printable(mistake.args[0]), file=sys.stderr)
            code = WRONG
            continue
        print(
            f"{folder}: {result['status']}, run {result['run_id']}"
            + (f"; {result['reason']}" if result["lost"] else "")
        )
        code = FAILED if result["lost"] and code == DONE else code
    return code
