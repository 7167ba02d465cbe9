"""From a stored sweep to ``reproduce.py``, a script that was run in a fresh environment before it is handed out."""

import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from seedluck.basics.errors import Mistake, Unfinished
from seedluck.evidence import repeat
from seedluck.evidence.reference import SIDES
from seedluck.report.publish import reproduced
from seedluck.reproduction import fresh
from seedluck.reproduction import writing as script
from seedluck.reproduction.exact import Exact
from seedluck.reproduction.programs import Programs
from seedluck.reproduction.shrink import Shrinking
from seedluck.reproduction.source import plain
from seedluck.search import case
from seedluck.stats.decision import INCONCLUSIVE, LUCK

NAME = "reproduce.py"
TRIES = 20  # of a side that races


def sweep_of(uri: str, run_id: str) -> str:
    """Return the sweep that a run belongs to: itself, the one that it explains, or the one that it was trained for."""
    from seedluck.tracking.parent import SweepRun

    with closing(SweepRun(uri, run_id)) as any_run:
        tags = any_run.tags
        sweep = {"sweep": any_run.run_id, "explanation": tags.get("sweep")}.get(tags.get("kind"))
        sweep = sweep or tags.get("mlflow.parentRunId")
    if not sweep:
        raise Mistake(
            f"the run {run_id!r} was trained alone, and a script needs two sides; allowed: a sweep of two sides, its "
            "explanation, or a run of either; the nearest valid choice is python -m src.verdict, which lists sweeps."
        )
    return sweep


def reproduce(uri: str, run_id: str, folder: Path) -> Path:
    """Write reproduce.py for a sweep of two sides into a folder and among the sweep's artifacts; return its path.

    Raises Mistake if the sides cannot be written as one script, Unfinished if no script of theirs shows what the
    verdict says, or the fresh environment disagrees.
    """
    question = case.question(uri, run_id, to_train=False)
    with closing(question.parent):
        verdict = question.verdict
        sides = [question.good, question.bad][:: 1 if question.bad_is == "variant" else -1]
        problem = _problem(sides, verdict)
        seen, runtime = verdict["evidence"]["reference"], sides[0].config["runtime"]
        named = dict(zip(problem.sides, sides, strict=True))
        departs = {name: seen[side]["departs"] for name, side in zip(problem.sides, SIDES, strict=True)} if seen else {}
        races = not repeat.all_agree(verdict["evidence"]["repeat"]) and verdict["evidence"]["repeat"] is not None
        with Programs(runtime, _modules(problem)) as programs, Exact(named, seen) as exact:
            shrinking = Shrinking(programs, _say, exact, departs, verdict["verdict"] == LUCK, races)
            small = shrinking.shrunk(replace(problem, tries=TRIES if races else 1))
            small = shrinking.pruned(small)
            _say(f"{programs.count} scripts tried")
        text = script.text(small)
        wanted = fresh.pins(runtime, text)
        text = script.text(replace(small, head=_head(verdict, problem, runtime, wanted)))
        _say(f"running it in a fresh environment: {' '.join(wanted)}")
        code, out = fresh.run(text, runtime, wanted)
        if code != int(verdict["verdict"] != LUCK) or "\napart " not in f"\n{out}":
            raise Unfinished(
                f"in a fresh environment the script ends with exit code {code}, and not as it did here: "
                f"{' '.join(out.split())[-300:]}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_text(text, encoding="utf-8")
        reproduced(question.parent, question.judged, folder / NAME)
        print(out.strip())
    return folder / NAME


def _problem(sides, verdict):
    if verdict["verdict"] == INCONCLUSIVE:
        raise Mistake(
            "the verdict is inconclusive, so that there is no difference to show; allowed: a sweep with another "
            "verdict; the nearest valid choice is more seeds."
        )
    configs = [side.config for side in sides]
    if any(config["scenario"]["script"] for config in configs):
        raise Mistake(
            "the sides are scripts, which are their own reproduction; allowed: a sweep of a scenario; the nearest "
            "valid choice is the script itself."
        )
    runtimes = [(config["runtime"]["name"], config["runtime"]["over"]) for config in configs]
    if runtimes[0] != runtimes[1]:
        raise Mistake(
            f"the sides differ in runtime, {runtimes[0][0]} and {runtimes[1][0]}, and one script has one environment; "
            "allowed: two sides in one runtime; the nearest valid choice is two ways in the runtime at fault."
        )
    scenario, runtime = configs[0]["scenario"], configs[0]["runtime"]
    source, loss = plain(scenario, [*sides[0].import_path, *sys.path], runtime["backend"], script.operations(configs))
    names = [side.name for side in sides]
    return script.Problem(
        sides=dict(zip(names, configs, strict=True)),
        seen=dict(zip(names, (side.params for side in sides), strict=True)),
        source=source,
        loss=loss,
        settings=dict(scenario["settings"]),
        epochs=scenario["epochs"],
        batches=tuple(config["scenario"]["batch_size"] for config in configs),
        import_path=list(sides[0].import_path),
    )


def _modules(problem):
    modules = {module.partition(".")[0] for module in script.packages(problem).values()}
    probability = ["tensorflow_probability"] if "tensorflow_probability" in "\n".join(script.model(problem)) else []
    return [problem.backend, *sorted(modules - {problem.backend}), *probability]


def _head(verdict, problem, runtime, wanted):
    one, other = problem.sides
    at_fault = verdict["at_fault"]
    if verdict["verdict"] == LUCK:
        expected, seen = f"{one} and {other} train the same from one start.", "They do."
    else:
        expected = f"{one} and {other} end with the same weights, up to rounding."
        seen = "They do not."
        if at_fault == "neither":
            seen += " Each computes what it was told, and they were told otherwise."
        elif at_fault == "both":
            seen += " Both depart from a reference in float64."
        elif at_fault:
            seen += f" {list(problem.sides)[SIDES.index(at_fault)]} departs from a reference in float64."
    backend = "" if runtime["backend"] == "tensorflow" else f" with KERAS_BACKEND={runtime['backend']}"
    paragraphs = [
        f"Python {fresh.python(runtime)}{backend}; pip install {' '.join(wanted)}",
        f"Expected: {expected} Seen: {seen}",
        "Exits with 1 while the two differ, and with 0 once they do not.",
    ]
    return "\n".join("\n".join(textwrap.wrap(one, 110)) for one in paragraphs).replace("\\", "/")


def _say(line):
    print(f"  {line}", file=sys.stderr, flush=True)
