"""A sweep's trainings, round after round, each judged before the next where that decides what it trains."""

import sys
from dataclasses import replace
from pathlib import Path

from seedluck.config import quoted
from seedluck.config.paths import takes_several_seeds
from seedluck.config.place import OUTCOME
from seedluck.execution.backends.backend import Backend
from seedluck.execution.job import Job, write_place
from seedluck.execution.train import train
from seedluck.sweeps.hopeless import Hopeless, SameFailure
from seedluck.sweeps.request import Request
from seedluck.tracking.description import Description


class Rounds:
    """Trains a sweep to its end.

    asked: the sweep. parent: its run in MLflow, SweepRun. folder: of all jobs. backend: trains the
    jobs; None: ``launcher`` does, one of Hydra's own. Attributes, after :meth:`train`: lost: why the store was lost, or
    None. all_tried: whether nothing was left out. judged: the judgement on all that was trained; None if the last
    trainings are not in it.
    """

    def __init__(self, asked: Request, parent, folder: Path, backend: Backend | None, launcher=None):
        self._asked, self._parent, self._description = asked, parent, asked.description
        self._how, self._number = (backend, launcher), unused(folder)
        self._done = {*self._finished()}
        self._refused = {}  # place → why its job was not begun
        self.lost, self.judged, self.all_tried = None, None, False

    def train(self):
        """Train until all is trained or every verdict stands. Raises Hopeless if every side fails at once, for one
        reason; Submitted if the backend does not wait for its jobs; KeyboardInterrupt.
        """
        for seeds in self._asked.rounds:
            self._train_round(seeds)
            decided = self._asked.asked.stop == "decided" and not self._description.open
            if self.lost or decided:
                break
        if not self.lost and self._any_kind("follows"):
            self._train_references()
        self.all_tried = not self.lost

    def _train_round(self, seeds):
        asked, description = self._asked, self._description
        stops = asked.asked.stop == "decided"
        known, self.judged = {*description.seeds}, None
        description.seeds += [seed for seed in seeds if seed not in known]
        extra = asked.extra if seeds is asked.rounds[0] else []
        now = asked.at_once(extra)
        self._make([*asked.outcomes_of(seeds), *now])
        if extra and not self.lost:
            self._make(asked.seen_inside([training for training in extra if training not in now], self._finished()))
        if extra and not self.lost:
            self._make(asked.without(self._finished()))
        if self.lost or not (stops or self._any_kind("further")):
            return
        self.judged = look(self._parent, description, tried=True)
        if self._make(asked.further(self.judged)):
            self.judged = look(self._parent, description, tried=True) if stops and not self.lost else None
        if stops and not self.lost:
            description.decided.update(self.judged.decided if self.judged.stands else {})
            description.shown()  # acted upon, whatever comes of the next round

    def _train_references(self):
        """Train what follows where sides really differ, and keep why a side has none."""
        judged = self.judged or look(self._parent, self._description, tried=True)
        planned, reasons = self._asked.following(judged, self._finished())
        trained = self._make(planned)
        runs = {run.place: run for run in self._parent.children(self._description)} if trained else {}
        for training in planned if trained else ():
            run = runs.get(training.place)
            if training.place in self._refused:
                said = f"its reference cannot be trained: {self._refused[training.place]}"
            elif run is None:
                said = "its reference could not be started"
            elif run.status != "finished":
                said = f"its reference {run.status}: {run.reason}"
            else:
                continue
            reasons.setdefault(training.side.label, said)
        self.judged = None if trained or reasons != self._description.without_reference else judged
        self._description.without_reference = reasons

    def _make(self, planned):
        """Train those of the trainings that are missing; return whether any was."""
        description, known = self._description, {*self._description.jobs}
        description.jobs += [training.place for training in planned if training.place not in known]
        self._parent.describe(description.content())
        missing, ended = [training for training in planned if training.place not in self._done], 0
        for later in (False, True):  # what takes over the initial weights of another training comes after it
            now = [training for training in missing if bool(training.starts_as) is later]
            now = _starting(now, self._finished()) if later and now else now
            lent = self._asked.lent(self._parent, now)
            if lent:
                description.borrowed += lent
                self._parent.describe(description.content())
            self._done.update(place for place, _ in lent)
            ended += len(lent)
            now = [training for training in now if training.place not in self._done]
            if now:
                counted = len(missing), ended
                hopeful = any(place.role == OUTCOME for place in self._finished())
                where = self._parent.run_id, self._number, self._asked
                said, refused = _train(now, *where, *self._how, counted, hopeful)
                self.lost = said or self.lost
                self._refused.update(refused)
            self._done.update(training.place for training in now)
            self._number, ended = self._number + len(now), ended + len(now)
        return bool(missing)

    def _finished(self):
        """Place → run, of what has finished."""
        runs = self._parent.children(self._description)
        return {run.place: run for run in runs if run.status == "finished"}

    def _any_kind(self, asks):
        return any(hasattr(kind, asks) for kind in self._asked.evidence.values())


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
    from seedluck.verdicts.judgement import count, finished, judge

    children = finished(parent, description)
    lacking = any(place.role == OUTCOME and place not in children for place in description.jobs)
    stands = not lacking or (tried and description.stop == "decided")
    description.look(count(children, description), stands)
    judged = judge(parent, description, children=children)
    judged.stands = stands
    return judged


