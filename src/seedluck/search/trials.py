"""Trains what a search asks for as ordinary runs in MLflow, and nothing that the store has already."""

from pathlib import Path

from mlflow.exceptions import MlflowException

from seedluck.basics.errors import NoStore, Unfinished
from seedluck.config import fingerprint
from seedluck.config.paths import takes_several_seeds
from seedluck.config.place import TRIAL
from seedluck.execution.backends.backend import Backend
from seedluck.execution.codes import DISK, ENVIRONMENT, SIBLING, TIMEOUT
from seedluck.execution.job import Job, at_seed
from seedluck.execution.train import train
from seedluck.execution.under_way import NoRoom
from seedluck.report.console import SweepProgress
from seedluck.search.sequential import Refused
from seedluck.search.sides import Side
from seedluck.sweeps.rounds import unused
from seedluck.tracking.reader import of_seed


class Trials:
    """Keeps count in ``trained`` and ``reused``, of runs so far.

    parent: ExplanationRun. folder: takes a folder for each job. backend: where they are trained.
    """

    def __init__(self, parent, folder: Path, backend: Backend):
        self._parent, self._folder, self._backend = parent, folder, backend
        self.trained, self.reused, self._number = 0, 0, unused(folder)
        self._known = {}  # fingerprint → Child

    def runs(self, side: Side, label: str, seeds: list[int]) -> list:
        """Return the finished runs, Child, of a side at these seeds; train what is missing.

        label: what to call them. Raises Refused if the configuration is not allowed or a job of it fails, after
        which no other of its jobs is begun, Unfinished if one was killed, MlflowException or NoStore if the store
        is lost, NoRoom if a folder cannot be written.
        """
        self.allowed(side)
        keys = {seed: fingerprint(at_seed(side.config, seed), side.import_path) for seed in seeds}
        wanted = [key for key in keys.values() if key not in self._known]
        found = self._stored(side, wanted)
        self._known.update(found)
        self.reused += len(found)
        missing = [seed for seed, key in keys.items() if key not in self._known]
        for seed, run in self._train(side, label, missing).items():
            self._known[keys[seed]] = run
        return [self._known[key] for key in keys.values()]

    def _stored(self, side, keys):
        """Fingerprint → a run that the store has."""
        if not keys:
            return {}
        if takes_several_seeds(side.config, list(side.import_path)):
            together = self._parent.trained_together(fingerprint(at_seed(side.config, 0), side.import_path))
            return {key: together[key] for key in keys if key in together}
        script = side.config["scenario"]["script"]
        found = {key: self._parent.fingerprinted(key, script=script) for key in keys}
        return {key: run for key, run in found.items() if run is not None}

    def allowed(self, side: Side):
        """Raise Refused if the side's configuration is wrong."""
        if wrong := side.wrong:
            raise Refused(" ".join(wrong))

    def _train(self, side, label, seeds):
        """Seed → its finished run."""
        together = takes_several_seeds(side.config, list(side.import_path))
        groups = [seeds] if together and seeds else [[seed] for seed in seeds]
        jobs = [self._job(side, label, tuple(group)) for group in groups]
        ended = [*train(jobs, self._backend, SweepProgress(len(seeds)), all_or_none=True)] if jobs else []
        self.trained += sum(len(trained.results) for trained in ended)
        wrong = [trained.error or trained.results[0] for trained in ended if trained.error or trained.results]
        wrong = [failure for failure in wrong if isinstance(failure, Exception) or failure["status"] != "finished"]
        for failure in sorted(
            wrong, key=lambda failure: not isinstance(failure, Exception) and failure["ended_by"] == SIBLING
        ):
            _raise(failure)  # the first that did not end because another had
        runs = {}
        for trained in ended:
            whole = self._parent.run(trained.results[0]["run_id"])
            alone = len(trained.results) == 1
            runs.update({result["seed"]: whole if alone else of_seed(whole, result) for result in trained.results})
        return runs

    def _job(self, side, label, seeds):
        config = at_seed(side.config, seeds[0])
        config["job"] = {**config["job"], "steps": 0, "weights_every": None}
        folder = self._folder / str(self._number)
        self._number += 1
        words = (*side.words, f"seed.value={seeds[0]}")
        return Job(config, seeds, words, tuple(side.import_path), folder, TRIAL, label, self._parent.run_id)


def _raise(ended):
    """Raise what a job that could not start, or did not finish, means to a search. ended: the content of
    its result.json, or what was raised."""
    if isinstance(ended, (NoStore, NoRoom)):
        raise ended
    if isinstance(ended, Exception):
        raise Refused(ended.args[0]) from ended
    if ended["lost"]:
        raise MlflowException(ended["lost"])
    if ended["ended_by"] == DISK:
        raise NoRoom(ended["reason"])
    if ended["status"] == "killed" and ended["ended_by"] != TIMEOUT:  # by whom or what is not the configuration's doing
        raise Unfinished(f"a run was killed: {ended['reason']}; the same command goes on from here")
    if ended["ended_by"] == ENVIRONMENT:
        raise Refused(f"its runtime is broken: {ended['reason']}")
    raise Refused(f"its runs end as {ended['status']}: {ended['reason']}")
