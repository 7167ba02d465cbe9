"""The command line: judge the stored runs of a sweep again, training nothing.

    python -m src.verdict                                   a list of the newest verdicts
    python -m src.verdict last=50 scenario=gpd verdict=true_bug    more of them, of one scenario, of one kind
    python -m src.verdict sweep=RUN                         judge a sweep's runs as they are now
    python -m src.verdict sweep=RUN sweep.margin=0.01       with another margin; the sweep's own verdict stays
    python -m src.verdict sweep=RUN sweep.expect=different  as sides that may well differ, or ought to end the same
    python -m src.verdict run=RUN among=SWEEP               how lucky a run was: where it stands among a sweep's seeds
    python -m src.verdict run=RUN,RUN,RUN among=SWEEP       the same of a few; run=RUN:SEED of a run of many seeds
    python -m src.verdict gate=true_bug,inconclusive        for CI: exit code 3 if a comparison has one of these
    ... tracking.uri=URI                                    in another store

RUN is the sweep's parent run in MLflow, or the first characters of its id; a gate without one is the newest sweep's. A
gate writes junit.xml and summary.md beside the verdict. Exit code 0: done, whatever the verdict, or the gate is passed.
1: a run of a gate's sweep did not finish. 2: an argument is wrong. 3: a gate is not passed.
"""

import math
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from seedluck.basics.errors import Mistake, nearest
from seedluck.commands.cli import DONE, FAILED, answer, default_store, named
from seedluck.config.schema import EXPECTATIONS
from seedluck.verdicts.sentence import VERDICTS

KEYS = ("sweep", "sweep.margin", "sweep.expect", "run", "among", "gate", "tracking.uri", "last", "scenario", "verdict")
STOPPED = 3  # exit code of a gate that is not passed
LIST = ("last", "scenario", "verdict")  # narrow a list down
LAST = 20  # sweeps in a list


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(_verdict, arguments, __doc__)


def _verdict(arguments):
    asked = _read(arguments)
    uri = asked.get("tracking.uri") or default_store()
    if "among" in asked:
        return _among(asked["run"].split(","), asked["among"], uri)
    if "gate" in asked:
        sweep = asked.get("sweep") or _newest(uri)
        return _gate(*judge_again(sweep, uri, asked.get("sweep.margin"), asked.get("sweep.expect")), asked["gate"])
    if "sweep" in asked:
        judge_again(asked["sweep"], uri, asked.get("sweep.margin"), asked.get("sweep.expect"))
    else:
        _list(uri, asked)
    return DONE


def _read(arguments):
    asked = named(arguments, KEYS)
    if ("run" in asked) is not ("among" in asked):
        raise Mistake("run and among belong together; allowed: run=RUN among=SWEEP; the nearest valid choice is both.")
    if "among" in asked and (others := asked.keys() - {"run", "among", "tracking.uri"}):
        raise Mistake(
            f"{min(others)} does not go with among; allowed: run=RUN among=SWEEP; the nearest valid choice is to leave "
            f"out {min(others)}."
        )
    if "sweep.margin" in asked:
        try:
            asked["sweep.margin"] = float(asked["sweep.margin"])
        except ValueError:
            asked["sweep.margin"] = math.nan
        if not asked["sweep.margin"] >= 0 or math.isinf(asked["sweep.margin"]):
            typed = next(word for word in arguments if word.startswith("sweep.margin="))
            raise Mistake(
                f"{typed} is no margin; allowed: a number from 0, in the metric's units; "
                "the nearest valid choice is sweep.margin=0."
            )
    if asked.get("sweep.expect", "same") not in EXPECTATIONS:
        close = nearest(asked["sweep.expect"], EXPECTATIONS)
        raise Mistake(f"sweep.expect is {asked['sweep.expect']!r}; allowed: {', '.join(EXPECTATIONS)}{close}.")
    if "gate" in asked:
        asked["gate"] = asked["gate"].split(",")
        for verdict in asked["gate"]:
            if verdict not in VERDICTS:
                close = nearest(verdict, VERDICTS)
                raise Mistake(
                    f"gate is {','.join(asked['gate'])!r}; allowed: {', '.join(VERDICTS)}, or several{close}."
                )
    for key in ("sweep.margin", "sweep.expect"):
        if key in asked and not {"sweep", "gate"} & asked.keys():
            raise Mistake(f"{key} needs a sweep; allowed: sweep=RUN; the nearest valid choice is to name one.")
    for key in LIST:
        if key in asked and (one := next((name for name in ("sweep", "gate") if name in asked), None)):
            raise Mistake(
                f"{key}={asked[key]} narrows a list down, and {one}= asks for one; allowed: without {one}=; the "
                f"nearest valid choice is to leave out {key}."
            )
    if not re.fullmatch(r"[1-9]\d{0,4}", asked.setdefault("last", str(LAST))):
        raise Mistake(f"last is {asked['last']!r}; allowed: 1 to 99999; the nearest valid choice is last={LAST}.")
    if asked.get("verdict", "true_bug") not in VERDICTS:
        close = nearest(asked["verdict"], VERDICTS)
        raise Mistake(f"verdict is {asked['verdict']!r}; allowed: {', '.join(VERDICTS)}{close}.")
    if not re.fullmatch(r"\w+", asked.get("scenario", "any")):
        raise Mistake(
            f"scenario is {asked['scenario']!r}; allowed: a scenario's name, of letters, digits and underscores; the "
            "nearest valid choice is to leave it out."
        )
    return asked


