"""The script of a finding: its smallest case without this program, run in an environment that has nothing else."""

import subprocess
import sys
from pathlib import Path

from seedluck.basics.errors import Unfinished
from seedluck.basics.project import SOURCES
from seedluck.hunt.findings import Finding
from seedluck.hunt.stacks import Stack
from seedluck.reproduction.fresh import made, pins

DIFFERS = "differs from the formula"  # what a script says that shows the difference


def write(stack: Stack, found: list[Finding], folder: Path, say):
    """Write the scripts of the findings of a stack and run each in one fresh environment; fill in what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {}
    for finding in found:
        words = [finding.cases[0], stack.module, stack.runtime["backend"]]
        done = subprocess.run(
            [sys.executable, "-m", "seedluck_worker.cases.standalone", *words],
            cwd=SOURCES,
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
        )
        texts[finding.name] = done.stdout
    wanted = pins(stack.runtime, "".join(texts.values()))
    say(f"{stack.name}: running {len(found)} script{'s' if len(found) != 1 else ''} in a fresh environment")
    try:
        with made(stack.runtime, wanted) as run:
            for finding in found:
                plain = [one.partition("+")[0] for one in wanted]  # torch==2.13.0+cpu is that release, of another place
                text = f"# pip install {' '.join(plain)}\n{texts[finding.name]}"
                code, said = run(text)
                last = next(reversed([line for line in said.strip().splitlines() if line]), "nothing")
                shown = code == 1 and DIFFERS in said  # a script that breaks ends with 1 too
                finding.reproduced = last if shown else f"it did not show the difference there: {last}"
                if shown:
                    (folder / f"{finding.name}.py").write_text(text, encoding="utf-8")
                    finding.script = f"{folder.name}/{finding.name}.py"
    except Unfinished as error:
        for finding in found:
            finding.reproduced = error.args[0]
