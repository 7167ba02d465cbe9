"""A hunt from its cases to its findings; whatever was answered is kept in ``results.jsonl``, and is not asked again."""

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from seedluck.basics.errors import Mistake
from seedluck.hunt.stacks import Stack, computed
from seedluck.hunt.statuses import is_suspect, settle, status

RESULTS = "results.jsonl"
FIRST, AGAIN, OTHER = ("float32", 0), ("float64", 0), ("float32", 1)
SLOW = "training"  # the family whose cases compile: it is computed beside the others


class Campaign:
    """Cases on stacks, on every core. folder: where answers are kept; those that are there already count."""

    def __init__(self, folder: Path, stacks: list[Stack], cases: dict[str, dict]):
        self.folder, self.stacks, self.cases = folder, stacks, cases
        self._lock, self._processes, self._stopped = threading.Lock(), set(), False
        self.answers = {}  # (stack, floatx, draw) → case → answer
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / RESULTS
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
            try:
                content = json.loads(line)
            except ValueError:  # cut off by a crash
                continue
            self._keep(content)

    def look(self):
        """Compute every case on every stack, and look again at what lies further off than rounding explains."""
        names = list(self.cases)
        self._compute([(stack, names) for stack in self.stacks], FIRST, "cases")
        suspects = [
            (
                stack,
                [name for name, answer in self._of(stack, FIRST).items() if name in self.cases and is_suspect(answer)],
            )
            for stack in self.stacks
            if not stack.is_witness
        ]
        for look in (AGAIN, OTHER):
            self._compute(
                suspects, look, "looking again, in float64" if look == AGAIN else "looking again, on other inputs"
            )

    def statuses(self) -> dict[str, dict[str, str]]:
        """Return case → stack → status."""
        told = {name: {} for name in self.cases}
        for stack in self.stacks:
            first, again, other = (self._of(stack, look) for look in (FIRST, AGAIN, OTHER))
            for name in self.cases:
                documented = self.cases[name]["documented"].get(stack.module)
                if name in first:
                    said = status(first[name], again.get(name), other.get(name), documented)
                    if stack.is_witness and said == "doubtful":
                        said = "departs"  # a witness is not looked at again
                    told[name][stack.name] = said
        return settle(told)

    def answer(self, stack: Stack, case: str) -> dict | None:
        """Return what a stack answered in the first look; None if it did not."""
        return self._of(stack, FIRST).get(case)

    def try_out(self, stack: Stack, cases: list[str]) -> dict[str, dict]:
        """Return case → what another stack answers to it."""
        self._compute([(stack, cases)], FIRST, stack.name)
        return {name: self._of(stack, FIRST)[name] for name in cases if name in self._of(stack, FIRST)}

    def _of(self, stack, look):
        return self.answers.get((stack.name, *look), {})

    def _compute(self, wanted, look, title):
        units = []
        for stack, names in wanted:
            missing = [name for name in names if name not in self._of(stack, look)]
            slow = [name for name in missing if self.cases[name]["family"] == SLOW]
            units += [(stack, part) for part in (slow, [name for name in missing if name not in set(slow)]) if part]
        if not units:
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task(title, total=sum(len(part) for _, part in units))
            with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
                running = [
                    pool.submit(self._run, stack, part, look, lambda: bar.advance(task)) for stack, part in units
                ]
                try:
                    failed = [error for one in running if (error := one.exception()) is not None]
                except BaseException:
                    self._stop()
                    raise
        if failed:
            raise failed[0]

    def _run(self, stack, names, look, advance):
        if self._stopped:
            return
        for answer in computed(stack, names, *look, keep=self._processes.add):
            content = {"stack": stack.name, "floatx": look[0], "draw": look[1], **answer}
            with self._lock:
                self._keep(content)
                with open(self.folder / RESULTS, "a", encoding="utf-8") as file:
                    file.write(json.dumps(content) + "\n")
            advance()

    def _keep(self, content):
        key = content["stack"], content["floatx"], content["draw"]
        self.answers.setdefault(key, {})[content["case"]] = content

    def _stop(self):
        """End what still computes; what was answered is kept."""
        self._stopped = True
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def resumable(folder: str) -> Path:
    """Return the folder of a hunt that was begun. Raises Mistake if it is none."""
    path = Path(folder).absolute()
    if not (path / RESULTS).exists():
        raise Mistake(
            f"hunt.resume is {folder!r}, where no hunt was begun; allowed: the folder of one, which has {RESULTS}."
        )
    return path
