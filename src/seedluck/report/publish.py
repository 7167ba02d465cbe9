"""Everything that shows a sweep's verdict: files in its folder, the parent run in MLflow, the page, the screen."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
from mlflow.exceptions import MlflowException

from seedluck.basics.markdown import escaped, fenced
from seedluck.basics.strict_json import write
from seedluck.evidence.comparison import events_of
from seedluck.report import figures
from seedluck.report.console import show_verdict
from seedluck.report.explanation_words import file_name, spoken
from seedluck.report.model_graph import differing, draw, save
from seedluck.report.page import Picture, page
from seedluck.tracking.connection import refusal
from seedluck.tracking.description import Description
from seedluck.tracking.reader import Gone
from seedluck.wording.style import BASELINE, INK, VARIANT

COLORS = {"good": BASELINE, "bad": VARIANT}
MOST_CURVES = 30  # runs a side that are drawn; every run is in runs.csv


def report(parent, description: Description, judged, folder: Path, own: bool = True):
    """Write verdict.json, runs.csv, runs.parquet, pictures and verdict.html; tell MLflow and the screen.

    parent: SweepRun. judged: Judgement. folder: an existing one of its
    own. own: whether this is the sweep's own verdict; another, as with another margin, is filed beside it.
    """
    verdict = judged.verdict
    shown = folder / "verdict"
    shown.mkdir(exist_ok=True)
    write(folder / "verdict.json", verdict)
    write(shown / "verdict.json", verdict)
    _tables(judged, shown)
    drawn = [_pictures(judged, i, shown) for i in range(len(judged.comparisons))]
    every = [_why(item) for item in parent.explanations()]
    (shown / "verdict.html").write_text(
        page(verdict, judged.kinds, drawn, every, parent.reproduction()), encoding="utf-8"
    )
    try:
        parent.files(shown, None if own else folder.name)
        if own:
            _tell(parent, description, judged)
    except (MlflowException, OSError) as error:
        if not refusal(error):
            raise
        print(f"the verdict is shown, and not stored with its sweep: {refusal(error)}", file=sys.stderr)
    show_verdict(verdict, parent.place, shown / "verdict.html")


def _tell(parent, description, judged):
    """Tell a sweep's run in MLflow its own verdict."""
    verdict = judged.verdict
    parent.table(_columns(verdict), "sides.json")
    parent.metrics(_metrics(verdict))
    parent.tag(_tags(verdict, len(description.looks)))
    if kinds := _kinds(verdict):  # a list of runs shows names alone, so the verdict stands before the question
        parent.rename(f"{kinds.replace('_', ' ').upper()} · {description.name}")
    if judged.children:
        parent.data_of(next(iter(judged.children.values())).run_id)


def explained(parent, judged, explanation: dict, folder: Path, own: bool = True) -> Path:
    """Write the page again, with what explains the difference; tell the sweep's run in MLflow. Returns its path.

    What was asked along another order before stays on the page. own: whether the sweep's own verdict is explained, by
    all that differs; another answer, as with another margin or a hidden setting, leaves the sweep's page alone.
    """
    shown = folder / "explanation"
    shutil.rmtree(shown, ignore_errors=True)  # of an explanation before in a folder that is named again
    shown.mkdir()
    drawn = [_pictures(judged, i, shown) for i in range(len(judged.comparisons))]
    name = "explanation.json" if "over" not in explanation else f"explanation over {explanation['over']}.json"
    every = [other for other in parent.explanations() if other.get("over") != explanation.get("over")] + [explanation]
    every.sort(key=lambda other: other.get("over", ""))
    whys = [_why(other, shown if other is explanation else None) for other in every]
    (shown / "verdict.html").write_text(
        page(judged.verdict, judged.kinds, drawn, whys, parent.reproduction()), encoding="utf-8"
    )
    write(shown / name, explanation)
    if not own:
        return shown / "verdict.html"
    parent.files(shown)
    named = {f"explanation over {other['over']}.json" if "over" in other else "explanation.json" for other in every}
    parent.tag({"explanations": "|".join(sorted(named)), "since": _since(explanation)})
    return shown / "verdict.html"


def reproduced(parent, judged, script: Path):
    """Store a script that shows a sweep's difference among its artifacts, and write the page that offers it anew."""
    parent.reproduced(script)
    shown = script.parent / "verdict"
    shown.mkdir(exist_ok=True)
    drawn = [_pictures(judged, i, shown) for i in range(len(judged.comparisons))]
    every = [_why(item) for item in parent.explanations()]
    (shown / "verdict.html").write_text(
        page(judged.verdict, judged.kinds, drawn, every, parent.reproduction()), encoding="utf-8"
    )
    parent.files(shown)


