"""A job: one configuration and its seeds, and its place in a sweep."""

import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from seedluck.basics.strict_json import write
from seedluck.config import fingerprint
from seedluck.config.place import OUTCOME, Place, spoken

PLACE = "place.json"


@dataclass(frozen=True, eq=False)  # each is itself alone
class Job:
    """What a backend trains; it gives one result for each of its seeds.

    config: resolved; its seed is the first of the job's. words: the overrides that reproduce it. import_path: folders,
    besides the project, in which modules of a scenario or a path are looked for. folder: of the job's own. role and
    side: of its place in a sweep; side is None outside of one. parent: the sweep's run in MLflow. run_id: an MLflow run
    that exists and is to be filled, as under ``mlflow run``.
    """

    config: dict
    seeds: tuple[int, ...]
    words: tuple[str, ...]
    import_path: tuple[str, ...]
    folder: Path
    role: str = OUTCOME
    side: str | None = None
    parent: str | None = None
    run_id: str | None = None

    @property
    def copy(self) -> int:
        """Which copy with initial weights moved by one unit in the last place; 0 for none."""
        return self.config["seed"]["ulp_copy"]

    @property
    def command(self) -> str:
        """What trains it again, for a shell."""
        if len(self.seeds) == 1:
            return "python -m src.run " + shlex.join(self.words)
        first, last = self.seeds[0], self.seeds[-1]
        together = list(self.seeds) == list(range(first, last + 1))
        seeds = f"range({first},{last + 1})" if together else ",".join(map(str, self.seeds))
        words = [word for word in self.words if not word.startswith("seed.value=")]
        return "python -m src.run -m " + shlex.join([*words, f"seed.value={seeds}"])

    @property
    def name(self) -> str:
        """What tells runs apart at a glance."""
        seeds = f"seed {self.seeds[0]}" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds from {self.seeds[0]}"
        if self.side:
            copy = f", copy {self.copy} moved by one ulp" if self.copy else ""
            return f"{self.side} {seeds}" + ("" if self.role == OUTCOME else f" · {spoken(self.role)}{copy}")
        parts = [self.config["scenario"]["name"], self.config["variant"], self.config["framework"]["name"]]
        return " ".join(part for part in parts if part != "plain") + f" {seeds}"

    def place(self, seed: int) -> Place:
        """Return the place of one of its results."""
        return Place(self.role, self.side or "all", seed, self.copy)

    def fingerprint(self, seed: int) -> str:
        """Return the fingerprint of one seed's training; two trainings with equal fingerprints are the same job."""
        return fingerprint(at_seed(self.config, seed), list(self.import_path))

    @property
    def configuration(self) -> str:
        """What jobs of one configuration have in common, whatever their seeds: the fingerprint at seed 0."""
        return self.fingerprint(0)


def write_place(job: Job):
    """Write a job's place into its folder, where a process that gets only overrides reads it with :func:`placed`."""
    job.folder.mkdir(parents=True, exist_ok=True)
    write(job.folder / PLACE, {"role": job.role, "side": job.side, "parent": job.parent})


def placed(job: Job) -> Job:
    """Return the job with the place that waits in its folder; the job itself where there is none."""
    file = job.folder / PLACE
    return replace(job, **json.loads(file.read_text(encoding="utf-8"))) if file.exists() else job


def sent(job: Job) -> Job:
    """Return the job as it is sent to another machine: without the store, whose address may hold a password."""
    return replace(job, config={key: value for key, value in job.config.items() if key != "tracking"})


def at_seed(config: dict, seed: int) -> dict:
    """Return a resolved configuration with another seed; it shares its other groups with the one that is given."""
    return {**config, "seed": {**config["seed"], "value": seed}}
