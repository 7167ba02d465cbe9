"""How often a search names the planted cause: a cheap objective with noise, 12 factors of which 1 to 3 matter.

    python -m benchmarks.search [TRIALS]         200 trials a cell unless said; about ten minutes on two cores

A shift is in seed-to-seed deviations. Four ways to search see the same objective and the same noise: ours;
one factor at a time, each on its own; every subset of up to three factors; and the package mlbisect, whose
``min_effect`` is one deviation and whose other settings are its defaults, but for a budget that is never the limit.
"right": the planted set and no other. "wrong": another set, or the word that it is none of them. The rest is ambiguous.
Runs are all that a search asks for, the ten seeds a side of the first sweep included.
"""

import itertools
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track

from src.search import cause
from src.search.sequential import Looks
from src.stats import decision as decide
from src.stats.similarity import BAD, GOOD

FACTORS = [f"factor_{i:02d}" for i in range(12)]
SEEDS = 10
SHIFTS = (1.0, 2.0, 4.0)
PLANTED = {  # how many factors, and the effect, in shifts, of having so many of them bad
    "one": (1, lambda bad: bad),
    "two, each adds its own": (2, lambda bad: bad),
    "two, only together": (2, lambda bad: bad == 2),
    "two, either suffices": (2, lambda bad: bad > 0),
    "three, only together": (3, lambda bad: bad == 3),
}
RIGHT, WRONG, AMBIGUOUS = "right", "wrong", "ambiguous"


class Objective:
    """outcome = effect of the planted factors that are bad + noise of deviation 1, its own for each run."""

    def __init__(self, planted: str, shift: float, trial: int):
        count, self._effect = PLANTED[planted]
        self._shift, self._trial, self.runs = shift, trial, 0
        self.planted = frozenset(np.random.default_rng([trial, 7]).choice(FACTORS, count, replace=False).tolist())
        self._asked = {}

    def at(self, bad: frozenset, count: int) -> np.ndarray:
        """Outcomes of the first ``count`` seeds where these factors are bad; none is counted twice."""
        self.runs += max(0, count - self._asked.get(bad, 0))
        self._asked[bad] = max(count, self._asked.get(bad, 0))
        draw = np.random.default_rng([self._trial, zlib.crc32(",".join(sorted(bad)).encode())]).normal(size=400)
        return draw[:count] + self._shift * float(self._effect(len(bad & self.planted)))


def ours(objective: Objective) -> str:
    """The search of src/search/cause.py."""
    looks = _looks(objective)
    return AMBIGUOUS if looks is None else _scored(cause.find(FACTORS, looks.test), objective)


def one_at_a_time(objective: Objective) -> str:
    """Every factor alone; the cause is whatever cures by itself."""
    looks = _looks(objective)
    if looks is None:
        return AMBIGUOUS
    found = {name for name in FACTORS if looks.test(frozenset([name]), False) == GOOD}
    return AMBIGUOUS if not found else RIGHT if found == objective.planted else WRONG


def exhaustive(objective: Objective) -> str:
    """Every subset of up to three, the smallest first: one that cures, and what it needs for company to provoke."""
    looks = _looks(objective)
    if looks is None:
        return AMBIGUOUS
    everything = frozenset(FACTORS)
    cure = next((mix for mix in _subsets(FACTORS) if looks.test(mix, False) == GOOD), None)
    if cure is None:
        return AMBIGUOUS
    company = frozenset()
    if looks.test(everything - cure, False) == GOOD:
        rest = [name for name in FACTORS if name not in cure]
        company = next((s for s in _subsets(rest) if looks.test(everything - cure - s, False) == BAD), frozenset())
    return RIGHT if cure | company == objective.planted else WRONG


def mlbisect(objective: Objective) -> str:
    """The package's own search and statistics."""
    from mlbisect.executors.base import RunResult
    from mlbisect.manifest import Manifest
    from mlbisect.search import find_culprits

    manifest = Manifest.model_validate(
        {
            "version": 1,
            "name": "planted",
            "metric": {"name": "loss", "direction": "lower_is_better", "min_effect": 1.0},
            "run": {"command": "none"},
            "axes": [{"name": name, "old": "good", "new": "bad"} for name in FACTORS],
            "budget": {"max_runs": 100_000},
        }
    )

    class Executor:
        def run(self, config, seed):
            metric = float(objective.at(config.axes, seed + 1)[seed])
            return RunResult(config=config.axes, seed=seed, metric=metric, ok=True, duration_s=0.0)

    found = find_culprits(Executor(), manifest)
    if found.status == "inconclusive":
        return AMBIGUOUS
    return RIGHT if frozenset().union(*found.culprit_sets) == objective.planted else WRONG


SEARCHES = {"ours": ours, "one at a time": one_at_a_time, "every subset": exhaustive, "mlbisect": mlbisect}


def trial(search: str, planted: str, shift: float, number: int) -> tuple[str, int]:
    """How one search of one objective ended, and the runs it took."""
    objective = Objective(planted, shift, number)
    return SEARCHES[search](objective), objective.runs


def main():
    """Print a row for each way to plant, size and search."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cells = [(s, p, shift) for p in PLANTED for shift in SHIFTS for s in SEARCHES]
    console = Console(width=160, highlight=False)
    print("| planted | shift | search | right | wrong | ambiguous | runs, median | 90 % |")
    print("|---" * 8 + "|")
    with ProcessPoolExecutor() as pool:
        for search, planted, shift in track(cells, console=Console(stderr=True)):
            arguments = zip(*itertools.product([search], [planted], [shift], range(trials)), strict=True)
            ends, runs = zip(*pool.map(trial, *arguments, chunksize=5), strict=True)
            shares = " | ".join(f"{100 * ends.count(end) / trials:.1f} %" for end in (RIGHT, WRONG, AMBIGUOUS))
            usual, most = np.quantile(runs, [0.5, 0.9])
            console.print(f"| {planted} | {shift:g} | {search} | {shares} | {usual:.0f} | {most:.0f} |")


def _looks(objective):
    """The sweep that comes first; None where its verdict is not that there is a difference."""
    good, bad = objective.at(frozenset(), SEEDS), objective.at(frozenset(FACTORS), SEEDS)
    found = decide.outcome(good, bad)
    if decide.verdict(found["p"], found["inside"], [], None) != "true_bug":
        return None
    everything = frozenset(FACTORS)
    return Looks(good, bad, len(FACTORS), lambda mix, n: objective.at(everything - mix, n), lambda *_: None)


def _scored(found, objective):
    if found.status == cause.AMBIGUOUS:
        return AMBIGUOUS
    return RIGHT if found.status == cause.FOUND and frozenset(found.cause) == objective.planted else WRONG


def _subsets(names):
    for size in range(1, 4):  # no more were planted; all sizes would take 4096 tests where none cures
        yield from map(frozenset, itertools.combinations(names, size))


if __name__ == "__main__":
    main()
