"""Several jobs at once, one process each, all followed from here; Hydra calls it the launcher ``warm``."""

import os
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig

from src.config import gpus
from src.config.composition import Compositions, ready, task_of
from src.config.errors import Mistake, NoStore
from src.config.folders import unwritable
from src.config.passwords import hidden
from src.execution.interrupts import Interrupts
from src.execution.job import SIBLING, Job, NoRoom, judged
from src.report.console import SweepProgress
from src.runtimes.installation import Broken

SECONDS_BETWEEN_LOOKS = 0.03


def at_once(n_jobs: int | None, device: str) -> int:
    """How many jobs train at the same time where nobody says: one a core, or one a GPU. device: cpu or gpu."""
    return n_jobs or (max(gpus(), 1) if device == "gpu" else len(os.sched_getaffinity(0)))


def checked_n_jobs(n_jobs) -> int | None:
    """The number that ``hydra.launcher.n_jobs`` gives; raises Mistake where it is none."""
    if n_jobs is not None and not (isinstance(n_jobs, int) and n_jobs >= 1):
        raise Mistake(
            f"hydra.launcher.n_jobs is {n_jobs!r}; allowed: 1 job or more, or null for as many as there are cores; the "
            "nearest valid choice is 1."
        )
    return n_jobs


def launch(words: list[list[str]], first: int, master, loader, n_jobs: int | None) -> list[JobReturn]:
    """Train the job of every list of overrides; a job that fails stops no other.

    first: the number of the first job in the sweep. n_jobs: how many at once; None: see :func:`at_once`. Returns what
    Hydra expects, in order. Raises KeyboardInterrupt once every job under way is closed.
    """
    compositions = Compositions(master, loader)
    starts = [lambda i=i, one=one: _start(compositions.whole(one, first + i)) for i, one in enumerate(words)]
    on_gpu = master.device.kind == "gpu" or any("device=gpu" in one for one in words)
    jobs = at_once(n_jobs, "gpu" if on_gpu else "cpu")
    found = follow(starts, [hidden(" ".join(one)) for one in words], jobs)
    return [_returned(one, result) for one, result in zip(words, found, strict=True)]


def follow(starts: list[Callable[[], Job]], names: list[str], n_jobs: int, all_or_none: bool = False) -> list:
    """Call every start, each of which returns a job under way, and follow the jobs to their ends.

    names: what to call a job that cannot start. n_jobs: how many train at once. all_or_none: once one has failed the
    others are worth nothing; those under way are stopped, the rest is not begun. Returns, in order, each job's
    ``result.json``, or the exception that kept it from starting, or None for one that was not begun. Raises
    KeyboardInterrupt once every job under way is closed.
    """
    waiting, running, done = deque(enumerate(starts)), {}, dict.fromkeys(range(len(starts)))
    with Interrupts() as interrupts, SweepProgress(len(starts)) as progress:
        while running or (waiting and not interrupts.number):
            while waiting and len(running) < n_jobs and not interrupts.number:
                place, start = waiting.popleft()
                try:
                    running[place] = start()
                    progress.started(place, running[place].about["name"], running[place].config["scenario"]["epochs"])
                except (Mistake, Broken) as error:
                    done[place] = error
                    progress.failed(place, names[place], error.args[0])
                    if all_or_none:
                        waiting.clear()
                    elif isinstance(error, (NoStore, NoRoom)):  # in which none of the others would fare better
                        done.update((other, error) for other, _ in waiting)
                        waiting.clear()
            for place, job in list(running.items()):
                if interrupts.number:
                    job.stop("interrupted by the user")
                for event in job.look():
                    progress.take(place, event)
                if job.ended:
                    del running[place]
                    done[place] = job.finish()
                    progress.ended(place, done[place], judged(done[place]))
                    if all_or_none and done[place]["status"] != "finished":
                        waiting.clear()
                        for other in running.values():
                            other.stop("another seed of the same configuration failed", SIBLING)
            progress.tick()
            time.sleep(SECONDS_BETWEEN_LOOKS)
    if interrupts.number:
        raise KeyboardInterrupt(interrupts.number)
    return [done[place] for place in sorted(done)]


def job_folder(whole: DictConfig) -> Path:
    """The folder of a sweep's job. whole: its configuration, Hydra's part included."""
    return Path(whole.hydra.sweep.dir) / str(whole.hydra.sweep.subdir)


def _start(whole):
    folder, made = job_folder(whole), ready(task_of(whole), whole.hydra)
    ours = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        job = Job(made.config, folder.absolute(), made.words, made.import_path)
        job.start()
    except OSError as error:
        raise NoRoom(unwritable(folder, error)) from error
    except (Mistake, Broken):
        if ours:  # it holds nothing: the job never began; what was there before is an earlier run's
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return job


def _returned(overrides, found):
    returned = JobReturn()
    returned.overrides = list(overrides)
    failed = isinstance(found, Exception)
    returned.status = JobStatus.FAILED if failed else JobStatus.COMPLETED
    returned.return_value = found if failed else found["outcome"]
    return returned
