"""How often a search names the planted cause: a cheap objective with noise, 12 factors of which 1 to 3 matter.

    python -m benchmarks.search [TRIALS]         200 trials a cell unless said; hours on two cores
    python -m benchmarks.search TRIALS ours      ours alone; minutes
    python -m benchmarks.search TRIALS together  ours with as many seeds as an ensemble trains; minutes

A shift is in seed-to-seed deviations. Four ways to search see the same objective and the same noise: ours;
one factor at a time, each on its own; every subset of up to three factors; and the package mlbisect. Its ``min_effect``
and the range of its seeds are scanned on the plantings with a shift of 2 and of 4, and those are taken that are right
most often there; the rest are its defaults, but for a budget that is never the limit. "right": the planted set and no
other; where one factor carries 95 %, that factor. "wrong": another set, or the word that it is none of them. The rest
is ambiguous. Runs are all that a search asks for, the ten seeds a side of the first sweep included.
"""

import itertools
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from rich.console import Console
from rich.progress import track

from seedluck.search import cause
from seedluck.search.sequential import ALONE, TOGETHER, Looks, references
from seedluck.stats import decision, looks
from seedluck.stats.similarity import BAD, GOOD

FACTORS = [f"factor_{i:02d}" for i in range(12)]
SEEDS, TOGETHER_SEEDS = 10, 1000  # of the first sweep
NEAR = (0.3, 0.5, 1.0)  # shifts that many seeds tell
SHIFTS = (1.0, 2.0, 4.0)
MAIN = "one carries 95 %, two the rest"
PLANTED = {  # how many factors, and the effect, in shifts, of which of them are bad: an array of as many zeros and ones
    "one": (1, lambda bad: bad.sum()),
    "two, each adds its own": (2, lambda bad: bad.sum()),
    "two, only together": (2, lambda bad: bad.all()),
    "two, either suffices": (2, lambda bad: bad.any()),
    "three, only together": (3, lambda bad: bad.all()),
    MAIN: (3, lambda bad: bad @ [0.95, 0.025, 0.025]),
}
# Of mlbisect: the smallest effect that counts, in shifts, and the most runs a configuration; its baseline has as many.
SCANNED = list(itertools.product((0.25, 0.5, 0.75), (10, 20, 40)))
OF_SHARES = range(1000, 3000)  # trials of how large the share of a cause is
SCAN_TRIALS = 20  # of every planting
RIGHT, WRONG, AMBIGUOUS = "right", "wrong", "ambiguous"


class Objective:
    """outcome = effect of the planted factors that are bad + noise of deviation 1, its own for each run."""

    def __init__(self, planted: str, shift: float, trial: int):
        count, self._effect = PLANTED[planted]
        self.shift, self._trial, self.runs = shift, trial, 0
        self._planted = np.random.default_rng([trial, 7]).choice(FACTORS, count, replace=False).tolist()
        self.cause = frozenset(self._planted[:1] if planted == MAIN else self._planted)
        self._asked = {}

    def at(self, bad: frozenset, count: int) -> np.ndarray:
        """Outcomes of the first ``count`` seeds where these factors are bad; none is counted twice."""
        self.runs += max(0, count - self._asked.get(bad, 0))
        self._asked[bad] = max(count, self._asked.get(bad, 0))
        draw = np.random.default_rng([self._trial, zlib.crc32(",".join(sorted(bad)).encode())]).normal(size=1000)
        return draw[:count] + self.shift * float(self._effect(np.isin(self._planted, [*bad])))


def ours(objective: Objective) -> str:
    """The search of search/cause.py."""
    return measured(objective, _looks(objective))[0]


def together(objective: Objective) -> str:
    """The same with as many seeds as an ensemble trains, and a margin of a tenth of the shift."""
    return measured(objective, _looks(objective, TOGETHER_SEEDS, 0.1 * objective.shift, TOGETHER))[0]


def measured(objective: Objective, tests: Looks | None) -> tuple[str, dict | None]:
    """The same, and what was seen with the cause exchanged; None if none was found. tests: of an objective."""
    if tests is None:
        return AMBIGUOUS, None
    answer = cause.find(FACTORS, tests.test, mostly_there=tests.mostly_there)
    if answer.status == cause.AMBIGUOUS:
        return AMBIGUOUS, None
    right = answer.status == cause.FOUND and frozenset(answer.cause) == objective.cause
    return RIGHT if right else WRONG, tests.tests.get(frozenset(answer.cure))


def one_at_a_time(objective: Objective) -> str:
    """Every factor alone; the cause is whatever cures by itself."""
    tests = _looks(objective)
    if tests is None:
        return AMBIGUOUS
    found = {name for name in FACTORS if tests.test(frozenset([name]), False) == GOOD}
    return AMBIGUOUS if not found else RIGHT if found == objective.cause else WRONG


def exhaustive(objective: Objective) -> str:
    """Every subset of up to three, the smallest first: one that cures, and what it needs for company to provoke."""
    tests = _looks(objective)
    if tests is None:
        return AMBIGUOUS
    everything = frozenset(FACTORS)
    cure = next((mix for mix in _subsets(FACTORS) if tests.test(mix, False) == GOOD), None)
    if cure is None:
        return AMBIGUOUS
    company = frozenset()
    if tests.test(everything - cure, False) == GOOD:
        rest = [name for name in FACTORS if name not in cure]
        company = next((s for s in _subsets(rest) if tests.test(everything - cure - s, False) == BAD), frozenset())
    return RIGHT if cure | company == objective.cause else WRONG


