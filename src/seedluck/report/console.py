"""What a person at a terminal sees: progress while a job trains, and a short table at its end."""

import contextlib
import textwrap
import time

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from seedluck.basics.printable import printable
from seedluck.execution.job import Job
from seedluck.execution.observer import Silent
from seedluck.execution.result import judged, judged_together, left_behind
from seedluck.report.explanation_words import kind, several_wrote, spoken
from seedluck.report.model_graph import png
from seedluck.tracking.events import number
from seedluck.verdicts.sentence import VERDICTS

COLORS = {
    "true_bug": "bold red",
    "real_difference": "bold magenta",
    "benign_difference": "bold blue",
    "seed_luck": "bold green",
    "inconclusive": "bold",
}
SECONDS_BETWEEN_LINES = 10.0  # where nobody watches: in a file or a pipe


class _Pictured(Silent):
    """Leaves a picture of its model in the folder of every job."""

    def ending(self, job):
        for nodes in job.folder.glob("**/graph/nodes.json"):
            with contextlib.suppress(OSError, ValueError):  # a job whose graph cannot be read goes without its picture
                if picture := png(nodes.read_text(encoding="utf-8")):
                    nodes.with_name("model.png").write_bytes(picture)


class Progress(_Pictured):
    """Shows epoch, loss and time left of one job: as a bar on a terminal, as a line now and then elsewhere."""

    def __init__(self, job: Job):
        self._name, self._epochs = escape(printable(job.name)), job.config["scenario"]["epochs"]
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
        self._task = self._bar.add_task(f"{self._name}: starting the framework", total=self._epochs, loss="-")
        self._done, self._steps, self._loss, self._began, self._next_line = 0.0, 1, "-", None, 0.0

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *_):
        self._bar.stop()

    def said(self, job: Job, event: dict):
        """Show what the job said."""
        kind = event["event"]
        if kind == "begin":
            self._steps, self._began = event["steps"] or 1, event["time"]
            self._epochs = event["epochs"]  # None of a loop in a script, whose end nobody knows
            self._bar.update(self._task, total=self._epochs)
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
            self._console.print(f"{self._name}: {self._how_far(event['time'])}")

    def _how_far(self, now):
        if not self._epochs:
            return f"step {int(self._done)}"
        left = (now - self._began) / self._done * (self._epochs - self._done) if self._done else 0
        return f"epoch {int(self._done)} of {self._epochs}, loss {self._loss}, {left:.0f} s left"

    def tick(self):
        """Time has passed and nothing was said."""
        self._bar.refresh()


