"""A sweep from its overrides to its verdict, whichever launcher trains it.

Everything is checked before anything starts; and however the training ends, the sweep is judged on what it has.
"""

import contextlib
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from omegaconf import OmegaConf

from src.config import quoted
from src.config.alone import alone_or_not_at_all, lock_of
from src.config.errors import Submitted, Unfinished
from src.config.folders import is_full, unwritable, writable
from src.config.passwords import hidden
from src.config.paths import takes_several_seeds
from src.config.place import OUTCOME
from src.execution.backend import Backend
from src.execution.job import Job, write_place
from src.execution.train import train
from src.sweeps.hopeless import Hopeless, SameFailure
from src.sweeps.request import request
from src.tracking.description import Description


def sweep(words: list[str], master, loader, command: str, backend: Backend | None = None, launcher=None):
    """Plan a sweep, train its jobs and judge it. Returns nothing: the results are files, MLflow and the screen.

    Arguments are those of :func:`src.sweeps.request.request`. backend: trains the jobs; None: ``launcher`` trains them,
    one of Hydra's own, which gets each job as overrides. Raises Mistake before anything starts, Unfinished at the end
    if a job did not finish, KeyboardInterrupt after Ctrl-C, once the sweep is judged.
    """
    asked = request(words, master, loader, command, backend)
    if asked.asked.dry_run:
        _show(asked, backend)
        return

    if backend is not None:
        backend.capacity(asked.baseline.config["device"]["kind"])  # a cluster that does not answer says so here
    folder = Path(master.hydra.sweep.dir)
    writable(folder, "hydra.sweep.dir")
    with contextlib.ExitStack() as locks:
        named = f"hydra.sweep.dir is {str(folder)!r}"
        locks.enter_context(alone_or_not_at_all(folder / ".lock", named, "trains a sweep there", "to leave it out"))
        _trained(asked, folder, master, backend, launcher, locks)


def _trained(asked, folder, master, backend, launcher, locks):
    """Train and judge a sweep in its folder. locks: takes further ones, until the end of the command."""
    from src.tracking.parent import SweepRun

    description = asked.description
    if asked.parent:
        _lock_run(asked.parent, locks)
    (folder / "multirun.yaml").write_text(hidden(OmegaConf.to_yaml(master)), encoding="utf-8")
    config, given = asked.baseline.config, os.environ.get("MLFLOW_RUN_ID")
    parent = asked.parent or SweepRun.create(config, description.name, given)
    if not asked.parent:
        _lock_run(parent, locks)
    for what, runs in (asked.set_stale_aside(parent) if asked.parent else {}).items():
        print(f"{what} since {runs} run{'s' * (runs != 1)} read it; trained again", file=sys.stderr)
    asked.take_stored(parent)
    begin(parent, description, master.hydra.runtime.choices.get("experiment"), "src.run")
    if description.decided and not description.open:
        print(
            "every verdict stands, so that no further seed is trained; without sweep.resume a new sweep is",
            file=sys.stderr,
        )
    try:
        _collect(parent, backend)
        lost, judged = _rounds(asked, parent, folder, backend, launcher)
    except Submitted as submitted:
        parent.close()
        again = _again(description, parent)
        raise Submitted(f"{submitted}; to follow them, or to collect what they left: {again}") from None
    except Hopeless as hopeless:
        conclude(parent, description, folder, "FINISHED", tried=False)
        raise Unfinished(
            f"every side fails on its first seed for one reason, so that no further seed was begun: {hopeless}; "
            f"{_to_go_on(description, parent)}"
        ) from None
    except BaseException:
        try:
            conclude(parent, description, folder, "KILLED", tried=False)
        finally:
            print(_to_go_on(description, parent), file=sys.stderr)
        raise
    judged = conclude(parent, description, folder, "FINISHED", not lost, judged)
    missing = judged.verdict["missing"]
    if missing and lost:
        raise _store_is_lost(parent, lost, folder, _to_go_on(description, parent))
    if missing:
        counted = f"{len(missing)} of {len(description.jobs)} runs did not finish"
        raise Unfinished(f"{counted}; {_to_go_on(description, parent)}")


