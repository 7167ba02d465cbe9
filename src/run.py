"""The command line: train one configuration, or a sweep of them with -m.

    python -m src.run scenario=tied_ae variant=tied_call seed.value=3

Exit code 0: every job finished, whatever its outcome. 1: a job failed. 2: the configuration is wrong. 130: Ctrl-C.
Tab completion, for bash: eval "$(python src/run.py -sc install=bash)"; then python src/run.py <TAB>.
"""

import os
import signal
import sys
from pathlib import Path

if __package__ in (None, ""):  # called as a file, which is how Hydra's tab completion calls it
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import hydra
from hydra.core.hydra_config import HydraConfig

from src import config as configuration
from src.config.composition import ready
from src.config.errors import CONFIGURATION_ERRORS, Mistake, Unfinished, check_groups, dotted, sentence
from src.config.folders import not_writable
from src.runtimes.installation import Broken


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code. arguments: as typed, without the program's name."""
    configuration.register()
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra hands errors over instead of printing them its own way
    signal.signal(signal.SIGTERM, _terminate)
    sys.argv[1:] = arguments  # which Hydra reads
    failed, begun, wrong = [], [], []

    def task(cfg):
        begun.append(True)
        try:
            found = _train(cfg)
        except (Mistake, Broken) as error:  # over which Hydra would print a line of its own
            wrong.append(error)
            return None
        if found["status"] != "finished":
            failed.append(found["run_id"])
        return found["outcome"]

    try:
        check_groups(arguments, configuration.groups())
        hydra.main(config_path=str(configuration.PROJECT / "conf"), config_name="config", version_base="1.3")(task)()
        if wrong:
            raise wrong[0]
    except CONFIGURATION_ERRORS as error:
        if wants_traceback:
            raise
        print(sentence(error, known_keys(arguments)), file=sys.stderr)
        return 2
    except Mistake as mistake:
        print(*mistake.args, sep="\n", file=sys.stderr)
        return 2
    except OSError as error:
        if begun:
            raise
        print(*not_writable(error.filename, "hydra.run.dir", error).args, file=sys.stderr)  # Hydra makes it
        return 2
    except (Broken, Unfinished) as error:
        print(*error.args, sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    return 1 if failed else 0


def _train(cfg):
    """Train one configuration; return the content of its result.json."""
    chosen = HydraConfig.get()
    folder, in_sweep = Path(chosen.runtime.output_dir), chosen.mode == hydra.types.RunMode.MULTIRUN
    try:
        made = ready(cfg, chosen)
        if not in_sweep:
            _insist_all_takes_part(made, list(chosen.overrides.task))
        from src.execution.job import run

        given = None if in_sweep else os.environ.get("MLFLOW_RUN_ID")  # under `mlflow run`
        found = run(made.config, folder, made.words, made.import_path, given)
    except (Mistake, Broken):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # which Hydra made for a job that never started
        raise
    from src.execution.job import judged
    from src.report.console import show_result

    show_result(found, judged(found), made.config["tracking"]["uri"], folder)
    return found


def _insist_all_takes_part(made, words):
    """Raise Mistake where something was typed that decides nothing about a single run, or that no runtime knows."""
    from src.execution.rehearsal import rehearse

    wrong = [
        f"{word} asks for something of a sweep, and this is none, as -m is not given; allowed: -m before all "
        f"overrides; the nearest valid choice is -m {word}."
        for word in words
        if word.startswith("sweep.")
    ]
    if wrong or made.idle:
        raise Mistake(*wrong, *made.idle)
    rehearse([made], words)


def _terminate(number, frame):
    raise KeyboardInterrupt(number)


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
    sys.exit(main(sys.argv[1:]))