class SweepProgress(_Pictured):
    """Shows several jobs: a line for each that ends; beneath, on a terminal, a bar with what is done and time left.

    trainings: how many there are; a job has one for each of its seeds. before: how many of them have ended already.
    """

    def __init__(self, trainings: int, before: int = 0):
        self._trainings, self._done, self._bad, self._before = trainings, before, 0, before
        self._parts, self._steps, self._epochs = {}, {}, {}  # of jobs under way: share done, steps an epoch, epochs
        self._began = time.monotonic()
        self._next_line = self._began + SECONDS_BETWEEN_LINES
        self._console = Console(stderr=True, highlight=False)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting the framework", total=trainings, left="")

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *_):
        self._bar.stop()

    def begun(self, job: Job):
        """A job was handed to its backend."""
        self._parts[job], self._steps[job], self._epochs[job] = 0.0, 1, None

    def said(self, job: Job, event: dict):
        """Note what a job said."""
        if len(job.seeds) > 1 and event["event"] != "seeds":  # what one of them says is not the job's progress
            return
        if event["event"] == "begin":
            self._steps[job], self._epochs[job] = event["steps"] or 1, event["epochs"]
        elif event["event"] == "seeds":
            self._parts[job] = event["done"] / event["of"]
        elif event["event"] in ("progress", "metrics") and self._epochs[job]:
            step = event.get("step", 0) / self._steps[job]
            self._parts[job] = (event["epoch"] + step) / self._epochs[job]

    def ended(self, job: Job, results: list[dict]):
        """A job has ended; say how."""
        self._parts.pop(job)
        self._done += len(results)
        bad = [result for result in results if result["status"] != "finished"]
        self._bad += len(bad)
        if bad:
            said = f"{bad[0]['status']}: {bad[0]['reason']}"
        elif len(results) > 1:
            said = judged_together(results)
        else:
            outcome = results[0]["outcome"]
            shown = "not finite" if outcome is None else f"{outcome:.6g}"
            said = f"{results[0]['metric']} {shown}, {judged(results[0])}"
        self._print(job.name, "; ".join(filter(None, (said, left_behind(results[0])))))

    def refused(self, job: Job, reason: str):
        """A job could not even start."""
        self._done += len(job.seeds)
        self._bad += len(job.seeds)
        self._print(job.name, f"failed: {reason}")

    def tick(self):
        """Show where things stand, now and then."""
        share = self._done + sum(part * len(job.seeds) for job, part in self._parts.items())
        spent = time.monotonic() - self._began
        now = share - self._before
        left = f"{_clock(spent / now * (self._trainings - share))} left" if now > 0.2 else ""
        running = sum(len(job.seeds) for job in self._parts)
        what = f"{self._done} of {self._trainings} done, {self._bad} failed, {running} running"
        self._bar.update(self._task, completed=share, description=what, left=left)
        if not self._console.is_terminal and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            self._console.print(f"{what}{', ' if left else ''}{left}")

    def _print(self, name, said):
        self._bar.console.print(f"[dim]{self._done:>3}/{self._trainings}[/]", end=" ")
        self._bar.console.print(printable(f"{name}: {said}"), markup=False, soft_wrap=True)


def _text(words, style=""):
    """Text of which a terminal takes nothing for a command, whoever chose the names in it."""
    return Text(printable(words), style)