def _lock_run(parent, locks):
    """Let no other command of this machine train the sweep meanwhile."""
    named, instead = f"sweep.resume is {parent.run_id!r}", "the same command once that has ended"
    locks.enter_context(alone_or_not_at_all(lock_of(parent.run_id), named, "trains this sweep", instead))


def _collect(parent, backend):
    """Follow to their end what an earlier command submitted and did not wait for."""
    if not hasattr(backend, "left"):
        return
    from src.report.console import SweepProgress

    folders = {child.folder for child in parent.children() if child.status != "finished" and child.folder}
    jobs = [job for folder in sorted(folders) if (job := backend.left(Path(folder)))]
    if jobs:
        list(train(jobs, backend, SweepProgress(sum(len(job.seeds) for job in jobs)), attached=True))


def _rounds(asked, parent, folder, backend, launcher):
    """Train round after round, until all are trained or every verdict stands.

    Returns why the store was lost, or None; and the judgement on all that was trained, or None if the last trainings
    are not in it.
    """
    description, number, lost, judged, refused = asked.description, unused(folder), None, None, {}
    done = {child.place for child in parent.children(description) if child.status == "finished"}

    def finished():
        return {run.place: run for run in parent.children(description) if run.status == "finished"}

    def train(planned):
        nonlocal number, lost
        known = {*description.jobs}
        description.jobs += [training.place for training in planned if training.place not in known]
        parent.describe(description.content())
        missing = [training for training in planned if training.place not in done]
        for later in (False, True):  # what takes over the initial weights of another training comes after it
            now = [training for training in missing if bool(training.starts_as) is later]
            now = _starting(now, finished()) if later and now else now
            counted = len(missing), len(missing) - len(now) if later else 0
            if now:
                said, not_begun = _train(now, parent.run_id, number, asked.compositions, backend, launcher, counted)
                lost = said or lost
                refused.update(not_begun)
            done.update(training.place for training in now)
            number += len(now)
        return bool(missing)

    for seeds in asked.rounds:
        judged = None
        known = {*description.seeds}
        description.seeds += [seed for seed in seeds if seed not in known]
        extra = asked.extra if seeds is asked.rounds[0] else []
        now = asked.at_once(extra)
        train([*asked.outcomes_of(seeds), *now])
        if extra and not lost:
            train(asked.seen_inside([training for training in extra if training not in now], finished()))
        if extra and not lost:
            train(asked.without(finished()))
        if lost:
            break
        stops = asked.asked.stop == "decided"
        if not stops and not any(hasattr(kind, "further") for kind in asked.evidence.values()):
            continue
        judged = look(parent, description, tried=not lost)
        if train(asked.further(judged)):
            judged = look(parent, description, tried=not lost) if stops and not lost else None
        if lost:
            break
        if stops:
            description.decided.update(judged.decided if judged.stands else {})
            description.shown()  # acted upon, whatever comes of the next round
            if not description.open:
                break
    if not lost and any(hasattr(kind, "follows") for kind in asked.evidence.values()):
        judged = judged or look(parent, description, tried=True)
        planned, reasons = asked.following(judged, finished())
        trained = train(planned)
        for training in planned if trained else ():
            if training.place in refused:
                reasons.setdefault(training.side.label, f"its reference cannot be trained: {refused[training.place]}")
            elif (run := next((run for run in parent.children() if run.place == training.place), None)) is None:
                reasons.setdefault(training.side.label, "its reference could not be started")
            elif run.status != "finished":
                reasons.setdefault(training.side.label, f"its reference {run.status}: {run.reason}")
        judged = None if trained or reasons != description.without_reference else judged
        description.without_reference = reasons
    return lost, judged


def _starting(planned, finished):
    """The trainings, each with the run whose initial weights it takes over; as they are where that did not finish."""
    return [
        replace(training, overrides=(*training.overrides, f"seed.start={quoted(finished[training.starts_as].run_id)}"))
        if training.starts_as in finished
        else training
        for training in planned
    ]


