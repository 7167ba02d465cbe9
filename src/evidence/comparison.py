"""Two sides of a sweep and their runs, as a kind of evidence sees them."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from src.config.place import OUTCOME, Place
from src.tracking.description import Description, SideDescription
from src.tracking.events import finite, read_events


@dataclass
class Comparison:
    """A variant and the baseline that it is held against.

    parent: src.tracking.parent.SweepRun. children: place → src.tracking.reader.Child, finished runs only. margin: in
    the metric's units, or None. levels: of the tests, ``alpha`` and ``inside``; family: how many comparisons share
    alpha. fetched: what was read of artifacts, shared by the comparisons of a sweep.
    """

    parent: object
    description: Description
    children: dict
    baseline: SideDescription
    variant: SideDescription
    margin: float | None
    levels: dict
    family: int
    fetched: dict = field(default_factory=dict)

    @property
    def sides(self) -> tuple[SideDescription, SideDescription]:
        """The baseline and the variant."""
        return self.baseline, self.variant

    @property
    def first_seed(self) -> int | None:
        """The seed that is repeated and replayed; None if the sweep broke off before its first round."""
        return next(iter(self.description.seeds), None)

    @cached_property
    def pairs(self) -> list[tuple]:
        """The two sides' runs of every seed that finished on both."""
        runs = ([self.run(OUTCOME, side, seed) for side in self.sides] for seed in self.description.seeds)
        return [tuple(pair) for pair in runs if None not in pair]

    @property
    def outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes of the two sides, each of shape (pairs,); NaN where a run diverged."""
        return tuple(np.array([pair[i].outcome for pair in self.pairs]) for i in (0, 1))

    def run(self, role: str, side: SideDescription, seed: int | None, copy: int = 0):
        """Return a run of a side; None if there is none that finished."""
        return self.children.get(Place(role, side.label, seed, copy))

    def runs(self, role: str, side: SideDescription) -> list:
        """Return every run of a side in a role."""
        return [child for place, child in self.children.items() if place.role == role and place.side == side.label]

    def weights(self, run, name: str) -> dict:
        """Return the weights that a run kept under a name such as ``final``: variable → array.

        Raises src.tracking.reader.Gone if the artifact is not there any more.
        """
        path = f"{run.inside}weights/{name}.npz"
        return self._once((run.run_id, path), lambda: load(self.parent.artifact(run.run_id, path)))

    def checkpoints(self, run) -> tuple[dict, dict]:
        """Return step → weights of every checkpoint, and step → loss over all rows where the run told it.

        Raises src.tracking.reader.Gone as :meth:`weights` does.
        """
        return self._once((run.run_id, run.inside), lambda: _checkpoints(self.parent, run))

    def _once(self, key, read):
        if key not in self.fetched:
            self.fetched[key] = read()
        return self.fetched[key]


def events_of(parent, run) -> list[dict]:
    """Return what a run's job said of its seed. Raises src.tracking.reader.Gone if that is not there any more."""
    every = read_events(parent.artifact(run.run_id, "events.jsonl").parent)
    return [event for event in every if event.get("seed", run.seed) == run.seed]


def load(path: Path) -> dict:
    """Return name → array of an .npz file."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _checkpoints(parent, run):
    folder = parent.artifact(run.run_id, f"{run.inside}weights")
    events = events_of(parent, run)
    steps = next(event["steps"] for event in events if event["event"] == "begin")
    places = {}
    for path in folder.glob("*.npz"):
        kind, _, number = path.stem.partition("_")
        if kind in ("initial", "step", "epoch"):
            places[int(number or 0) * (steps if kind == "epoch" else 1)] = path
    losses = {event["step"]: finite(event["loss"]) for event in events if event["event"] == "step"}
    return {step: load(places[step]) for step in sorted(places)}, losses
