"""Training the jobs that a sweeper of Hydra's hands to our launcher, as lists of overrides."""

import importlib

from hydra.core.utils import JobReturn, JobStatus

from seedluck.basics.errors import Mistake, nearest
from seedluck.config.composition import SEED, Compositions
from seedluck.execution.backends.backend import Backend
from seedluck.execution.job import Job
from seedluck.execution.train import train

OURS = "hydra_plugins.seedluck.BackendLauncher"


def chosen_backend(launcher) -> Backend | None:
    """Return the backend that ``hydra.launcher`` names, as configured; None for a launcher of Hydra's own."""
    options = dict(launcher)
    return backend_of(options.pop("backend"), **options) if options.pop("_target_") == OURS else None


def backend_of(target: str, **options) -> Backend:
    """Return the backend that ``module.Class`` names. options: arguments of its constructor.

    Raises Mistake if there is none of that name, or it refuses its arguments.
    """
    module, _, name = target.rpartition(".")
    try:
        made = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Mistake(
            f"hydra.launcher.backend is {target!r}, which is no class on the import path ({error}); allowed: "
            "module.Class; the nearest valid choice is seedluck.execution.backends.local.Local."
        ) from error
    try:
        return made(**options)
    except TypeError as error:
        given = ", ".join(options) or "nothing"
        raise Mistake(
            f"hydra.launcher gives {name} {given}, which it refuses ({error}); allowed: what its constructor takes"
            f"{nearest(given, ['n_jobs'])}."
        ) from error


def launch(words: list[list[str]], first: int, master, loader, backend: Backend) -> list[JobReturn]:
    """Return a JobReturn of Hydra's for each list of overrides, in order, after training its job.

    A job that fails stops no other. words: the lists of overrides, one for each job. first: the number of the first job
    in the sweep. Raises KeyboardInterrupt after Ctrl-C, once every running job is closed.
    """
    from seedluck.report.console import SweepProgress

    compositions = Compositions(master, loader)
    jobs, returned = {}, {}
    for number, overrides in enumerate(words, first):
        try:
            jobs[_job(compositions, overrides, number)] = number
        except Mistake as mistake:
            print(*mistake.args, sep="\n")
            returned[number] = mistake
    for trained in train(list(jobs), backend, SweepProgress(sum(len(job.seeds) for job in jobs))):
        returned[jobs[trained.job]] = trained.error or trained.results[0]
    return [_returned(overrides, returned[number]) for number, overrides in enumerate(words, first)]


def _job(compositions, overrides, number):
    seed = next((word.partition("=")[2] for word in reversed(overrides) if word.startswith(f"{SEED}=")), "0")
    words = [word for word in overrides if not word.startswith(f"{SEED}=")]
    made = compositions.ready(words, int(seed))
    folder = compositions.folder(words, int(seed), number)
    return Job(made.config, (int(seed),), tuple(made.words), tuple(made.import_path), folder)


def _returned(overrides, result):
    returned = JobReturn()
    returned.overrides = list(overrides)
    failed = isinstance(result, Exception)
    returned.status = JobStatus.FAILED if failed else JobStatus.COMPLETED
    returned.return_value = result if failed else result["outcome"]
    return returned
