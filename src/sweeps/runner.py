"""A sweep from its overrides to its verdict, whichever launcher trains it.

Everything is checked before anything starts; and however the training ends, the sweep is judged on what it has.
"""

import contextlib
import hashlib
import json
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from src.config import fingerprint
from src.config.composition import Compositions, ready, task_of
from src.config.errors import Mistake, Unfinished
from src.config.folders import is_full, unwritable, writable
from src.config.passwords import hidden
from src.execution.rehearsal import rehearse
from src.sweeps.launcher import job_folder
from src.sweeps.plan import SEED, Plan, plan

FIRST_ROUND = 5  # seeds, where sweep.stop=decided and the command names fewer


def sweep(words: list[str], master, loader, launcher):
    """Plan, train and judge. words: overrides, as on the command line. master: Hydra's configuration of the sweep.

    Raises Mistake before anything starts, Unfinished at the end where a job has not finished, KeyboardInterrupt after
    the sweep was judged.
    """
    asked = master.sweep
    own = [word for word in words if word.lstrip("+").startswith("sweep.")]
    words = [word for word in words if not word.lstrip("+").startswith(("sweep.", "hydra"))]
    made = plan(OverridesParser.create(config_loader=loader).parse_overrides(words))
    compositions = Compositions(master, loader)
    ready_sides = checked(made, own, compositions)
    if not asked.dry_run:
        rehearse(ready_sides.values(), words)
    configs = {side: one.config for side, one in ready_sides.items()}
    baseline = configs[made.sides[0]]
    description = {
        "name": _name(made, baseline),
        "scenario": baseline["scenario"]["name"],
        "metric": baseline["scenario"]["metric"],
        "factors": [name for name, _ in made.sides[0].factors],
        "sides": [{"label": side.label, "short": side.short, "factors": dict(side.factors)} for side in made.sides],
        "plan": digest({side.label: one for side, one in ready_sides.items()}),
        "margin": asked.margin,
        "stop": asked.stop,
        "seeds": [],
        "looks": 0,
        "jobs": [],
        "command": _command(),
        "resumable": True,  # by the same command with sweep.resume
    }
    parent = None
    if asked.resume:
        parent, seeds = _begun(baseline["tracking"]["uri"], _as_typed("sweep.resume", own), description)
        if asked.stop != "decided":  # whose rounds come again as they were; else what was trained stays in the verdict
            made = replace(made, seeds=(*seeds, *(seed for seed in made.seeds if seed not in seeds)))
    rounds = _rounds(made.seeds, asked)
    extra = made.evidence(list(asked.evidence), baseline["scenario"]["epochs"])
    if asked.dry_run:
        from src.report.estimates import show

        done = {child.place for child in parent.children() if child.status == "finished"} if parent else set()
        show(made, configs, rounds, extra, asked.stop == "decided", launcher, done)
        return

    from src.evidence.judgement import judge
    from src.tracking.git import commit
    from src.tracking.parent import SweepRun

    folder = Path(master.hydra.sweep.dir)
    _insist_folders([*made.outcomes([seed for seeds in rounds for seed in seeds]), *extra], master, compositions)
    writable(folder, "hydra.sweep.dir")
    (folder / "multirun.yaml").write_text(hidden(OmegaConf.to_yaml(master)))
    parent = parent or SweepRun.create(baseline, description["name"], os.environ.get("MLFLOW_RUN_ID"))
    source = commit()
    tags = {
        "scenario": description["scenario"],
        "experiment": master.hydra.runtime.choices.get("experiment"),
        "question": description["name"],
        "plan": description["plan"],
        "mlflow.source.name": "src.run",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": source["commit"],
        "git.dirty": source["dirty"],
    }
    parent.begin(description, tags)
    done = {child.place for child in parent.children() if child.status == "finished"}
    number, status, found = unused(folder), "KILLED", None
    try:
        for seeds in rounds:
            jobs = made.outcomes(seeds) + (extra if not description["looks"] else [])
            description["seeds"] += seeds
            description["looks"] += 1
            description["jobs"] += [list(job.place) for job in jobs]
            parent.describe(description)
            missing = [job for job in jobs if job.place not in done]
            if missing:
                launcher.launch([[*job.overrides, f"job.parent={parent.run_id}"] for job in missing], number)
            number += len(missing)
            if asked.stop == "decided" and judge(parent, description).decided:
                break
        status = "FINISHED"
    finally:
        found = conclude(parent, description, folder, status)
        if status == "KILLED":
            print(_to_go_on(description, parent), file=sys.stderr)
    if found.verdict["missing"]:
        raise Unfinished(
            f"{len(found.verdict['missing'])} of {len(description['jobs'])} runs did not finish; "
            + _to_go_on(description, parent)
        )


def _insist_folders(jobs, master, compositions):
    """Raise Mistake where two jobs would share a folder, in which the later one would overwrite the first."""
    subdir = str(OmegaConf.to_container(master.hydra.sweep, resolve=False)["subdir"])
    if "hydra.job.num" in subdir or "hydra.job.id" in subdir:
        return
    seen = {}
    for job in jobs:
        folder = job_folder(compositions.whole(job.overrides))
        if folder in seen:
            raise Mistake(
                f"hydra.sweep.subdir is {subdir!r}, which gives {seen[folder]} and {job.place} one folder; allowed: a "
                "name that differs from job to job; the nearest valid choice is hydra.sweep.subdir='${hydra.job.num}'."
            )
        seen[folder] = job.place


