"""A sweep from its overrides to its verdict, whichever launcher trains it.

Everything is checked before anything starts; and however the training ends, the sweep is judged on what it has.
"""

import contextlib
import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from src.config import fingerprint
from src.config.composition import SEED, Compositions, ready, task_of
from src.config.errors import Mistake, Unfinished
from src.config.folders import is_full, unwritable, writable
from src.config.passwords import hidden
from src.config.paths import framework_path
from src.evidence.kinds import kinds
from src.execution.backend import Backend
from src.execution.job import Job, write_place
from src.execution.rehearsal import rehearse
from src.execution.train import train
from src.runtimes.installation import Broken
from src.sweeps.plan import Plan, plan
from src.tracking.description import Description, SideDescription

FIRST_ROUND = 5  # seeds, where sweep.stop=decided and the command names fewer


def sweep(words: list[str], master, loader, command: str, backend: Backend | None = None, launcher=None):
    """Plan a sweep, train its jobs and judge it. Returns nothing: the results are files, MLflow and the screen.

    words: overrides, as on the command line. master, loader: Hydra's configuration of the sweep, and its loader.
    command: the command that reproduces the sweep. backend: trains the jobs; None: ``launcher`` trains them, one of
    Hydra's own, which gets each job as overrides. Raises Mistake before anything starts, Unfinished at the end if a
    job did not finish, KeyboardInterrupt after Ctrl-C, once the sweep is judged.
    """
    asked = master.sweep
    own = [word for word in words if word.lstrip("+").startswith("sweep.")]
    words = [word for word in words if not word.lstrip("+").startswith(("sweep.", "hydra"))]
    made = plan(OverridesParser.create(config_loader=loader).parse_overrides(words))
    compositions = Compositions(master, loader)
    sides = checked(made, own, compositions)
    for side in sides.values() if backend and not asked.dry_run else ():
        _prepare(backend, side)  # imports the framework while this process imports MLflow and SciPy
    if not asked.dry_run:
        rehearse(sides.values(), words)
    baseline = sides[made.sides[0]]
    evidence = kinds(list(asked.evidence), baseline.import_path)
    description = _description(made, sides, asked, command)
    parent = None
    if asked.resume:
        parent, seeds = _begun(baseline.config["tracking"]["uri"], _as_typed("sweep.resume", own), description)
        if asked.stop != "decided":  # whose rounds come again as they were; else what was trained stays in the verdict
            made = replace(made, seeds=(*seeds, *(seed for seed in made.seeds if seed not in seeds)))
    rounds = _rounds(made.seeds, asked)
    extra = made.evidence(evidence, baseline.config["scenario"]["epochs"])
    if asked.dry_run:
        _show(made, sides, rounds, extra, asked.stop == "decided", backend, parent)
        return

    from src.evidence.judgement import judge
    from src.tracking.parent import SweepRun

    folder = Path(master.hydra.sweep.dir)
    _insist_folders([*made.outcomes([seed for seeds in rounds for seed in seeds]), *extra], compositions)
    writable(folder, "hydra.sweep.dir")
    (folder / "multirun.yaml").write_text(hidden(OmegaConf.to_yaml(master)))
    parent = parent or SweepRun.create(baseline.config, description.name, os.environ.get("MLFLOW_RUN_ID"))
    begin(parent, description, master.hydra.runtime.choices.get("experiment"), "src.run")
    done = {child.place for child in parent.children() if child.status == "finished"}
    number, status, judged, lost = unused(folder), "KILLED", None, None
    try:
        for seeds in rounds:
            planned = made.outcomes(seeds) + (extra if not description.looks else [])
            description.seeds += seeds
            description.looks += 1
            description.jobs += [training.place for training in planned]
            parent.describe(description.content())
            missing = [training for training in planned if training.place not in done]
            lost = _train(missing, parent.run_id, number, compositions, backend, launcher) or lost
            number += len(missing)
            if asked.stop == "decided" and judge(parent, description).decided:
                break
        status = "FINISHED"
    finally:
        judged = conclude(parent, description, folder, status)
        if status == "KILLED":
            print(_to_go_on(description, parent), file=sys.stderr)
    if judged.verdict["missing"] and lost:
        raise _store_is_lost(parent, lost, folder, _to_go_on(description, parent))
    if judged.verdict["missing"]:
        raise Unfinished(
            f"{len(judged.verdict['missing'])} of {len(description.jobs)} runs did not finish; "
            + _to_go_on(description, parent)
        )


