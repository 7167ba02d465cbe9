"""What a sweep trains: from its overrides to sides, seeds and jobs.

A *side* is one choice of the swept factors' values; the first value of each makes the baseline. Each side is trained
once a seed (role ``outcome``). Besides, for evidence beyond outcomes: its first seed again (``repeat``), once with
everything held that can be (``replay``), and for the baseline some such trainings whose initial weights were moved by
one unit in the last place (``floor``).
"""

import itertools
from dataclasses import dataclass

from src.config import NO_FACTORS, quoted
from src.config.errors import Mistake

COPIES = 3  # of the baseline, for the noise floor
STEPS = 20  # a replay keeps so many first steps
CHECKPOINTS = 40  # and then about so many epochs
SEED = "seed.value"


@dataclass(frozen=True)
class Side:
    """factors: (name, value) of every swept factor."""

    factors: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """``variant=tied_call, optimizer=sgd``; ``all`` where only seeds were swept."""
        return ", ".join(f"{name}={value}" for name, value in self.factors) or "all"

    @property
    def short(self) -> str:
        """``tied_call``, ``learning_rate=1.0``: a group's choice says enough, a setting's value needs its name."""
        told = (value if "." not in name else f"{name.rpartition('.')[2]}={value}" for name, value in self.factors)
        return ", ".join(told) or "all"


@dataclass(frozen=True)
class Planned:
    """One job: overrides compose its configuration."""

    role: str
    side: Side
    seed: int
    copy: int
    overrides: tuple[str, ...]

    @property
    def place(self) -> tuple:
        """What tells it from every other job of the sweep."""
        return self.role, self.side.label, self.seed, self.copy


@dataclass(frozen=True)
class Plan:
    """fixed: overrides that every job has. sides: the baseline first. seeds: in the order in which they are run."""

    fixed: tuple[str, ...]
    sides: tuple[Side, ...]
    seeds: tuple[int, ...]

    def outcomes(self, seeds) -> list[Planned]:
        """Every side at these seeds; seed after seed, so that a sweep cut short has whole pairs."""
        return [self._job("outcome", side, seed) for seed in seeds for side in self.sides]

    def evidence(self, asked: list[str], epochs: int) -> list[Planned]:
        """The jobs beyond outcomes; none where nothing is compared. asked: of ``repeat`` and ``replay``."""
        if len(self.sides) < 2:
            return []
        jobs, first = [], self.seeds[0]
        if "repeat" in asked:
            jobs += [self._job("repeat", side, first) for side in self.sides]
        if "replay" in asked:
            jobs += [self._job("replay", side, first, epochs=epochs) for side in self.sides]
            jobs += [self._job("floor", self.sides[0], first, copy, epochs) for copy in range(1, COPIES + 1)]
        return jobs

    def _job(self, role, side, seed, copy=0, epochs=None):
        words = [*self.fixed, *(f"{name}={value}" for name, value in side.factors)]
        if role in ("replay", "floor"):
            words = [word for word in words if not word.lstrip("+").startswith(("seed=", "seed."))]
            words += ["seed=shared", f"job.steps={STEPS}", f"job.weights_every={max(1, epochs // CHECKPOINTS)}"]
        if copy:
            words.append(f"seed.ulp_copy={copy}")
        words += [f"{SEED}={seed}", f"job.role={role}"]
        if side.factors:
            words.append(f"job.side={quoted(side.label)}")
        return Planned(role, side, seed, copy, tuple(words))


def _decides_nothing(name):
    """Whether a factor leaves every training as it is, or makes another question of it."""
    group, _, rest = name.lstrip("+").partition(".")
    measured = ("metric", "converged_below", "name", "variants", "cannot")
    return group in (*NO_FACTORS, "experiment") or (group == "scenario" and rest in ("", *measured))


def plan(overrides) -> Plan:
    """Make a plan of Hydra's parsed overrides, of which a later one replaces an earlier one of the same name.

    Raises Mistake for a kind of sweep that has no list of values, a value that is given twice, or a seed that is no
    whole number.
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
    factors = {name: found for name, found in values.items() if len(found) > 1}
    if idle := next((name for name in factors if _decides_nothing(name)), None):
        raise Mistake(
            f"{idle} is swept, which changes no training or asks several questions at once; allowed: what "
            f"a training depends on, as variant, framework or optimizer; the nearest valid choice is "
            f"{idle}={factors[idle][0]}."
        )
    seeds = [_seed(seed) for seed in seeds]
    for name, found in {SEED: seeds, **factors}.items():
        if twice := sorted({value for value in found if found.count(value) > 1}):
            once = ",".join(map(str, dict.fromkeys(found)))
            raise Mistake(
                f"{name} lists {twice[0]} twice; allowed: each value once; the nearest valid choice is {name}={once}."
            )
    fixed = tuple(f"{name}={found[0]}" for name, found in values.items() if len(found) == 1)
    sides = [tuple(zip(factors, chosen, strict=True)) for chosen in itertools.product(*factors.values())]
    return Plan(fixed, tuple(Side(side) for side in sides), tuple(seeds))


def _seed(text):
    try:
        return int(text)
    except ValueError:
        raise Mistake(
            f"{SEED} is {text!r}; allowed: whole numbers from 0, as in {SEED}=0,1,2; the nearest valid choice is 0."
        ) from None
