"""What ``python -m src.explain`` does, from its arguments to files, MLflow, the page and the screen."""

import json
import math
import sys

from src.config import PROJECT
from src.mistakes import Mistake, nearest
from src.search import cause, order, question, words
from src.search.explanation import Search
from src.search.explanation import explain as explained
from src.search.factors import differences
from src.search.levels import LOOKS, ROUND, Levels, read
from src.search.trials import Trials, outcomes
from src.tracking.sweep import ExplanationRun


def explain(own: dict, typed: list[str], command: str) -> int:
    """Answer why two configurations differ. own: this command's arguments. typed: overrides. Returns the exit code.

    Raises Mistake before anything is trained, Unfinished where the sweep to explain did not finish, KeyboardInterrupt
    after the run was closed.
    """
    dry = own.get("dry_run", "false").lower() == "true"
    asked = None
    if "sweep" in own:
        uri, run_id = _store(typed), own["sweep"]
    elif "good" in own:
        from src.search.pair import paired

        uri = _store(typed)
        run_id = paired(uri, own["good"], own["bad"], dry)
    else:
        asked = question.asked(typed)
        uri = asked.tracking["uri"]
        run_id = question.newest(asked) if dry else question.swept(asked)
    if run_id is None:  # a dry run of what was never trained
        if asked:
            _show_untrained(asked, own)
        return 0
    sides = question.question(uri, run_id)
    factors = differences(
        sides.good.config,
        sides.bad.config,
        sides.good.params,
        sides.bad.params,
        _names(own, "hidden"),
    )
    suspects = _names(own, "suspects")
    known = [factor.name for factor in factors]
    for name in suspects:
        if name not in known:
            raise Mistake(
                f"suspects lists {name!r}, in which the two sides agree; allowed: {', '.join(known)}"
                f"{nearest(name, known)}."
            )
    along = read(own["over"], sides.bad) if "over" in own else None
    if dry:
        _show_plan(factors, along, len(sides.seeds))
        return 0
    parent = ExplanationRun.create(sides.good.config, f"why: {sides.description['name']}")
    description = {
        "sweep": run_id,
        "scenario": sides.description["scenario"],
        "metric": sides.description["metric"],
        "factors": known if along is None else [along[0]],
        "sides": [{"short": sides.good.name}, {"short": sides.bad.name}],
        "command": command,
    }
    tags = {"scenario": description["scenario"], "sweep": run_id, "mlflow.source.name": "src.explain"}
    parent.begin(description, {**tags, "mlflow.source.type": "LOCAL"})
    folder = PROJECT / "multirun" / "explanations" / parent.run_id
    folder.mkdir(parents=True)
    trials, status = Trials(parent, folder), "KILLED"
    try:
        found = _search(sides, factors, suspects, along, trials, _say)
        status = "FINISHED"
    finally:
        if status == "KILLED":
            parent.finish(status)
            print(f"to go on from here: {command}", file=sys.stderr)
    content = {
        "run_id": parent.run_id,
        "sweep": run_id,
        "scenario": description["scenario"],
        "metric": description["metric"],
        "good": sides.good.name,
        "bad": sides.bad.name,
        "verdict": sides.verdict["verdict"],
        **found,
        "told_apart_by": ", ".join(sides.invariants) + " broken" if sides.invariants else description["metric"],
        "outcomes": {
            name: [float(one) if math.isfinite(one) else None for one in outcomes(runs, sides.invariants)]
            for name, runs in zip(("good", "bad"), sides.runs, strict=True)
        },
        "hidden": _names(own, "hidden"),
        "trainings": trials.trained,
        "reused": trials.reused,
        "command": command,
    }
    _deliver(content, sides, parent, folder)
    return 0