def _why(explanation, shown=None):
    """The explanation and its pictures, Picture; shown: takes them as PNG."""
    rows, parts, names = [], [], (explanation["good"], explanation["bad"])
    for side, color in COLORS.items():
        if values := explanation.get("outcomes", {}).get(side):
            rows.append((explanation[side], [(_finite(values), color)], _computes(explanation, side)))
    for test in explanation.get("tests", []):
        exchanged = [f"{name}={file_name(value)}" for name, value in test["good_values"].items()]
        label = ", ".join(exchanged) or "defaults written out"
        color = COLORS.get(test["state"], INK)
        marks = [(_finite(test["outcomes"]), color)] if test.get("outcomes") else []
        rows.append((label, marks, spoken(test["state"], *names)))
        if test.get("share") is not None:
            parts.append((label, test["share"], test["share_interval"], color))
    for level in explanation.get("levels", []):
        if level["state"] in ("cannot_run", "not_tried"):
            continue
        marks = [(_finite(level[side]), COLORS[side]) for side in ("good", "bad")]
        rows.append((level["level"], marks, spoken(level["state"], *names)))
    parts.sort(key=lambda part: -part[1])
    drawn = [
        (
            "why",
            "What was tried",
            "Every mark is a run.",
            rows and partial(figures.strips, rows, explanation.get("told_apart_by")),
        ),
        (
            "shares",
            "How much each takes away",
            f"{names[1]} with the values of {names[0]}; the line is a 90 % interval.",
            parts and partial(figures.shares, parts),
        ),
    ]
    pictures = []
    for name, title, words, make in drawn:
        if make and (svg := save(make, shown and shown / f"{name}.png")):
            pictures.append(Picture(title, words, svg))
    return explanation, pictures


def _who(comparison):
    """Who computes wrongly: a side's name, both, or nobody; None where that is not known."""
    at_fault = comparison.get("at_fault")
    return {"neither": "nobody", "both": "both"}.get(at_fault) or comparison.get(at_fault)


def _since(explanation):
    """``since keras 3.0.2, gone since keras 3.5.0``, of releases or of an order; None where nothing was found."""
    order = explanation.get("over") or explanation.get("releases", {}).get("package")
    ends = [f"since {order} {explanation['first_seen']}"] if explanation.get("first_seen") else []
    ends += [f"gone since {order} {explanation['gone_since']}"] if explanation.get("gone_since") else []
    return ", ".join(ends) or None


def _computes(explanation, side):
    """Whether a side computes wrongly or rightly, where one is at fault."""
    if explanation.get("at_fault") not in ("baseline", "variant"):
        return ""
    is_wrong = (side == "bad") == (explanation["bad_is"] == explanation["at_fault"])
    return "computes wrongly" if is_wrong else "computes rightly"


def _finite(values):
    return np.array([np.nan if value is None else value for value in values], float)


def _pictures(judged, i, shown):
    """Draw one comparison; return Picture for everything that could be drawn."""
    comparison, judged_comparison = judged.comparisons[i], judged.verdict["comparisons"][i]
    names = tuple(side.short for side in comparison.sides)
    evidence = [
        (*module.PICTURE, partial(module.draw, judged_comparison["evidence"][name], names, comparison))
        for name, module in judged.kinds.items()
        if hasattr(module, "draw")
    ]
    evidence.sort(key=lambda picture: picture[0] != "outcomes")  # which is looked at first
    prefix = f"{i + 1} " if len(judged.comparisons) > 1 else ""
    drawn = []
    for name, title, words, make in [*evidence, *_curves(comparison, names), *_graphs(comparison)]:
        if svg := save(make, shown / f"{prefix}{name.replace('/', '_')}.png"):
            drawn.append(Picture(title, words, svg, wide=not name.startswith("graph")))
    return drawn


def _curves(comparison, names):
    """What draws loss and outcome by epoch."""
    runs = [[pair[k] for pair in comparison.pairs[:MOST_CURVES]] for k in (0, 1)]
    told = [[_history(comparison.parent, run) for run in side] for side in runs]
    for what in dict.fromkeys(("loss", comparison.description.metric)):
        by_side = [[(epochs, values[what]) for epochs, values in side if what in values] for side in told]
        if any(len(epochs) > 1 for side in by_side for epochs, _ in side):  # one point shows no course
            words = "Faint: single seeds. Strong: their mean ± one deviation."
            yield what, f"{what} by epoch", words, partial(figures.curves, by_side, list(names), what)


