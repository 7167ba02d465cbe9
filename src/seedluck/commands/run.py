"""The command line: train one configuration, or a sweep of them with -m.

    python -m src.run scenario=tied_ae variant=tied_call seed.value=3

Exit code 0: every job finished, whatever its outcome. 1: a job failed. 2: the configuration is wrong. 130: Ctrl-C.
Tab completion, for bash: eval "$(python src/run.py -sc install=bash)"; then python src/run.py <TAB>.
"""

import contextlib
import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig

from seedluck import config as configuration
from seedluck.basics.errors import CONFIGURATION_ERRORS, Mistake, check_groups
from seedluck.basics.folders import not_writable
from seedluck.basics.project import PROJECT
from seedluck.commands.cli import DONE, FAILED, answer
from seedluck.config.composition import ready
from seedluck.config.paths import with_runtime
from seedluck.runtimes.installation import Broken

LOCK = ".lock"  # in a run's folder, of the command that trains there


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code. arguments: as typed, without the program's name."""
    configuration.register()
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra hands errors over instead of printing them its own way
    return answer(_hydra, with_runtime(arguments), wants_traceback=wants_traceback)


def _hydra(arguments):
    sys.argv[1:] = arguments  # which Hydra reads
    failed, begun, wrong = [], [], []

    def task(cfg):
        begun.append(True)
        try:
            result = _train(cfg)
        except (Mistake, Broken) as error:  # over which Hydra would print a line of its own
            wrong.append(error)
            return None
        if result["status"] != "finished":
            failed.append(result["run_id"])
        return result["outcome"]

    check_groups(arguments, configuration.groups())
    try:
        hydra.main(config_path=str(PROJECT / "conf"), config_name="config", version_base="1.3")(task)()
    except OSError as error:
        if begun or isinstance(error, CONFIGURATION_ERRORS):
            raise
        raise not_writable(error.filename, "hydra.run.dir", error) from error  # Hydra makes it
    if wrong:
        raise wrong[0]
    return FAILED if failed else DONE


def _train(cfg):
    """Train one configuration; return the content of its result.json."""
    chosen = HydraConfig.get()
    folder, in_sweep = Path(chosen.runtime.output_dir), chosen.mode == hydra.types.RunMode.MULTIRUN
    try:
        made = ready(cfg, chosen)
        if not in_sweep:
            _insist_all_takes_part(made, list(chosen.overrides.task))
        result = _train_one(made, folder, in_sweep, chosen.launcher)
    except (Mistake, Broken):
        if folder.is_dir() and {path.name for path in folder.iterdir()} <= {LOCK}:
            (folder / LOCK).unlink(missing_ok=True)
            folder.rmdir()  # which was made for a job that never started
        raise
    from seedluck.execution.result import judged
    from seedluck.report.console import show_result

    show_result(result, judged(result), made.config["tracking"]["uri"], folder)
    return result


def _train_one(made, folder, in_sweep, launcher):
    from seedluck.basics.alone import alone_or_not_at_all
    from seedluck.execution.backends.local import Local
    from seedluck.execution.job import Job, placed
    from seedluck.execution.train import train
    from seedluck.report.console import Progress
    from seedluck.sweeps.launcher import chosen_backend

    given = None if in_sweep else os.environ.get("MLFLOW_RUN_ID")  # under `mlflow run`
    seeds = (made.config["seed"]["value"],)
    job = placed(Job(made.config, seeds, tuple(made.words), tuple(made.import_path), folder, run_id=given))
    backend = chosen_backend(launcher) or Local(1)  # under a launcher of Hydra's own, which called this
    backend.prepare(job.config)  # imports the framework while this process imports MLflow
    with contextlib.ExitStack() as stack:
        if not in_sweep:
            folder.mkdir(parents=True, exist_ok=True)
            named = f"hydra.run.dir is {str(folder)!r}"
            lock = alone_or_not_at_all(folder / LOCK, named, "trains a run there", "to leave it out")
            stack.enter_context(lock)
        trained = next(iter([*train([job], backend, Progress(job))]))
    if trained.error:
        raise trained.error
    return trained.results[0]


def _insist_all_takes_part(made, words):
    """Raise Mistake if something was typed that decides nothing about a single run, or that no runtime knows."""
    from seedluck.execution.rehearsal import rehearse

    wrong = [
        f"{word} asks for something of a sweep, and this is none, as -m is not given; allowed: -m before all "
        f"overrides; the nearest valid choice is -m {word}."
        for word in words
        if word.startswith("sweep.")
    ]
    if wrong or made.idle:
        raise Mistake(*wrong, *made.idle)
    rehearse([made], words)
