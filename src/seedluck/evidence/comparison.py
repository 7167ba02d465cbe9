"""Two sides of a sweep and their runs, as a kind of evidence sees them."""

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from seedluck.config.place import OUTCOME, Place
from seedluck.stats.failures import failed
from seedluck.tracking.description import Description, SideDescription
from seedluck.tracking.events import finite, read_events

FEW = 0.2  # of the pairs: so many seeds may be left out of which one side alone is there, for the sake of pairs


@dataclass(frozen=True)
class Levels:
    """What a test may err by at this look. real: two-sided, of all comparisons together; family: how many share it.

    inside: of "within the margin", of one comparison. look, planned: which look this is, and of how many; one that was
    not planned has a number beyond. taken: its place among all looks that were taken, from 1; 0 before the first.
    doubt: below which a p-value speaks against luck.
    """

    real: float
    inside: float
    family: int
    look: int
    planned: int
    taken: int
    doubt: float


@dataclass
class Comparison:
    """A variant and the baseline that it is held against.

    parent: SweepRun. children: place → Child, finished runs only. margin: in
    the metric's units, or None. seeds: those that decide; others may have been trained since. fetched: what was read
    of artifacts, shared by the comparisons of a sweep.
    """

    parent: object
    description: Description
    children: dict
    baseline: SideDescription
    variant: SideDescription
    margin: float | None
    levels: Levels
    seeds: list[int]
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
        runs = ([self.run(OUTCOME, side, seed) for side in self.sides] for seed in self.seeds)
        return [tuple(pair) for pair in runs if None not in pair]

    @cached_property
    def singles(self) -> tuple[list, list]:
        """Each side's runs of every seed that finished on it."""
        return tuple(
            [run for seed in self.seeds if (run := self.run(OUTCOME, side, seed)) is not None] for side in self.sides
        )

    @cached_property
    def in_pairs(self) -> bool:
        """Whether outcomes are compared seed by seed: where a seed gives both sides the same initial weights.

        Where one side has many seeds that the other lacks, all of them count, and nothing is paired.
        """
        alone = max(map(len, self.singles)) - len(self.pairs)
        return self.same_start and alone <= FEW * len(self.pairs)

    @cached_property
    def judged(self) -> tuple[list, list]:
        """The runs that outcomes are taken from; in pairs, one by one of the same seed."""
        if self.in_pairs:
            return tuple([pair[i] for pair in self.pairs] for i in (0, 1))
        return self.singles

    @property
    def outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes of the two sides, of shape (seeds of each side,); NaN where a run diverged."""
        return tuple(np.array([run.outcome for run in runs], float) for runs in self.judged)

    @property
    def losses(self) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes turned so that the lower one is the better; stats/ takes them so."""
        return tuple(self.sign * side for side in self.outcomes)

    @property
    def sign(self) -> float:
        """What turns an outcome into a loss."""
        return -1.0 if self.description.better == "higher" else 1.0

    @cached_property
    def limit(self) -> float | None:
        """Below which a loss has converged, as the scenario says; None where it says nothing."""
        name = "scenario.converged_above" if self.sign < 0 else "scenario.converged_below"
        said = next((run.params.get(name) for side in self.judged for run in side), None)
        return None if said in (None, "None", "") else self.sign * float(said)

    @cached_property
    def failed(self) -> tuple[list[int], list[int]]:
        """The seeds that failed on each side, as of stats/failures.py."""
        masks = failed(*self.losses, self.limit)
        return tuple(
            [run.seed for run, bad in zip(runs, mask, strict=True) if bad]
            for runs, mask in zip(self.judged, masks, strict=True)
        )

    @property
    def same_start(self) -> bool:
        """Whether a seed gives both sides the same initial weights, seen at every seed that finished on both."""
        return bool(self.pairs) and all(baseline.starts_as(variant) for baseline, variant in self.pairs)

    @property
    def by_distance(self) -> list[int]:
        """Seeds that finished on both sides, the one at which they ended furthest apart first.

        One side diverging is further than any number; both diverging is no distance.
        """
        a, b = (np.array([pair[i].outcome for pair in self.pairs], float) for i in (0, 1))
        with np.errstate(invalid="ignore"):
            apart = np.where(np.isfinite(a) != np.isfinite(b), np.inf, np.nan_to_num(np.abs(a - b), nan=0.0))
        return [self.pairs[i][0].seed for i in np.argsort(-apart, kind="stable")]

    def further_seeds(self, roles, count: int) -> list[int]:
        """Return at which seeds further evidence is wanted: so many, or more.

        Among them are the one at which the sides ended furthest apart, and those that have runs of these roles.
        """
        done = {place.seed for place in self.children if place.role in roles and place.side == self.variant.label}
        wanted = {*self.by_distance[:1], *done}
        seeds = self.description.seeds
        others = (seed for seed in (*seeds, *range(max(seeds) + 1, max(seeds) + 1 + count)) if seed not in wanted)
        return [*wanted, *itertools.islice(others, max(0, count - len(wanted)))]

    def run(self, role: str, side: SideDescription, seed: int | None, copy: int = 0):
        """Return a run of a side; None if there is none that finished."""
        return self.children.get(Place(role, side.label, seed, copy))

    def runs(self, role: str, side: SideDescription, seed: int | None = None) -> list:
        """Return every run of a side in a role. seed: only those at it."""
        return [
            child
            for place, child in self.children.items()
            if place.role == role and place.side == side.label and seed in (None, place.seed)
        ]

    def weights(self, run, name: str) -> dict:
        """Return the weights that a run kept under a name such as ``final``: variable → array.

        Raises Gone if the artifact is not there any more.
        """
        path = f"{run.inside}weights/{name}.npz"
        return self._once((run.run_id, path), lambda: load(self.parent.artifact(run.run_id, path)))

    def checkpoints(self, run) -> tuple[dict, dict]:
        """Return step → weights of every checkpoint, the last at the end of training, and step → loss over all rows.

        Losses only where the run told them. Raises Gone as :meth:`weights` does.
        """
        return self._once((run.run_id, run.inside), lambda: _checkpoints(self.parent, run))

    def _once(self, key, read):
        if key not in self.fetched:
            self.fetched[key] = read()
        return self.fetched[key]


