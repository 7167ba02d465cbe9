"""What a sweep trains: from its overrides to sides, seeds and jobs.

A *side* is one choice of the swept factors' values; the first value of each makes the baseline. Each side is trained
once a seed (role ``outcome``). Besides come the trainings that each kind of evidence asks for, evidence/kinds.py.
"""

import hashlib
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from seedluck.basics.errors import Mistake
from seedluck.config import NO_FACTORS, quoted
from seedluck.config.composition import SEED
from seedluck.config.place import OUTCOME, Place
from seedluck.evidence.kinds import own_role
from seedluck.stats.decision import DIFFERENT, SAME

FREE = ("optimizer", "scenario")  # groups whose settings may well make a difference; others ought not to
OUGHT_TO_AGREE = ("scenario.script", "scenario.env")  # of these groups, what ought not to all the same
OF_THE_SEED = ("seed=", "seed.")  # overrides that a training with a seed group of its own does without


LONGEST_LABEL, LONGEST_SHORT = 2000, 200  # characters: what a tag of MLflow's surely holds, and what people read


def _cut(text, longest):
    """A text, or of a long one the beginning and what tells it from others with that beginning."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - 12]}... {hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Side:
    """factors: (name, value) of every swept factor."""

    factors: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """``variant=tied_call, optimizer=sgd``; ``all`` where only seeds were swept."""
        return _cut(", ".join(f"{name}={value}" for name, value in self.factors), LONGEST_LABEL) or "all"

    @property
    def short(self) -> str:
        """``tied_call``, ``learning_rate=1.0``: a group's choice says enough, a setting's value needs its name."""
        return _cut(", ".join(_said(name, value) for name, value in self.factors), LONGEST_SHORT) or "all"


@dataclass(frozen=True)
class Planned:
    """One training of the plan. overrides: they determine its whole configuration except the number of its seed.

    starts_as: the place of the training whose initial weights it takes over, which therefore comes first; or None.
    """

    role: str
    side: Side
    seed: int
    copy: int
    overrides: tuple[str, ...]
    starts_as: Place | None = None

    @property
    def place(self) -> Place:
        """What tells it from every other training of the sweep."""
        return Place(self.role, self.side.label, self.seed, self.copy)


@dataclass(frozen=True)
class Plan:
    """fixed: overrides that every job has. sides: the baseline first. seeds: in the order in which they are run."""

    fixed: tuple[str, ...]
    sides: tuple[Side, ...]
    seeds: tuple[int, ...]

    def words(self, side: Side) -> list[str]:
        """Return the overrides of a side, without those of its seed's number."""
        return [*self.fixed, *(f"{name}={value}" for name, value in side.factors)]

    def outcomes(self, seeds) -> list[Planned]:
        """Return every side at these seeds; seed after seed, so that a sweep cut short has whole pairs."""
        return [Planned(OUTCOME, side, seed, 0, tuple(self.words(side))) for seed in seeds for side in self.sides]

    def evidence(self, kinds: dict, epochs: int, together=()) -> list[Planned]:
        """Return the trainings beyond outcomes, at the first seed; none where nothing is compared.

        kinds: name → module of evidence/kinds.py. epochs: of the scenario. together: sides whose jobs take several
        seeds, of which a training that must be the same job takes all.
        """
        asked = trainings(kinds, epochs) if len(self.sides) > 1 else []
        asked = [training for training in asked if not training.without and not training.own_start]
        return [
            self._training(training, side, seed)
            for training in asked
            for side in self._of(training)
            for seed in (self.seeds if training.whole and side in together else self.seeds[:1])
        ]

    def without(self, kinds: dict, epochs: int, runs: dict) -> list[Planned]:
        """Return the trainings, at the first seed, in which layers draw nothing whose draws could not be held.

        runs: place → Child, of what has finished. Only of sides that draw in another way than the
        baseline, as in another package or runtime, and of the baseline with them.
        """
        planned = {}
        for training in trainings(kinds, epochs):
            places = [Place(training.without, side.label, self.seeds[0], 0) for side in self.sides]
            if not training.without or places[0] not in runs:
                continue
            for place, side in zip(places[1:], self.sides[1:], strict=True):
                baseline, variant = runs[places[0]], runs.get(place)
                if variant is None or baseline.draws_as(variant):
                    continue
                if baseline.layers_not_held or variant.layers_not_held:
                    planned[self._inactive(training, self.sides[0], baseline)] = None
                    planned[self._inactive(training, side, variant)] = None
        return list(planned)

    def _inactive(self, training, side, run):
        planned = self._training(training, side, self.seeds[0])
        names = ",".join(quoted(layer) for layer in run.layers_not_held)
        return replace(planned, overrides=(*planned.overrides, f"seed.inactive=[{names}]"))

    def further(self, kinds: dict, epochs: int, seeds: dict[str, list[int]]) -> list[Planned]:
        """Return the trainings that kinds of evidence ask for at further seeds, each once.

        kinds: those that ask, name → module. seeds: label of a side → the seeds at which it is compared.
        """
        asked = [training for training in trainings(kinds, epochs) if training.further]
        wanted = {
            self._training(training, side, seed): None
            for training in asked
            for label, of_side in seeds.items()
            for seed in of_side
            for side in self._of(training)
            if side.label in (label, self.sides[0].label)
        }
        return list(wanted)

    def from_own_starts(self, kinds: dict, epochs: int, wanted: dict[str, list[tuple[int, int]]]) -> list[Planned]:
        """Return the trainings of seeds that failed, each on both sides from the start that it had where it failed.

        wanted: label of a side → (seed, on which side it failed: 0 the baseline, 1 that side).
        """
        labels = {side.label: side for side in self.sides}
        planned = {}
        for training in trainings(kinds, epochs):
            for label, seeds in wanted.items() if training.own_start else ():
                sides = (self.sides[0], labels[label])
                for seed, failed_on in seeds:
                    start = Place(OUTCOME, sides[failed_on].label, seed)
                    role = own_role(training.role, failed_on)
                    for side in sides:
                        overrides = (*self.words(side), *training.overrides)
                        planned[Planned(role, side, seed, training.copy, overrides, start)] = None
        return list(planned)

    def follow(self, training, side: Side) -> Planned:
        """Return a training that follows a side's replay, at the first seed, and begins with its initial weights."""
        words = [word for word in self.words(side) if group(word) not in training.instead]
        start = Place("replay", side.label, self.seeds[0], 0)
        overrides = (*words, *training.overrides)
        return Planned(training.role, side, self.seeds[0], training.copy, overrides, start)

    def expected(self, side: Side) -> str:
        """Return ``different`` if a side has another value than the baseline of a setting that may well matter."""
        names = [
            name
            for (name, value), (_, other) in zip(side.factors, self.sides[0].factors, strict=True)
            if value != other
        ]
        return expected(names)

    def _of(self, training):
        return self.sides if training.every_side else self.sides[:1]

    def _training(self, training, side, seed):
        words = self.words(side)
        if any(word.startswith(OF_THE_SEED) for word in training.overrides):
            words = [word for word in words if not word.lstrip("+").startswith(OF_THE_SEED)]
        first = Place(training.same_start, self.sides[0].label, seed, 0) if training.same_start else None
        planned = Planned(training.role, side, seed, training.copy, (*words, *training.overrides), first)
        return replace(planned, starts_as=None) if planned.place == first else planned


