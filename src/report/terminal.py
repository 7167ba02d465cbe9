"""What a person at a terminal sees: progress while a job trains, and a short table at its end."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from src.result import number

SECONDS_BETWEEN_LINES = 10.0  # where nobody watches: in a file or a pipe


class Progress:
    """Shows epoch, loss and time left: as a bar on a terminal, as a line now and then elsewhere."""

    def __init__(self, name: str, epochs: int):
        self._name, self._epochs = name, epochs
        self._console = Console(stderr=True, highlight=False)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs  loss {task.fields[loss]}  left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(f"{name}: starting the framework", total=epochs, loss="-")
        self._done, self._steps, self._loss, self._began, self._next_line = 0.0, 1, "-", None, 0.0

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *_):
        self._bar.stop()

    def take(self, event: dict):
        """Show what the job said."""
        kind = event["event"]
        if kind == "begin":
            self._steps, self._began = event["steps"], event["time"]
            self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            self._bar.update(self._task, description=self._name)
        elif kind == "progress":
            self._done = event["epoch"] + event["step"] / self._steps
        elif kind == "metrics":
            self._done = event["epoch"]
            self._loss = f"{number(event['metrics'].get('loss', 'nan')):.4g}" if event["epoch"] else "-"
        else:
            return
        self._bar.update(self._task, completed=self._done, loss=self._loss)
        if not self._console.is_terminal and self._began and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            left = (event["time"] - self._began) / self._done * (self._epochs - self._done) if self._done else 0
            self._console.print(
                f"{self._name}: epoch {int(self._done)} of {self._epochs}, loss {self._loss}, {left:.0f} s left"
            )

    def tick(self):
        """Time has passed and nothing was said."""
        self._bar.refresh()


def show_result(result: dict, judged: str, tracking_uri: str, folder):
    """Print how the run went and where to look."""
    if result["status"] == "finished":
        shown = "not finite" if result["outcome"] is None else f"{result['outcome']:.6g}"
        rows = [("outcome", f"{result['metric']} {shown}, {judged}")]
    else:
        rows = [(result["status"], result["reason"])]
    for name, found in result["invariants"].items():
        gap = "not finite" if found["gap"] is None else f"{found['gap']:.3g}"
        state = "holds" if found["holds"] else f"broken since epoch {found['first_broken_epoch']}"
        rows.append(("invariant", f"{name}: {state}, largest gap {gap}"))
    rows.append(("seconds", ", ".join(f"{phase} {value:.1f}" for phase, value in result["seconds"].items())))
    rows += [("run", f"{result['run_id']} in {tracking_uri}"), ("folder", str(folder))]
    for label, text in rows:
        print(f"{label:<10} {text}")