def _clock(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def show_result(result: dict, judged: str, tracking_uri: str, folder):
    """Print how the run went and where to look."""
    if result["status"] == "finished":
        shown = "not finite" if result["outcome"] is None else f"{result['outcome']:.6g}"
        rows = [("outcome", f"{result['metric']} {shown}, {judged}")]
    else:
        rows = [(result["status"], result["reason"])]
    for name, invariant in result["invariants"].items():
        gap = "not finite" if invariant["gap"] is None else f"{invariant['gap']:.3g}"
        state = "holds" if invariant["holds"] else f"broken since epoch {invariant['first_broken_epoch']}"
        rows.append(("invariant", f"{name}: {state}, largest gap {gap}"))
    rows += [("audit", audit["says"]) for audit in result["audits"].values() if audit["ok"] is False]
    rows += [("processes", left)] if (left := left_behind(result)) else []
    rows.append(("seconds", ", ".join(f"{phase} {value:.1f}" for phase, value in result["seconds"].items())))
    rows += [("run", f"{result['run_id']} in {tracking_uri}"), ("folder", str(folder))]
    for label, text in rows:
        print(f"{label:<10} {printable(text)}")


def show_verdict(verdict: dict, place: str, page):
    """Print a table of the sides and the verdict on each comparison. place: the parent run. page: the page's path."""
    console = Console(highlight=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=verdict["metric"], title_justify="left")
    table.add_column("side", overflow="fold")
    for name in ("runs", "converged", "diverged", "failed", "mean", "± deviation"):
        table.add_column(name, justify="right")
    for side in verdict["sides"]:
        figures = ("-" if side[key] is None else f"{side[key]:.4g}" for key in ("mean", "deviation"))
        counts = (str(side[key]) for key in ("runs", "converged", "diverged", "failed"))
        table.add_row(_text(side["short"]), *counts, *figures)
    console.print(table)
    for comparison in verdict["comparisons"]:
        console.print(_text(VERDICTS[comparison["verdict"]].upper(), style=COLORS[comparison["verdict"]]), end="  ")
        console.print(_text(f"{comparison['factor']}: {comparison['variant']} against {comparison['baseline']}"))
        console.print(_text(comparison["sentence"].replace("`", "")), soft_wrap=True)
        for side in ("baseline", "variant"):
            for audit in comparison["evidence"]["audits"][side].values():
                if audit["wrong"]:
                    console.print(_text(f"  {comparison[side]}: {audit['says']}"), soft_wrap=True)
        if comparison["next"]:
            console.print(_text(f"  with more seeds: {comparison['next']}"), soft_wrap=True)
        console.print()
    if not verdict["comparisons"]:
        console.print("Only seeds were swept: nothing was compared.\n")
    if verdict["missing"]:
        runs = "1 run" if len(verdict["missing"]) == 1 else f"{len(verdict['missing'])} runs"
        console.print(f"{runs} did not finish; the verdict is without.")
    if wrote := verdict.get("written_by_several"):
        console.print(_text(several_wrote(wrote)), soft_wrap=True)
    console.print(_text(f"run   {place}"), soft_wrap=True)
    console.print(_text(f"page  {page}"), soft_wrap=True)


def show_explanation(content: dict, place: str, page):
    """Print what explains a difference, and what was tried. content: of explanation.json. place: its run."""
    console = Console(highlight=False)
    console.print(_text(kind(content).upper(), style="bold"), end="  ")
    console.print(_text(f"{content['bad']} against {content['good']}"))
    console.print(_text(content["sentence"].replace("`", "")), soft_wrap=True)
    console.print()
    for level in content.get("levels", []):
        if level["state"] == "not_tried":  # which the sentence names
            continue
        said = spoken(level["state"], content["good"], content["bad"])
        said += f": {level['says']}" if level.get("says") else ""
        console.print(_text(f"  {level['level']:<14} {said}"), soft_wrap=True)
    console.print(_text(f"{content['trainings']} trainings, {content['reused']} runs taken from the store"))
    console.print(_text(f"run   {place}"), soft_wrap=True)
    console.print(_text(f"page  {page}"), soft_wrap=True)


def show_sweeps(sweeps: list, narrowed: bool = False):
    """Print two lines or more for every sweep, Listed: what came of it, and its sentence.

    narrowed: whether only some sweeps were asked for.
    """
    console = Console(highlight=False)
    if not sweeps:
        none = "No sweep like that in this store." if narrowed else "No sweep in this store yet;"
        print(none if narrowed else f"{none} python -m src.run experiment=tied_ae makes one.")
        return
    width = max(console.width, 60)
    for sweep in sweeps:
        kind = VERDICTS.get(sweep.verdict, sweep.verdict.replace("_", " ")).upper()
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(sweep.began))
        seeds = "" if sweep.seeds is None else f"{sweep.seeds} seed{'s' * (sweep.seeds != '1')}"
        right = f"  {when}  {seeds:>8}  {sweep.short}"
        left = f"{kind:<17}  {sweep.question}"
        room = width - len(right)
        left = left if len(left) <= room else left[: room - 3] + "..."
        console.print(_text(left[: len(kind)], style=COLORS.get(sweep.verdict, "")), end="")
        console.print(_text(f"{left[len(kind) :]:<{room - len(kind)}}{right}"), soft_wrap=True)
        for said in filter(None, (sweep.sentence, sweep.cause)):
            lines = textwrap.wrap(said.replace("`", ""), width, initial_indent="  ", subsequent_indent="  ")
            console.print(_text("\n".join(lines), style="dim" if said is sweep.sentence else ""), soft_wrap=True)
        wrong = f"computes wrongly: {sweep.at_fault}" if sweep.at_fault else ""
        if told := "; ".join(filter(None, (wrong, sweep.since))):
            console.print(_text(f"  {told}", style="bold"), soft_wrap=True)