def _graphs(comparison):
    """What draws each side's graph with its differences marked. Nothing where a run's files are gone."""
    if not comparison.pairs:
        return
    try:
        files = [comparison.parent.artifact(run.run_id, f"{run.inside}graph/nodes.json") for run in comparison.pairs[0]]
        graphs = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    except (Gone, ValueError):
        return
    for side, *drawn in zip(("baseline", "variant"), graphs, differing(*graphs), strict=True):
        words = "Boxes that the other side lacks, or has otherwise, are marked."
        yield f"graph of the {side}", f"Graph of the {side}", words, partial(draw, *drawn)


def _history(parent, run):
    """Epochs, and name → values by epoch; an epoch's NaN is kept. Nothing where the run's files are gone."""
    try:
        if (table := parent.curves(run)) is not None:
            mine = table[(table["seed"] == run.seed) & (table["epoch"] > 0)]
            return mine["epoch"].to_numpy(), {
                name: mine[name].to_numpy() for name in mine if name not in ("seed", "epoch")
            }
        told = events_of(parent, run)
    except Gone:
        return np.array([]), {}
    events = [event for event in told if event["event"] == "metrics"]
    names = {name for event in events for name in event["metrics"]}
    values = {name: np.array([float(event["metrics"].get(name, "nan")) for event in events]) for name in names}
    epochs = np.array([event["epoch"] for event in events])
    if "loss" in values and len(epochs) > 1:  # before training there is no loss to report
        values["loss"] = values["loss"][1:]
        return epochs[1:], {name: array if name == "loss" else array[1:] for name, array in values.items()}
    return epochs, values


def _tables(judged, shown):
    import pandas

    rows = [
        {
            "run_id": child.run_id,
            "role": child.role,
            "side": child.side,
            "seed": child.seed,
            "copy": child.copy,
            "outcome": child.outcome,
            "converged": child.converged,
            "diverged": child.diverged,
            **{f"invariant.{name}": holds for name, holds in child.invariants.items()},
            **{f"seconds.{name}": value for name, value in child.seconds.items()},
        }
        for _, child in sorted(judged.children.items())
    ]
    table = pandas.DataFrame(rows)
    table.to_csv(shown / "runs.csv", index=False)
    table.to_parquet(shown / "runs.parquet", index=False)


def _columns(verdict):
    rows = []
    for place, side in enumerate(verdict["sides"]):
        low, high = side["median_interval"] or (None, None)
        stands = "baseline" if place == 0 else verdict["comparisons"][place - 1]["verdict"]
        rows.append(
            {
                "side": side["label"],
                "verdict": stands,
                "runs": side["runs"],
                "converged": side["converged"],
                "diverged": side["diverged"],
                "failed": side["failed"],
                f"mean {verdict['metric']}": side["mean"],
                "deviation": side["deviation"],
                "interquartile mean": side["iqm"],
                "median": side["median"],
                "95 % from": low,
                "95 % to": high,
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]}


def _metrics(verdict):
    metrics = {}
    for side in verdict["sides"]:
        name = side["short"].replace("/", "_")  # which would make a group of charts of it
        for key in ("mean", "deviation", "median", "iqm", "converged", "diverged", "failed", "runs"):
            if side[key] is not None:
                metrics[f"{key}/{name}"] = side[key]
        if side["median_interval"]:
            metrics[f"interval_low/{name}"], metrics[f"interval_high/{name}"] = side["median_interval"]
    return metrics


def _kinds(verdict):
    """``true_bug``, or where the comparisons came out differently ``true_bug 1, seed_luck 2``; empty for none."""
    kinds = [comparison["verdict"] for comparison in verdict["comparisons"]]
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return kinds[0] if len(counted) == 1 else ", ".join(f"{kind} {n}" for kind, n in counted.items())


def _tags(verdict, looks):
    lines = []
    for comparison in verdict["comparisons"]:
        variant, baseline, factor = (escaped(comparison[key]) for key in ("variant", "baseline", "factor"))
        sides = f"**{variant}** against **{baseline}** ({factor})"
        lines.append(f"{sides}: **{comparison['verdict']}**\n")
        lines.append(comparison["sentence"] + "\n")
    if verdict["missing"]:
        lines.append(f"{len(verdict['missing'])} runs did not finish: {', '.join(verdict['missing'][:10])}\n")
        if verdict.get("to_go_on"):
            lines.append(f"To train them: `{verdict['to_go_on']}`\n")
    lines.append(f"The page is the artifact `verdict.html`. Reproduce:\n\n{fenced(verdict['command'])}")
    return {
        "verdict": _kinds(verdict) or "nothing was compared",
        "seeds": len(verdict["seeds"]),
        "looks": looks,
        "sentence": " ".join(comparison["sentence"] for comparison in verdict["comparisons"]) or None,
        "mlflow.note.content": "\n".join(lines),
        "missing": len(verdict["missing"]),
        "at_fault": ", ".join(filter(None, map(_who, verdict["comparisons"]))) or None,
    }
