"""Trains what a search asks for as ordinary runs in MLflow, and nothing that the store has already."""

import copy
from pathlib import Path

from mlflow.exceptions import MlflowException

from src.config import fingerprint
from src.job import Job
from src.mistakes import NoStore
from src.runtimes.warm import TOOK_TOO_LONG
from src.search.looks import Refused
from src.search.side import Side
from src.sweeps.launcher import follow
from src.sweeps.sweep import Unfinished


class Trials:
    """parent: src.tracking.sweep.ExplanationRun. folder: takes a folder for each job. trained, reused: runs so far."""

    def __init__(self, parent, folder: Path):
        self._parent, self._folder = parent, folder
        self.trained, self.reused, self._begun = 0, 0, 0
        self._known = {}  # fingerprint → Child

    def runs(self, side: Side, label: str, seeds: list[int]) -> list:
        """The finished runs, src.tracking.sweep.Child, of a side at these seeds, in order; trains what is missing.

        label: what to call them. Raises Refused where the configuration is not allowed or a job of it fails,
        Unfinished where one was killed, MlflowException where the store is lost.
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
            self._begun += 1
            folder = self._folder / str(self._begun)
            folder.mkdir(parents=True)
            job = Job(config, folder, [*side.words, f"seed.value={seed}"], side.import_path)
            job.start()
            self.trained += 1
            return job

        if not seeds:
            return []
        starts = [lambda seed=seed: start(seed) for seed in seeds]
        ended = follow(starts, [f"{label} seed {seed}" for seed in seeds])
        for found in ended:
            if isinstance(found, NoStore):
                raise MlflowException(found.args[0])
            if isinstance(found, Exception):
                raise Refused(found.args[0]) from found
            if found["lost"]:
                raise MlflowException(found["lost"])
            too_long = (found["reason"] or "").startswith(TOOK_TOO_LONG)
            if found["status"] == "killed" and not too_long:  # by whom or what is not the configuration's doing
                raise Unfinished(f"a run was killed: {found['reason']}; the same command goes on from here")
            if found["status"] != "finished":
                raise Refused(f"its runs end as {found['status']}: {found['reason']}")
        return [self._parent.run(found["run_id"]) for found in ended]


def _at(config, seed):
    config = copy.deepcopy(config)
    config["seed"]["value"] = seed
    return config
