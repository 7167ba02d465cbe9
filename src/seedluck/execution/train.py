"""The one way to train: every job of every command goes through :func:`train`."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from seedluck.basics.errors import Mistake, NoStore, Submitted
from seedluck.execution.backends.backend import Backend
from seedluck.execution.codes import SIBLING
from seedluck.execution.interrupts import Interrupts
from seedluck.execution.job import Job
from seedluck.execution.observer import Observer
from seedluck.execution.under_way import NoRoom, UnderWay
from seedluck.runtimes.installation import Broken

SECONDS_BETWEEN_LOOKS = 0.01


@dataclass(frozen=True)
class Trained:
    """What became of a job. results: the content of ``result.json`` for each of its seeds. error: why it did not start.

    Both are empty if the job was never started because another job, without which it is useless, had failed.
    """

    job: Job
    results: tuple[dict, ...] = ()
    error: Exception | None = None

    @property
    def finished(self) -> bool:
        """Whether every seed has a result that counts."""
        return bool(self.results) and all(result["status"] == "finished" for result in self.results)


def train(
    jobs: Iterable[Job],
    backend: Backend,
    observer: Observer,
    all_or_none: bool = False,
    attached: bool = False,
    give_up: Callable[[Trained], bool] = lambda trained: False,
) -> Iterator[Trained]:
    """Yield what became of each job, in the order in which they end; train as many at a time as the backend allows.

    all_or_none: if one job fails, stop those that are running and start no more. Without it, a failed job stops no
    other. Once the store or a folder cannot be written, no more jobs are started in either case. attached: the jobs
    were submitted by another command, and are only followed. give_up: told what became of each job; once it is true, no
    more are started. Raises KeyboardInterrupt after SIGINT or SIGTERM, once
    every running job is closed, and Submitted if the backend does not wait for its jobs.
    """
    waits = attached or getattr(backend, "wait", True)
    waiting, running, ended = deque(jobs), [], []
    with Interrupts() as interrupts, observer, ExitStack() as stack:
        stack.callback(lambda: _close([*running, *ended]))
        while running or ended or (waiting and not interrupts.number):
            while waiting and not interrupts.number and _has_room(backend, waiting[0], running):
                job = waiting.popleft()
                try:
                    running.append(UnderWay(job, backend, attached))
                    observer.begun(job)
                except (Mistake, Broken) as error:
                    observer.refused(job, error.args[0])
                    refused = Trained(job, error=error)
                    yield refused
                    if give_up(refused) or all_or_none:
                        yield from _not_begun(waiting)
                    elif isinstance(error, (NoStore, NoRoom)):  # with which none of the others would fare better
                        yield from _not_begun(waiting, error)
            if not waits and running and not waiting:
                left, running = running, []
                raise _submitted(backend, left)
            while ended:  # stored while the next ones train
                under_way = ended.pop()
                observer.ending(under_way.job)
                trained = Trained(under_way.job, tuple(under_way.finish()))
                observer.ended(under_way.job, list(trained.results))
                yield trained
                alone = all_or_none and not trained.finished
                if give_up(trained) or alone:
                    yield from _not_begun(waiting)
                if alone:
                    for other in running:
                        other.stop("another seed of the same configuration failed", SIBLING)
            _look(running, observer, interrupts.number)
            ended = [under_way for under_way in running if under_way.ended]
            running = [under_way for under_way in running if not under_way.ended]
            if all_or_none and any(under_way.failed for under_way in ended):
                yield from _not_begun(waiting)
            observer.tick()
            if not ended:
                time.sleep(SECONDS_BETWEEN_LOOKS)
    if interrupts.number:
        raise KeyboardInterrupt(interrupts.number)


def _look(running, observer, interrupted):
    """Tell the observer what running jobs said; end those that the user interrupted."""
    for under_way in running:
        if interrupted:
            under_way.stop("interrupted by the user")
        for event in under_way.look():
            observer.said(under_way.job, event)


def _submitted(backend, left):
    """Hand over what is submitted to a backend that does not wait; return what is to be raised."""
    backend.flush()
    for under_way in left:
        under_way.leave()
    return Submitted(f"{len(left)} jobs are submitted")


def _close(under_way):
    """End and close what is left, which is nothing unless something was raised."""
    for one in under_way:
        with suppress(Exception):
            one.stop("the command that trained it broke off")
            while not one.ended:
                one.look()
                time.sleep(SECONDS_BETWEEN_LOOKS)
            one.finish()


def _has_room(backend, job, running):
    """Whether another job may train; one that has told its result only has its process to end."""
    return sum(not under_way.trained for under_way in running) < backend.capacity(job.config["device"]["kind"])


def _not_begun(waiting, error=None):
    while waiting:
        yield Trained(waiting.popleft(), error=error)
