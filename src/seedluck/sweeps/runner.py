"""A sweep from its overrides to its verdict, whichever launcher trains it.

Everything is checked before anything starts; and however the training ends, the sweep is judged on what it has.
"""

import contextlib
import os
import shlex
import sys
from pathlib import Path

from omegaconf import OmegaConf

from seedluck.basics.alone import alone_or_not_at_all, lock_of
from seedluck.basics.errors import Submitted, Unfinished
from seedluck.basics.folders import is_full, unwritable, writable
from seedluck.basics.passwords import hidden
from seedluck.execution.backends.backend import Backend
from seedluck.execution.train import train
from seedluck.sweeps.hopeless import Hopeless
from seedluck.sweeps.request import request
from seedluck.sweeps.rounds import Rounds, look
from seedluck.tracking.description import Description


def sweep(words: list[str], master, loader, command: str, backend: Backend | None = None, launcher=None):
    """Plan a sweep, train its jobs and judge it. Returns nothing: the results are files, MLflow and the screen.

    Arguments are those of :func:`request.request`. backend: trains the jobs; None: ``launcher`` trains them,
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
    from seedluck.tracking.parent import SweepRun

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
        rounds = Rounds(asked, parent, folder, backend, launcher)
        rounds.train()
    except Submitted as submitted:
        parent.close()
        again = _again(description, parent)
        raise Submitted(f"{submitted}; to follow them, or to collect what they left: {again}") from None
    except Hopeless as hopeless:
        conclude(parent, description, folder, "FINISHED", tried=False)
        raise Unfinished(
            "every side fails on its first seed for one reason, so that no further seed was begun: "
            f"{str(hopeless).rstrip('.')}; {_to_go_on(description, parent)}"
        ) from None
    except BaseException:
        try:
            conclude(parent, description, folder, "KILLED", tried=False)
        finally:
            print(_to_go_on(description, parent), file=sys.stderr)
        raise
    judged = conclude(parent, description, folder, "FINISHED", rounds.all_tried, rounds.judged)
    missing = judged.verdict["missing"]
    if missing and rounds.lost:
        raise _store_is_lost(parent, rounds.lost, folder, _to_go_on(description, parent))
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
    from seedluck.report.console import SweepProgress

    folders = {child.folder for child in parent.children() if child.status != "finished" and child.folder}
    jobs = [job for folder in sorted(folders) if (job := backend.left(Path(folder)))]
    if jobs:
        list(train(jobs, backend, SweepProgress(sum(len(job.seeds) for job in jobs)), attached=True))


def begin(parent, description: Description, experiment: str | None, source: str):
    """Mark a sweep's run as under way, and say what it is. experiment: a ready question's name. source: the command."""
    from seedluck.tracking.git import commit

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


def _show(asked, backend):
    from seedluck.report.costs import show

    done = {child.place for child in asked.parent.children() if child.status == "finished"} if asked.parent else set()
    configs = {side: made.config for side, made in asked.sides.items()}
    at_once = backend.capacity(asked.baseline.config["device"]["kind"]) if backend else 1
    rounds = [len(seeds) for seeds in asked.rounds] if asked.asked.stop == "decided" else None
    show(configs, asked.outcomes, asked.extra, asked.at_most_further, done, rounds, at_once)


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

    from seedluck.report.publish import report
    from seedluck.tracking.connection import short

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