def events_of(parent, run) -> list[dict]:
    """Return what a run's job said of its seed. Raises Gone if that is not there any more."""
    every = read_events(parent.artifact(run.run_id, "events.jsonl").parent)
    return [event for event in every if event.get("seed", run.seed) == run.seed]


def load(path: Path) -> dict:
    """Return name → array of an .npz file."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _checkpoints(parent, run):
    folder = parent.artifact(run.run_id, f"{run.inside}weights")
    events = events_of(parent, run)
    begin = next(event for event in reversed(events) if event["event"] == "begin")
    which = begin.get("training")  # of a script's several trainings
    events = [event for event in events if event.get("training", which) == which]
    epochs = [event for event in events if event["event"] == "metrics"]
    steps = begin["steps"] or 1  # a loop of a script's own tells its updates as epochs
    updates = {event["epoch"]: event["epoch"] * steps for event in epochs}
    updates.update({event["epoch"]: event["updates"] for event in epochs if event.get("updates")})
    places = {}
    for path in folder.glob("*.npz"):
        kind, _, number = path.stem.partition("_")
        if kind in ("initial", "step", "epoch"):
            at = int(number or 0)
            places[updates.get(at, at * steps) if kind == "epoch" else at] = path
    places[updates[max(updates)] if updates else 0] = folder / "final.npz"
    losses = {event["step"]: finite(event["loss"]) for event in events if event["event"] == "step"}
    return {step: load(places[step]) for step in sorted(places)}, losses