def _train(planned, parent, first, asked, backend, launcher, counted, hopeful):
    """Train what is missing; return why the store no longer took a run, or None, and place → why it was not begun.

    parent: the sweep's run. first: the number of the first of these jobs. counted: how many trainings are shown as
    planned, and how many of them as done. hopeful: whether an outcome has finished before.
    """
    jobs = [_job(group, parent, number, asked) for number, group in enumerate(_groups(planned, asked), first)]
    if jobs and backend is None:  # overrides do not tell a job's place, which waits in its folder
        for job in jobs:
            write_place(job)
        words = [[word for word in job.words if not word.startswith(("-", "hydra."))] for job in jobs]
        for job, returned in zip(jobs, launcher.launch(words, first), strict=True):
            if isinstance(error := returned._return_value, Exception):
                print(f"{job.name}: {type(error).__name__}: {error}", file=sys.stderr)
    elif jobs:
        from seedluck.report.console import SweepProgress

        failure = SameFailure([] if hopeful else jobs)
        ended = list(train(jobs, backend, SweepProgress(*counted), give_up=failure))
        if failure.reason and any(not (trained.results or trained.error) for trained in ended):
            raise Hopeless(failure.reason)
        lost = next((result["lost"] for trained in ended for result in trained.results if result["lost"]), None)
        errors = [(one.job, str(one.error.args[0]).rstrip(".")) for one in ended if one.error]
        return lost, {job.place(seed): said for job, said in errors for seed in job.seeds}
    return None, {}


def _groups(planned, asked):
    """Trainings by job: each its own, but for those of a path that takes all seeds of a side at once."""
    groups, together = {}, {}
    for training in planned:
        key = training.side, training.overrides
        if key not in together:
            made = asked.made(training)
            together[key] = takes_several_seeds(made.config, made.import_path)
        alone = None if together[key] else training.seed
        groups.setdefault((training.role, training.side, training.copy, training.overrides, alone), []).append(training)
    return list(groups.values())


def _job(group, parent, number, asked):
    training = group[0]
    made, folder = asked.made(training), asked.folder(training, number)
    side = training.side.label if training.side.factors else None
    seeds = tuple(other.seed for other in group)
    return Job(made.config, seeds, tuple(made.words), tuple(made.import_path), folder, training.role, side, parent)


def unused(folder: Path) -> int:
    """Return the number for the next job's folder: one more than the largest in the folder, 0 if there is none."""
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=-1) + 1