def mlbisect(objective: Objective, min_effect: float, most: int) -> str:
    """The package's own search and statistics. min_effect: in shifts. most: runs a configuration, the baseline too."""
    from mlbisect.executors.base import RunResult
    from mlbisect.manifest import Manifest
    from mlbisect.search import find_culprits

    smallest = min_effect * objective.shift
    manifest = Manifest.model_validate(
        {
            "version": 1,
            "name": "planted",
            "metric": {"name": "loss", "direction": "lower_is_better", "min_effect": smallest},
            "run": {"command": "none"},
            "axes": [{"name": name, "old": "good", "new": "bad"} for name in FACTORS],
            "budget": {"max_runs": 100_000, "max_runs_per_config": most, "baseline_runs": most},
        }
    )

    class Executor:
        def run(self, config, seed):
            metric = float(objective.at(config.axes, seed + 1)[seed])
            return RunResult(config=config.axes, seed=seed, metric=metric, ok=True, duration_s=0.0)

    found = find_culprits(Executor(), manifest)
    if found.status == "inconclusive":
        return AMBIGUOUS
    return RIGHT if frozenset().union(*found.culprit_sets) == objective.cause else WRONG


SEARCHES = {"ours": ours, "one at a time": one_at_a_time, "every subset": exhaustive}


def trial(search, planted: str, shift: float, number: int) -> tuple[str, int]:
    """How one search, a function of an objective, ended on one, and the runs it took."""
    objective = Objective(planted, shift, number)
    return search(objective), objective.runs


def shares(shift: float, number: int) -> tuple[bool, bool, bool] | None:
    """Of the main cause of 95 %: whether it was named, its share within 10 points, and the truth in its interval.

    None where the search came to nothing.
    """
    objective = Objective(MAIN, shift, number)
    end, seen = measured(objective, _looks(objective))
    if end == AMBIGUOUS:
        return None
    if end == WRONG or seen is None:
        return False, False, False
    low, high = seen["share_interval"]
    return True, abs(seen["share"] - 0.95) <= 0.1, low <= 0.95 <= high


def main():
    """Print a row for each way to plant, size and search."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    console = Console(width=160, highlight=False)
    with ProcessPoolExecutor() as pool:
        searches, shifts = {"ours": ours}, SHIFTS
        if "together" in sys.argv[2:]:
            searches, shifts = {"together": together}, NEAR
        elif "ours" not in sys.argv[2:]:
            settings = _best_of_mlbisect(pool)
            named = f"mlbisect, min_effect {settings[0]:g} shifts, {settings[1]} runs a configuration"
            searches = {**SEARCHES, named: partial(mlbisect, min_effect=settings[0], most=settings[1])}
        cells = [(name, p, shift) for p in PLANTED for shift in shifts for name in searches]
        print("| planted | shift | search | right | wrong | ambiguous | runs, median | 90 % |")
        print("|---" * 8 + "|")
        for name, planted, shift in track(cells, console=Console(stderr=True)):
            ends, runs = _trials(pool, searches[name], planted, shift, range(trials))
            parts = " | ".join(f"{100 * ends.count(end) / trials:.1f} %" for end in (RIGHT, WRONG, AMBIGUOUS))
            usual, most = np.quantile(runs, [0.5, 0.9])
            console.print(f"| {planted} | {shift:g} | {name} | {parts} | {usual:.0f} | {most:.0f} |")
        if "together" in searches:
            return
        print("\n| shift | found something | main cause named | share within 10 points | interval covers 95 % |")
        print("|---" * 5 + "|")
        for shift in SHIFTS:
            ended = [told for told in pool.map(partial(shares, shift), OF_SHARES, chunksize=20) if told]
            parts = " | ".join(f"{100 * np.mean(part):.1f} %" for part in zip(*ended, strict=True))
            print(f"| {shift:g} | {len(ended)} of {len(OF_SHARES)} | {parts} |")


def _best_of_mlbisect(pool):
    """The settings of SCANNED with which it is right most often, over every planting at shifts of 2 and 4."""
    right = {}
    for min_effect, most in SCANNED:
        search, numbers = partial(mlbisect, min_effect=min_effect, most=most), range(10_000, 10_000 + SCAN_TRIALS)
        ends = [_trials(pool, search, planted, shift, numbers)[0] for planted in PLANTED for shift in (2.0, 4.0)]
        right[min_effect, most] = sum(end.count(RIGHT) for end in ends)
    return max(right, key=right.get)


def _trials(pool, search, planted, shift, numbers):
    told = pool.map(partial(trial, search, planted, shift), numbers, chunksize=5)
    return tuple(zip(*told, strict=True))


def _looks(objective, seeds=SEEDS, margin=None, taken=ALONE):
    """The sweep that comes first; None where its verdict is not that there is a difference."""
    everything, level = frozenset(FACTORS), decision.LEVEL * looks.share(1, 1)
    good, bad = objective.at(frozenset(), seeds), objective.at(everything, seeds)
    seen = decision.outcome(good, bad, margin=margin, level=level)
    if decision.verdict(seen, seen["p"], [], None, level=level) != decision.TRUE_BUG:
        return None
    more = max(seeds, references(good, bad, taken))
    good, bad = objective.at(frozenset(), more), objective.at(everything, more)
    observe = partial(_observed, objective, everything)
    return Looks(good, bad, len(FACTORS), observe, lambda *_: None, taken=taken)


def _observed(objective, everything, mix, count):
    return objective.at(everything - mix, count)


def _subsets(names):
    for size in range(1, 4):  # no more were planted; all sizes would take 4096 tests where none cures
        yield from map(frozenset, itertools.combinations(names, size))


if __name__ == "__main__":
    main()
