"""The command line: train one configuration, or a sweep of them with -m.

    python -m src.run scenario=tied_ae variant=tied_call seed.value=3

Exit code 0: every job finished, whatever its outcome. 1: a job failed. 2: the configuration is wrong. 130: Ctrl-C.
"""

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig

from src import config as configuration
from src.compose import ready
from src.mistakes import CONFIGURATION_ERRORS, Mistake, check_groups, dotted, sentence
from src.runtimes.install import Broken
from src.sweeps.sweep import Unfinished

# Hydra prints a line of its own over whatever a task raises, so the task leaves word here instead.
_failed, _mistakes = [], []


@hydra.main(config_path=str(configuration.PROJECT / "conf"), config_name="config", version_base="1.3")
def _task(cfg):
    try:
        return _one(cfg)
    except Mistake as mistake:
        _mistakes.extend(mistake.args)
        _leave_no_trace(Path(HydraConfig.get().runtime.output_dir))
    except Broken as broken:
        print(*broken.args, sep="\n", file=sys.stderr)
        _failed.append(broken)
        _leave_no_trace(Path(HydraConfig.get().runtime.output_dir))


def _one(cfg):
    chosen = HydraConfig.get()
    made = ready(cfg, chosen)
    from src.job import judged, run
    from src.report.terminal import show_result

    folder = Path(chosen.runtime.output_dir)
    in_sweep = chosen.mode == hydra.types.RunMode.MULTIRUN
    for name in ("dry_run", "resume"):
        if not in_sweep and cfg.sweep[name]:
            raise Mistake(
                f"sweep.{name} is {cfg.sweep[name]}, and this is no sweep, as -m is not given; allowed: -m before all "
                f"overrides; the nearest valid choice is -m sweep.{name}={cfg.sweep[name]}."
            )
    given = None if in_sweep else os.environ.get("MLFLOW_RUN_ID")  # under `mlflow run`
    found = run(made.config, folder, made.command, made.import_path, given)
    show_result(found, judged(found), made.config["tracking"]["uri"], folder)
    if found["status"] != "finished":
        _failed.append(found["run_id"])
    return found["outcome"]


def main() -> int:
    """Run the command; return its exit code."""
    configuration.register()
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra hands errors over instead of printing them its own way
    signal.signal(signal.SIGTERM, _terminate)
    try:
        check_groups(sys.argv[1:], configuration.groups())
        _task()
    except CONFIGURATION_ERRORS as error:
        if wants_traceback:
            raise
        print(sentence(error, known_keys(sys.argv[1:])), file=sys.stderr)
        return 2
    except Mistake as mistake:
        _mistakes.extend(mistake.args)
    except Unfinished as unfinished:
        print(*unfinished.args, file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    print(*_mistakes, sep="\n", end="\n" if _mistakes else "", file=sys.stderr)
    return 2 if _mistakes else 1 if _failed else 0


def _terminate(number, frame):
    raise KeyboardInterrupt(number)


def _leave_no_trace(folder):
    """Remove the folder that Hydra made for a job that never started."""
    shutil.rmtree(folder / ".hydra", ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def known_keys(words: list[str]) -> list[str]:
    """Dotted names that can be set, for the scenario that was asked for if there is one of that name."""
    from hydra import compose, initialize_config_dir

    asked = [word for word in words if word.startswith("scenario=")]
    for overrides in (asked, []):
        try:
            with initialize_config_dir(str(configuration.PROJECT / "conf"), version_base="1.3"):
                return dotted(compose("config", overrides))
        except CONFIGURATION_ERRORS:
            continue
    return []


if __name__ == "__main__":
    sys.exit(main())