def _prepare(backend, side):
    with contextlib.suppress(Mistake, Broken):  # said by the job itself, which has a place to keep it
        backend.prepare(side.config)


def _description(made, sides, asked, command):
    baseline = sides[made.sides[0]]
    return Description(
        name=_name(made, baseline.config),
        scenario=baseline.config["scenario"]["name"],
        metric=baseline.config["scenario"]["metric"],
        factors=[name for name, _ in made.sides[0].factors],
        sides=[SideDescription(side.label, side.short, dict(side.factors)) for side in made.sides],
        plan=digest({side.label: one for side, one in sides.items()}),
        margin=asked.margin,
        stop=asked.stop,
        command=command,
        evidence=list(asked.evidence),
        import_path=list(baseline.import_path),
        resumable=True,
    )


def begin(parent, description: Description, experiment: str | None, source: str):
    """Mark a sweep's run as under way, and say what it is. experiment: a ready question's name. source: the command."""
    from src.tracking.git import commit

    now = commit()
    known = {
        "scenario": description.scenario,
        "metric": description.metric,
        "factors": ", ".join(description.factors),
        "sides": " | ".join(side.short for side in description.sides),
    }
    tags = {
        "scenario": description.scenario,
        "experiment": experiment,
        "question": description.name,
        "plan": description.plan,
        "mlflow.source.name": source,
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": now["commit"],
        "git.dirty": now["dirty"],
    }
    parent.begin(known, tags)
    parent.describe(description.content())


def _train(planned, parent, first, compositions, backend, launcher):
    """Train what is missing; return why the store no longer took a run, or None.

    parent: the sweep's run. first: the number of the first of these jobs.
    """
    jobs = [
        _job(group, parent, number, compositions) for number, group in enumerate(_groups(planned, compositions), first)
    ]
    if jobs and backend is None:  # overrides do not tell a job's place, which waits in its folder
        for job in jobs:
            write_place(job)
        words = [[word for word in job.words if not word.startswith(("-", "hydra."))] for job in jobs]
        for job, returned in zip(jobs, launcher.launch(words, first), strict=True):
            if isinstance(error := returned._return_value, Exception):
                print(f"{job.name}: {type(error).__name__}: {error}", file=sys.stderr)
    elif jobs:
        from src.report.console import SweepProgress

        ended = list(train(jobs, backend, SweepProgress(len(jobs))))
        return next((result["lost"] for trained in ended for result in trained.results if result["lost"]), None)
    return None


def _groups(planned, compositions):
    """Trainings by job: each its own, but for those of a path that takes all seeds of a side at once."""
    groups = {}
    for training in planned:
        made = compositions.ready(training.overrides, training.seed)
        path = framework_path(made.config["framework"]["name"], made.import_path)
        alone = training.seed if not path.several_seeds else None
        groups.setdefault((training.role, training.side, training.copy, training.overrides, alone), []).append(training)
    return list(groups.values())


def _job(group, parent, number, compositions):
    training = group[0]
    made = compositions.ready(training.overrides, training.seed)
    folder = compositions.folder(training.overrides, training.seed, number)
    side = training.side.label if training.side.factors else None
    seeds = tuple(other.seed for other in group)
    return Job(made.config, seeds, tuple(made.words), tuple(made.import_path), folder, training.role, side, parent)


def _show(made, sides, rounds, extra, stops, backend, parent):
    from src.report.estimates import show

    done = {child.place for child in parent.children() if child.status == "finished"} if parent else set()
    outcomes = made.outcomes([seed for seeds in rounds for seed in seeds])
    configs = {side: one.config for side, one in sides.items()}
    at_once = backend.capacity(next(iter(configs.values()))["device"]["kind"]) if backend else 1
    show(configs, outcomes, extra, done, [len(seeds) for seeds in rounds] if stops else None, at_once)


def _insist_folders(planned, compositions):
    """Raise Mistake where two jobs would share a folder, in which the later one would overwrite the first."""
    if compositions.numbered:
        return
    seen = {}
    for training in planned:
        folder = compositions.folder(training.overrides, training.seed, 0)
        if folder in seen:
            raise Mistake(
                f"hydra.sweep.subdir is {compositions.subdir!r}, which gives {seen[folder].spoken} and "
                f"{training.place.spoken} one folder; allowed: a name that differs from job to job; the nearest valid "
                "choice is hydra.sweep.subdir='${hydra.job.num}'."
            )
        seen[folder] = training.place