def trainings(kinds: dict, epochs: int) -> list:
    """Return every Training that kinds of evidence need, name → module; epochs: of the scenario."""
    return [needed for kind in kinds.values() if hasattr(kind, "trainings") for needed in kind.trainings(epochs)]


def expected(names) -> str:
    """Return what is expected of two sides that differ in settings of these names: ``same`` or ``different``.

    A variant, path, package, runtime, device or script ought not to matter; an optimizer's or a scenario's setting may.
    """
    return DIFFERENT if any(_may_matter(name.lstrip("+~")) for name in names) else SAME


def _may_matter(name):
    return name.partition(".")[0] in FREE and not name.startswith(OUGHT_TO_AGREE)


def group(word: str) -> str:
    """Return the group that an override belongs to: ``framework`` of ``framework.shuffle=none``."""
    return re.split(r"[./@=]", word.lstrip("+~"), maxsplit=1)[0]


def _said(name, value):
    if name == "scenario.script":
        return value.strip("'\"").rpartition("/")[2]
    return value if "." not in name else f"{name.rpartition('.')[2]}={value}"


def _decides_nothing(name):
    """Whether a factor leaves every training as it is, or makes another question of it."""
    group, _, rest = name.lstrip("+").partition(".")
    measured = ("metric", "better", "converged_below", "converged_above", "name", "variants", "cannot")
    return group in (*NO_FACTORS, "experiment") or (group == "scenario" and rest in ("", *measured))


def plan(overrides) -> Plan:
    """Return the plan for overrides that Hydra has parsed; of two with the same name the later one counts.

    Raises Mistake if a sweep is an interval or lists no value, if a value is listed twice, if a seed is not a whole
    number, or if a swept setting changes no training.
    """
    values = {}
    for override in overrides:
        name = override.get_key_element()
        if override.is_sweep_override():
            if not override.is_discrete_sweep():
                raise Mistake(
                    f"{override.input_line!r} is an interval; allowed: values, as in {name}=1,2 or {name}=range(3); "
                    f"the nearest valid choice is {name}=0,1."
                )
            try:
                values[name] = list(override.sweep_string_iterator())
            except ValueError:  # range() with a step of 0
                values[name] = []
            if not values[name]:
                raise Mistake(
                    f"{override.input_line!r} lists no value; allowed: one or more, as in {name}=1,2 or "
                    f"{name}=range(3); the nearest valid choice is {name}=0."
                )
        else:
            values[name] = [override.get_value_element_as_str()]
    seeds = values.pop(SEED, ["0"])
    factors = {name: chosen_values for name, chosen_values in values.items() if len(chosen_values) > 1}
    if idle := next((name for name in factors if _decides_nothing(name)), None):
        raise Mistake(
            f"{idle} is swept, which changes no training or asks several questions at once; allowed: what "
            f"a training depends on, as variant, framework or optimizer; the nearest valid choice is "
            f"{idle}={factors[idle][0]}."
        )
    seeds = [_seed(seed) for seed in seeds]
    for name, chosen_values in {SEED: seeds, **factors}.items():
        if twice := sorted(value for value, count in Counter(chosen_values).items() if count > 1):
            once = ",".join(map(str, dict.fromkeys(chosen_values)))
            raise Mistake(
                f"{name} lists {twice[0]} twice; allowed: each value once; the nearest valid choice is {name}={once}."
            )
    fixed = tuple(f"{name}={chosen_values[0]}" for name, chosen_values in values.items() if len(chosen_values) == 1)
    sides = [tuple(zip(factors, chosen, strict=True)) for chosen in itertools.product(*factors.values())]
    return Plan(fixed, tuple(Side(side) for side in sides), tuple(seeds))


def _seed(text):
    try:
        return int(text)
    except ValueError:
        raise Mistake(
            f"{SEED} is {text!r}; allowed: whole numbers from 0, as in {SEED}=0,1,2; the nearest valid choice is 0."
        ) from None