def look(parent, description: Description, tried: bool):
    """Return the judgement on all finished runs of a sweep; where there are new outcomes, it counts as another look.

    tried: whether all that was to be trained by now was tried. Where outcomes are missing, the look is none of those
    that were planned, and its verdicts do not stand: they may still come. A sweep in rounds goes on without those that
    were tried. What else is missing, such as a copy for a replay's noise floor, costs that evidence alone.
    """
    from src.evidence.judgement import count, finished, judge

    children = finished(parent, description)
    lacking = any(place.role == OUTCOME and place not in children for place in description.jobs)
    stands = not lacking or (tried and description.stop == "decided")
    description.look(count(children, description), stands)
    judged = judge(parent, description, children=children)
    judged.stands = stands
    return judged


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


def _train(planned, parent, first, compositions, backend, launcher, counted):
    """Train what is missing; return why the store no longer took a run, or None, and place → why it was not begun.

    parent: the sweep's run. first: the number of the first of these jobs. counted: how many trainings are shown as
    planned, and how many of them as done.
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

        failure = SameFailure(jobs)
        ended = list(train(jobs, backend, SweepProgress(*counted), give_up=failure))
        if failure.reason and any(not (trained.results or trained.error) for trained in ended):
            raise Hopeless(failure.reason)
        lost = next((result["lost"] for trained in ended for result in trained.results if result["lost"]), None)
        errors = [(one.job, str(one.error.args[0]).rstrip(".")) for one in ended if one.error]
        return lost, {job.place(seed): said for job, said in errors for seed in job.seeds}
    return None, {}


def _groups(planned, compositions):
    """Trainings by job: each its own, but for those of a path that takes all seeds of a side at once."""
    groups, together = {}, {}
    for training in planned:
        if training.overrides not in together:
            made = compositions.ready(training.overrides, training.seed)
            together[training.overrides] = takes_several_seeds(made.config, made.import_path)
        alone = None if together[training.overrides] else training.seed
        groups.setdefault((training.role, training.side, training.copy, training.overrides, alone), []).append(training)
    return list(groups.values())


def _job(group, parent, number, compositions):
    training = group[0]
    made = compositions.ready(training.overrides, training.seed)
    folder = compositions.folder(training.overrides, training.seed, number)
    side = training.side.label if training.side.factors else None
    seeds = tuple(other.seed for other in group)
    return Job(made.config, seeds, tuple(made.words), tuple(made.import_path), folder, training.role, side, parent)


def _show(asked, backend):
    from src.report.estimates import show

    done = {child.place for child in asked.parent.children() if child.status == "finished"} if asked.parent else set()
    configs = {side: made.config for side, made in asked.sides.items()}
    at_once = backend.capacity(asked.baseline.config["device"]["kind"]) if backend else 1
    rounds = [len(seeds) for seeds in asked.rounds] if asked.asked.stop == "decided" else None
    show(configs, asked.outcomes, asked.extra, asked.at_most_further, done, rounds, at_once)


def unused(folder: Path) -> int:
    """Return the number for the next job's folder: one more than the largest in the folder, 0 if there is none."""
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=-1) + 1


def _to_go_on(description, parent):
    return f"to train only what is missing: {_again(description, parent)}"


def _again(description, parent):
    return f"{description.command} sweep.resume={parent.run_id}"


def conclude(parent, description, folder, status, tried=True, judged=None):
    """Return the judgement on all finished runs, after showing it and closing the sweep's run in MLflow.

    parent: the sweep's run. status: how to close it, FINISHED or KILLED; FINISHED becomes FAILED if runs are missing.
    tried: as of :func:`look`. judged: of :func:`look`, where nothing was trained since. Raises Unfinished if the store
    does not answer any more or the disk is full.
    """
    from mlflow.exceptions import MlflowException

    from src.report.publish import report
    from src.tracking.connection import short

    try:
        judged = judged or look(parent, description, tried)
        description.decided.update(judged.decided if judged.stands else {})
        judged.verdict["to_go_on"] = _again(description, parent) if judged.verdict["missing"] else None
        parent.describe(description.content())
        report(parent, description, judged, folder)
        description.shown()
        parent.describe(description.content())
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
        f"{folder}; once the store is back: python -m src.deliver {shlex.quote(str(folder))}/*/ and then {again}"
    )
