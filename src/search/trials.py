"""Trains what a search asks for as ordinary runs in MLflow, and nothing that the store has already."""

import copy
from pathlib import Path

from mlflow.exceptions import MlflowException

from src.config import fingerprint
from src.config.errors import NoStore, Unfinished
from src.execution.job import DISK, SIBLING, Job, NoRoom
from src.execution.local import ENVIRONMENT, TIMEOUT
from src.search.sequential import Refused
from src.search.sides import Side
from src.sweeps.launcher import at_once, follow
from src.sweeps.runner import unused


class Trials:
    """Keeps count in ``trained`` and ``reused``, of runs so far.

    parent: src.tracking.parent.ExplanationRun. folder: takes a folder for each job. n_jobs: how many train at once;
    None: as :func:`src.sweeps.launcher.at_once` has it.
    """

    def __init__(self, parent, folder: Path, n_jobs: int | None = None):
        self._parent, self._folder, self._n_jobs = parent, folder, n_jobs
        self.trained, self.reused, self._number = 0, 0, unused(folder)
        self._known = {}  # fingerprint → Child

    def runs(self, side: Side, label: str, seeds: list[int]) -> list:
        """The finished runs, src.tracking.parent.Child, of a side at these seeds, in order; trains what is missing.

        label: what to call them. Raises Refused where the configuration is not allowed or a job of it fails, after
        which no other of its jobs is begun, Unfinished where one was killed, MlflowException or NoStore where the store
        is lost, NoRoom where a folder cannot be written.
        """
        self.allowed(side)
        keys = {seed: fingerprint(_at(side.config, seed), side.import_path) for seed in seeds}
        for key in keys.values():
            if key not in self._known and (found := self._parent.fingerprinted(key)) is not None:
                self._known[key] = found
                self.reused += 1
        missing = [seed for seed, key in keys.items() if key not in self._known]
        for seed, run in zip(missing, self._train(side, label, missing), strict=True):
            self._known[keys[seed]] = run
        return [self._known[key] for key in keys.values()]

    def allowed(self, side: Side):
        """Raise Refused where the side's configuration is wrong."""
        if wrong := side.wrong:
            raise Refused(" ".join(wrong))

    def _train(self, side, label, seeds):
        """One finished run for each seed."""

        def start(seed):
            config = _at(side.config, seed)
            config["job"].update(role="trial", side=label, parent=self._parent.run_id, steps=0, weights_every=None)
            folder = self._folder / str(self._number)
            self._number += 1
            folder.mkdir(parents=True)
            job = Job(config, folder, [*side.words, f"seed.value={seed}"], side.import_path)
            job.start()
            self.trained += 1
            return job

        if not seeds:
            return []
        starts = [lambda seed=seed: start(seed) for seed in seeds]
        names = [f"{label} seed {seed}" for seed in seeds]
        ended = follow(starts, names, at_once(self._n_jobs, side.config["device"]["kind"]), all_or_none=True)
        wrong = [found for found in ended if isinstance(found, Exception) or (found and found["status"] != "finished")]
        for found in sorted(wrong, key=lambda found: not isinstance(found, Exception) and found["ended_by"] == SIBLING):
            _raise(found)  # the first that did not end because another had
        return [self._parent.run(found["run_id"]) for found in ended]


def _raise(found):
    """Raise what a job that could not start, or did not finish, means to a search. found: as ``follow`` has it."""
    if isinstance(found, (NoStore, NoRoom)):
        raise found
    if isinstance(found, Exception):
        raise Refused(found.args[0]) from found
    if found["lost"]:
        raise MlflowException(found["lost"])
    if found["ended_by"] == DISK:
        raise NoRoom(found["reason"])
    if found["status"] == "killed" and found["ended_by"] != TIMEOUT:  # by whom or what is not the configuration's doing
        raise Unfinished(f"a run was killed: {found['reason']}; the same command goes on from here")
    if found["ended_by"] == ENVIRONMENT:
        raise Refused(f"its runtime is broken: {found['reason']}")
    raise Refused(f"its runs end as {found['status']}: {found['reason']}")


def _at(config, seed):
    config = copy.deepcopy(config)
    config["seed"]["value"] = seed
    return config
