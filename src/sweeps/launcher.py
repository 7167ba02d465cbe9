"""Several jobs at once, one process each, all followed from here; Hydra calls it the launcher ``warm``."""

import os
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf, open_dict

from src.compose import ready
from src.interrupts import Interrupts
from src.job import Job, judged
from src.mistakes import Mistake, NoStore
from src.report.terminal import SweepProgress
from src.runtimes.install import Broken

SECONDS_BETWEEN_LOOKS = 0.03


def launch(words: list[list[str]], first: int, master, loader, n_jobs: int | None) -> list[JobReturn]:
    """Train the job of every list of overrides; a job that fails stops no other.

    first: the number of the first job in the sweep. n_jobs: how many at once; None: as many as this process may use
    cores. Returns what Hydra expects, in order. Raises KeyboardInterrupt once every job under way is closed.
    """
    starts = [lambda i=i, one=one: _start(one, first + i, master, loader) for i, one in enumerate(words)]
    found = follow(starts, [" ".join(one) for one in words], n_jobs)
    return [_returned(one, result) for one, result in zip(words, found, strict=True)]


def follow(starts: list[Callable[[], Job]], names: list[str], n_jobs: int | None = None) -> list:
    """Call every start, each of which returns a job under way, and follow the jobs to their ends.

    names: what to call a job that cannot start. Returns, in order, each job's ``result.json``, or the exception that
    kept it from starting. Raises KeyboardInterrupt once every job under way is closed.
    """
    waiting, running, done = deque(enumerate(starts)), {}, {}
    at_once = n_jobs or len(os.sched_getaffinity(0))
    with Interrupts() as interrupts, SweepProgress(len(starts)) as progress:
        while running or (waiting and not interrupts.number):
            while waiting and len(running) < at_once and not interrupts.number:
                place, start = waiting.popleft()
                try:
                    running[place] = start()
                    progress.started(place, running[place].about["name"], running[place].config["scenario"]["epochs"])
                except (Mistake, Broken) as error:
                    done[place] = error
                    progress.failed(place, names[place], error.args[0])
                    if isinstance(error, NoStore):  # which none of the others would find either
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
            progress.tick()
            time.sleep(SECONDS_BETWEEN_LOOKS)
    if interrupts.number:
        raise KeyboardInterrupt(interrupts.number)
    return [done[place] for place in sorted(done)]


def _start(overrides, number, master, loader):
    whole = loader.load_sweep_config(master, list(overrides))
    with open_dict(whole):
        whole.hydra.job.id = str(number)
        whole.hydra.job.num = number
        HydraConfig.instance().set_config(whole)
        folder = Path(whole.hydra.sweep.dir) / str(whole.hydra.sweep.subdir)
    task = OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])
    made = ready(task, whole.hydra)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        job = Job(made.config, folder.absolute(), made.command, made.import_path)
        job.start()
    except (Mistake, Broken):
        shutil.rmtree(folder)  # of a job that never began
        raise
    return job


def _returned(overrides, found):
    returned = JobReturn()
    returned.overrides = list(overrides)
    failed = isinstance(found, Exception)
    returned.status = JobStatus.FAILED if failed else JobStatus.COMPLETED
    returned.return_value = found if failed else found["outcome"]
    return returned