def judge_again(run_id: str, uri: str, margin: float | None = None, expect: str | None = None) -> tuple[dict, Path]:
    """Judge a sweep's runs as they are now; return the content of verdict.json, and the folder that holds it."""
    from seedluck.basics.project import PROJECT
    from seedluck.report.publish import report
    from seedluck.tracking.parent import SweepRun
    from seedluck.verdicts.judgement import judge

    with closing(SweepRun(uri, run_id)) as parent:
        folder = PROJECT / "multirun" / "verdicts" / parent.run_id
        asked = [] if margin is None else [f"margin_{margin:g}"]
        asked += [] if expect is None else [f"expect_{expect}"]
        folder = folder / "_".join(asked) if asked else folder
        description = parent.description()
        if expect is not None:
            description.sides = [replace(side, expected=expect) for side in description.sides]
        judged = judge(parent, description, margin)
        folder.mkdir(parents=True, exist_ok=True)
        report(parent, description, judged, folder, own=not asked)
        return judged.verdict, folder


def _among(names, sweep, uri):
    """Print where runs stand among the seeds of each side of a sweep."""
    from seedluck.config.place import OUTCOME
    from seedluck.report.among import said
    from seedluck.tracking.parent import SweepRun

    with closing(SweepRun(uri, sweep)) as parent:
        description = parent.description()
        every = [one for one in parent.children(description) if one.role == OUTCOME and one.status == "finished"]
        runs = [parent.seed_of(*name.partition(":")[::2]) for name in names]
        sides = {side.label: side.short for side in description.sides}
        own = {run.side for run in runs if any(run.run_id == one.run_id for one in every)}
        for label, short in sides.items():
            seeds = [one for one in every if one.side == label]
            if seeds and (not own or own == {label}):
                print(said(runs, seeds, short, description.metric, description.better))
    return DONE


def _newest(uri):
    from seedluck.tracking.connection import there
    from seedluck.tracking.reader import newest_sweeps

    sweeps = newest_sweeps(uri, 1) if there(uri) else []
    if not sweeps:
        raise Mistake(f"gate needs a sweep, and {uri} holds none yet; allowed: a store with a sweep in it.")
    return sweeps[0].run_id


def _gate(verdict, folder, gate):
    from seedluck.report.gate import junit, markdown, stopped

    (folder / "junit.xml").write_text(junit(verdict, gate), encoding="utf-8")
    (folder / "summary.md").write_text(markdown(verdict, gate), encoding="utf-8")
    failing = stopped(verdict, gate)
    state = f"stopped by {len(failing)} of {len(verdict['comparisons'])} comparisons" if failing else "passed"
    print(f"gate  {state}: {', '.join(gate)}\n      {folder}/junit.xml, summary.md")
    return STOPPED if failing else FAILED if verdict["missing"] else DONE


def _list(uri, asked):
    from seedluck.report.console import show_sweeps
    from seedluck.tracking.connection import there
    from seedluck.tracking.reader import newest_sweeps

    nothing_yet = "tracking.uri" not in asked and not there(uri)
    narrowed = asked.get("scenario"), asked.get("verdict")
    show_sweeps([] if nothing_yet else newest_sweeps(uri, int(asked["last"]), *narrowed), any(narrowed))