def _as_typed(name, words):
    """The value of a setting as it was typed: some ids of runs are numbers to Hydra, such as 1234e567."""
    return next(word.partition("=")[2] for word in reversed(words) if word.lstrip("+").startswith(f"{name}="))


def _begun(uri, run_id, description):
    """The sweep's run to go on with, and the seeds that it has; raises Mistake where it is another sweep's."""
    from src.tracking.parent import SweepRun

    parent = SweepRun(uri, run_id)
    before = parent.description()
    _insist_same(before, description)
    return parent, before.seeds


def unused(folder: Path) -> int:
    """Return the number for the next job's folder: one more than the largest in the folder, 0 if there is none."""
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=-1) + 1


def _to_go_on(description, parent):
    return f"to train only what is missing: {description.command} sweep.resume={parent.run_id}"


def conclude(parent, description, folder, status):
    """Return the judgement on all finished runs, after showing it and closing the sweep's run in MLflow.

    parent: the sweep's run. status: how to close it, FINISHED or KILLED; FINISHED becomes FAILED if runs are missing.
    Raises Unfinished if the store does not answer any more or the disk is full.
    """
    from mlflow.exceptions import MlflowException

    from src.evidence.judgement import judge
    from src.report.publish import report
    from src.tracking.connection import short

    try:
        judged = judge(parent, description)
        report(parent, description, judged, folder)
        parent.finish("FAILED" if status == "FINISHED" and judged.verdict["missing"] else status)
    except (MlflowException, OSError) as error:
        again = _to_go_on(description, parent) if description.resumable else description.command
        if is_full(error):
            with contextlib.suppress(MlflowException, OSError):
                parent.finish("FAILED")
            raise Unfinished(f"{unwritable(folder, error)}; every finished run is kept; then: {again}") from error
        raise _store_is_lost(parent, short(error), folder, again) from error
    finally:
        parent.close()
    return judged


def _store_is_lost(parent, why, folder, again):
    return Unfinished(
        f"the tracking store at {parent.uri} does not answer any more ({why}); every run is whole in its folder under "
        f"{folder}; once the store is back: python -m src.deliver {folder}/*/ and then {again}"
    )


def checked(made: Plan, own, compositions: Compositions) -> dict:
    """Return side → src.config.composition.Ready of it, at the first seed.

    own: the overrides that are the sweep's own; its jobs go without, and they are checked all the same. Raises Mistake
    with whatever is wrong on any side, each sentence once.
    """
    sides, wrong = {}, {}
    for side in made.sides:
        try:
            if own:
                whole = compositions.whole([*made.words(side), *own, f"{SEED}={made.seeds[0]}"])
                ready(task_of(whole), whole.hydra)
            for seed in dict.fromkeys((max(made.seeds, key=abs), made.seeds[0])):
                sides[side] = compositions.ready(made.words(side), seed)
        except Mistake as mistake:
            wrong.update(dict.fromkeys(mistake.args))
    idle = [made_side.idle for made_side in sides.values()]  # what takes part on one side has its use
    wrong.update(
        dict.fromkeys(said for said in idle[0] if all(said in made_side for made_side in idle)) if idle else {}
    )
    if wrong:
        raise Mistake(*wrong)
    return sides


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
    """Return a digest that two sweeps share if they have the same sides; seeds do not matter. sides: label → Ready."""
    parts = []
    for label, made in sides.items():
        seedless = {**made.config, "seed": {**made.config["seed"], "value": None}}
        parts.append([label, fingerprint(seedless, made.import_path)])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _insist_same(before, now):
    if before.plan == now.plan:
        return
    was, asked = (" | ".join(side.label for side in description.sides) for description in (before, now))
    differs = f"it compared {was}, this command asks for {asked}" if was != asked else "some of its settings differ"
    if before.command == now.command:
        raise Mistake(
            "sweep.resume names a sweep that was trained with another scenario, runtime or version of this program "
            "than are here now; allowed: one as it would be trained now; the nearest valid choice is the same command "
            "without sweep.resume."
        )
    raise Mistake(
        f"sweep.resume names a sweep of another configuration: {differs}; allowed: the same command again, with "
        f"other seeds if need be; the nearest valid choice is {before.command}."
    )