def _as_typed(name, words):
    """The value of a setting as it was typed: some ids of runs are numbers to Hydra, such as 1234e567."""
    return next(word.partition("=")[2] for word in reversed(words) if word.lstrip("+").startswith(f"{name}="))


def _begun(uri, run_id, description):
    """The sweep's run to go on with, and the seeds that it has; raises Mistake where it is another sweep's."""
    from src.tracking.parent import SweepRun

    parent = SweepRun(uri, run_id)
    before = parent.description()
    _insist_same(before, description)
    return parent, before["seeds"]


def unused(folder: Path) -> int:
    """The first of the numbers that no job's folder has yet."""
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=-1) + 1


def _to_go_on(description, parent):
    return f"to train only what is missing: {description['command']} sweep.resume={parent.run_id}"


def conclude(parent, description, folder, status):
    """Judge what there is, show it and close the parent; status is that of a sweep with nothing missing."""
    from mlflow.exceptions import MlflowException

    from src.evidence.judgement import judge
    from src.report.publish import report
    from src.tracking.connection import short

    try:
        found = judge(parent, description)
        report(parent, description, found, folder)
        parent.finish("FAILED" if status == "FINISHED" and found.verdict["missing"] else status)
    except (MlflowException, OSError) as error:
        again = _to_go_on(description, parent) if description.get("resumable") else description["command"]
        if is_full(error):
            with contextlib.suppress(MlflowException, OSError):
                parent.finish("FAILED")
            raise Unfinished(f"{unwritable(folder, error)}; every finished run is kept; then: {again}") from error
        raise Unfinished(
            f"the tracking store at {parent.uri} does not answer any more ({short(error)}); every run is whole in "
            f"its folder under {folder}; once the store is back: python -m src.deliver {folder}/*/ and then " + again
        ) from error
    finally:
        parent.close()
    return found


def checked(made: Plan, own, compositions: Compositions) -> dict:
    """Side → src.config.composition.Ready of it. Raises Mistake with whatever is wrong on any side, each sentence once.

    own: the overrides that are the sweep's own; its jobs go without, and they are checked all the same.
    """
    configs, wrong = {}, {}
    for side in made.sides:
        for seed in (made.seeds[0], max(made.seeds, key=abs)):
            words = [*made.fixed, *own, *(f"{name}={value}" for name, value in side.factors), f"{SEED}={seed}"]
            whole = compositions.whole(words)
            try:
                configs.setdefault(side, ready(task_of(whole), whole.hydra))
            except Mistake as mistake:
                wrong.update(dict.fromkeys(mistake.args))
    idle = [one.idle for one in configs.values()]  # what takes part on one side has its use
    wrong.update(dict.fromkeys(said for said in idle[0] if all(said in one for one in idle)) if idle else {})
    if wrong:
        raise Mistake(*wrong)
    return configs


def _rounds(seeds, asked):
    """The seeds of every round; more rounds than are needed where the sweep stops by itself."""
    if asked.stop != "decided":
        return [list(seeds)]
    first = list(seeds) if len(seeds) > 1 else list(range(seeds[0], seeds[0] + FIRST_ROUND))
    first = first[: asked.max_seeds]
    rounds, last = [first], max(first)
    while sum(map(len, rounds)) < asked.max_seeds:
        size = min(len(first), asked.max_seeds - sum(map(len, rounds)))
        rounds.append(list(range(last + 1, last + 1 + size)))
        last += size
    return rounds


def _name(made, config):
    factors = ", ".join(name for name, _ in made.sides[0].factors)
    sides = " | ".join(side.short for side in made.sides)
    return f"{config['scenario']['name']}: " + (f"{factors} {sides}" if factors else "seeds alone")


def digest(sides: dict) -> str:
    """What makes two sweeps the same one, whichever seeds they run. sides: label → src.config.composition.Ready."""
    parts = []
    for label, made in sides.items():
        seedless = {**made.config, "seed": {**made.config["seed"], "value": None}}
        parts.append([label, fingerprint(seedless, made.import_path)])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _insist_same(before, now):
    if before["plan"] == now["plan"]:
        return
    was, asked = (" | ".join(side["label"] for side in one["sides"]) for one in (before, now))
    differs = f"it compared {was}, this command asks for {asked}" if was != asked else "some of its settings differ"
    if before["command"] == now["command"]:
        raise Mistake(
            "sweep.resume names a sweep that was trained with another scenario, runtime or version of this program "
            "than are here now; allowed: one as it would be trained now; the nearest valid choice is the same command "
            "without sweep.resume."
        )
    raise Mistake(
        f"sweep.resume names a sweep of another configuration: {differs}; allowed: the same command again, with "
        f"other seeds if need be; the nearest valid choice is {before['command']}."
    )


def _command():
    """The command as it was typed, without what belongs to this one call."""
    words = [word for word in sys.argv[1:] if not word.lstrip("+").startswith(("sweep.resume=", "sweep.dry_run="))]
    return "python -m src.run " + shlex.join(hidden(word) for word in words)