def _search(sides, factors, suspects, along, trials, tell):
    """The content of explanation.json that comes from searching."""
    verdict = sides.verdict
    names = (sides.description["scenario"], sides.description["metric"], sides.good.name, sides.bad.name)
    if verdict["verdict"] in ("seed_luck", "benign_difference") and along is None:
        nothing = {"status": "luck", "cause": [], "cured": None, "provoked": None, "factors": [], "tests": []}
        return {**nothing, "sentence": words.sentence(nothing, *names, verdict)}
    if verdict["verdict"] == "inconclusive" and along is None:
        nothing = {"status": "ambiguous", "cause": [], "cured": None, "provoked": None, "factors": [], "tests": []}
        nothing["why"] = f"the verdict itself is inconclusive: {verdict['sentence']}"
        return {**nothing, "sentence": words.sentence(nothing, *names, verdict)}
    if along is None:
        search = Search(trials, sides.good, sides.bad, factors, sides.seeds, sides.runs, sides.invariants, tell)
        content = explained(search, suspects)
        return {**content, "sentence": words.sentence(content, *names, verdict)}
    levels = Levels(sides, *along, trials, tell)
    start = sides.bad.config["runtime"]["name"] if along[0] == "runtime" else None
    history = order.history(list(along[1]), levels.test, start)
    content = {
        "status": "found" if history.first_seen else "luck",
        "cause": [],
        "cured": None,
        "provoked": None,
        "over": along[0],
        "first_seen": history.first_seen,
        "gone_since": history.gone_since,
        "monotone": history.monotone,
        "levels": [{"level": level, **levels.tests.get(level, {"state": "not_tried"})} for level in along[1]],
    }
    if any(one["state"] == "unknown" for one in content["levels"]) and not history.first_seen:
        content["status"] = "ambiguous"
    return {**content, "sentence": words.history(along[0], history, *names[2:])}


def _deliver(content, sides, parent, folder):
    from src.report.terminal import show_explanation
    from src.sweeps.report import explained as on_page

    path = folder / "explanation.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    page = on_page(sides.parent, sides.description, sides.judged, content, folder)
    parent.files(folder / "explanation")
    parent.tag(
        {
            "explanation": content["status"],
            "sentence": content["sentence"],
            "cause": ", ".join(one["factor"] for one in content["cause"]) or None,
            "mlflow.note.content": f"{content['sentence']}\n\nThe page is the artifact `verdict.html`. Reproduce:\n\n"
            f"```\n{content['command']}\n```",
        }
    )
    parent.metrics({"trainings": content["trainings"], "reused": content["reused"]})
    sides.parent.tag({"explanation": content["status"], "cause_sentence": content["sentence"]})
    parent.finish("FINISHED")
    show_explanation(content, f"{parent.run_id} in {parent.uri}", page)
    parent.close()
    sides.parent.close()


def _show_untrained(asked, own):
    """What is known before the sweep has been trained."""
    good, bad = asked.configs.values()
    factors = differences(good, bad, {}, {}, _names(own, "hidden"))
    seeds = len(asked.plan.seeds)
    print(f"the sweep comes first, {2 * seeds} runs and some for evidence; then, of what the configuration shows now:")
    _show_plan(factors, None, seeds)
    print("defaults that only a run settles may add to them")


def _show_plan(factors, along, seeds):
    if along is not None:
        most = len(along[1]) * 2 * ROUND * LOOKS
        print(f"{along[0]}, in order: {', '.join(along[1])}")
        print(f"at most {most} trainings; what the store has already is not trained again")
        return
    print(f"{'factor':<36} {'good side':<24} bad side")
    for factor in factors:
        values = (v["name"] if factor.name == "runtime" else v for v in (factor.good, factor.bad))
        print(f"{factor.name:<36} " + " ".join(f"{value!s:<24}" for value in values).rstrip())
    if not factors:
        print("(none: the two resolve to the same settings)")
    tests = cause.most_tests(len(factors)) if factors else 0
    print(f"at most {tests} tests of {2 * seeds} seeds, {tests * 2 * seeds} trainings; most tests end after 4 seeds")


def _names(own, key):
    return [name.strip() for name in own.get(key, "").split(",") if name.strip()]


def _say(line):
    print(line, file=sys.stderr, flush=True)


def _store(typed):
    """Where sweeps are kept: as tracking.uri was typed, or the default."""
    from hydra import compose, initialize_config_dir

    from src import config as configuration

    configuration.register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        return compose("config", [word for word in typed if not word.startswith("-")]).tracking.uri
