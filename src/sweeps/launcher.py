"""The launcher ``warm``: several jobs at once, one process each, all followed from here."""

import os
import time
from collections import deque
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf, open_dict

from src.compose import ready
from src.interrupts import Interrupts
from src.job import Job, judged
from src.mistakes import Mistake
from src.report.terminal import SweepProgress
from src.runtimes.install import Broken

SECONDS_BETWEEN_LOOKS = 0.03


def launch(words: list[list[str]], first: int, master, loader, n_jobs: int | None) -> list[JobReturn]:
    """Train the job of every list of overrides; a job that fails stops no other.

    first: the number of the first job in the sweep. n_jobs: how many at once; None: as many as this process may use
    cores. Returns what Hydra expects, in order. Raises KeyboardInterrupt once every job under way is closed.
    """
    waiting, running, done = deque(enumerate(words)), {}, {}
    at_once = n_jobs or len(os.sched_getaffinity(0))
    with Interrupts() as interrupts, SweepProgress(len(words)) as progress:
        while running or (waiting and not interrupts.number):
            while waiting and len(running) < at_once and not interrupts.number:
                place, overrides = waiting.popleft()
                try:
                    running[place] = _start(overrides, first + place, master, loader)
                    progress.started(place, running[place].about["name"], running[place].config["scenario"]["epochs"])
                except (Mistake, Broken) as error:
                    done[place] = _returned(overrides, error=error)
                    progress.failed(place, " ".join(overrides), error.args[0])
            for place, job in list(running.items()):
                if interrupts.number:
                    job.stop("interrupted by the user")
                for event in job.look():
                    progress.take(place, event)
                if job.ended:
                    del running[place]
                    found = job.finish()
                    done[place] = _returned(words[place], found["outcome"])
                    progress.ended(place, found, judged(found))
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
    job = Job(made.config, folder.absolute(), made.command, made.import_path)
    job.start()
    return job


def _returned(overrides, value=None, error=None):
    returned = JobReturn()
    returned.overrides = list(overrides)
    returned.status = JobStatus.FAILED if error else JobStatus.COMPLETED
    returned.return_value = error or value
    return returned
