"""How often a verdict is wrong: simulated sweeps whose truth is known, and real sweeps of the same thing twice.

    python -m benchmarks.calibration            simulated, 2000 sweeps a cell; about half an hour on two cores
    python -m benchmarks.calibration ensembles  real: the same with 2000 seeds of every scenario that JAX can train
    python -m benchmarks.calibration failures   simulated: failing seeds, replays, few seeds, rounds
    python -m benchmarks.calibration intervals  simulated: how often what is said of a number comes true
    python -m benchmarks.calibration real       real: trains 60 seeds of three scenarios, then deals them out 2000 times

Shifts are in true seed-to-seed deviations. Outcomes alone decide: no invariant, no replay. Every sweep is judged once
more with its sides swapped; a verdict that is not the mirrored one ends the program. Percentages have a 95 % interval
(Wilson 1927). Cells in which nothing differs and most is called real are simulated again with 20 000 sweeps.
"""

import csv
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy import stats

from seedluck.stats import decision, looks, power
from seedluck.stats.estimates import mean_interval, shift_interval

SWEEPS, AGAIN, WORST = 2000, 20_000, 3
SEEDS = (3, 5, 10, 20, 50)
CORRELATIONS = (0.0, 0.5, 0.9)
SHIFTS = (0.0, 1.0, 2.0, 4.0)
ROUNDS, RESUMED = tuple(range(5, 51, 5)), (5, 10, 20, 50)  # seeds at each look
KINDS = {
    "normal": (stats.norm().ppf, 1.0),
    "heavy-tailed, t(3)": (stats.t(3).ppf, np.sqrt(3)),
    "skewed, lognormal": (lambda u: np.exp(stats.norm.ppf(u)), np.sqrt((np.e - 1) * np.e)),
    "skewed, exponential": (stats.expon().ppf, 1.0),
    "bimodal, 10 % diverged": (None, np.sqrt(1 + 36 * 0.24)),
}
TROUBLES = {  # what may be amiss with the variant where its location is not
    "a tenth of its seeds ends 20 deviations worse": lambda b, g: np.where(g.random(len(b)) < 0.1, b + 20, b),
    "15 % of its seeds diverge": lambda b, g: np.where(g.random(len(b)) < 0.15, np.nan, b),
    "its seeds spread twice as far": lambda b, g: 2 * b,
    "its seeds spread three times as far": lambda b, g: 3 * b,
}
REAL = {
    "tied_ae, tied_call": ["scenario=tied_ae", "variant=tied_call"],
    "gpd, custom_loop": ["scenario=gpd", "framework=custom_loop"],
    "ewma_rnn, keras on tf1_13": ["scenario=ewma_rnn", "framework=keras", "runtime=tf1_13", "scenario.epochs=1"],
}
ENSEMBLES = {  # smaller where a thousand seeds would take minutes
    "tied_ae": [],
    "gpd": ["scenario.epochs=100"],
    "embedding": ["scenario.epochs=20"],
    "ewma_rnn": [],
    "input_shape": ["scenario.settings.rows=300", "scenario.settings.window=20", "scenario.epochs=3"],
    "accumulation": [],
    "averaging": [],
    "adadelta": [],
    "tokens": [],
    "rows_that_count": [],
    "channels_first": [],
}
CALLED_REAL = (decision.TRUE_BUG, decision.REAL, decision.BENIGN)


def draw(kind: str, seeds: int, correlation: float, shift: float, generator) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes of two sides, shape (seeds,) each, paired by a Gaussian copula; shift in true deviations."""
    common = np.sqrt(correlation) * generator.normal(size=(seeds, 1))
    u = stats.norm.cdf(common + np.sqrt(1 - correlation) * generator.normal(size=(seeds, 2)))
    quantile, deviation = KINDS[kind]
    if quantile is None:  # two modes, 40 % at -3 and 60 % at 3; either side of a pair may diverge by itself
        x = np.where(u < 0.4, -3.0, 3.0) + generator.normal(size=u.shape)
        x = np.where(generator.random(u.shape) < 0.1, np.nan, x)
    else:
        x = quantile(u)
    return x[:, 0], x[:, 1] + shift * deviation


def judge(a, b, same_start: bool, margin=None, shares=(1.0, 1.0), doubt=decision.DOUBT, replay=None) -> str:
    """Return the verdict on outcomes alone; raises AssertionError if it is another with the sides swapped.

    a, b: shape (seeds of each side,). shares: of the levels of "real" and of "within the margin". replay: what one
    shows, as of evidence/replay.py.
    """
    verdicts, directions = [], []
    level, inside = decision.LEVEL * shares[0], decision.INSIDE * shares[1]
    for sides in ((a, b), (b, a)):
        seen = decision.outcome(*sides, same_start, margin, level, inside, doubt)
        verdicts.append(decision.verdict(seen, seen["p"], [], replay, level=level))
        directions.append(decision.direction(seen))
    turned = {"better": "worse", "worse": "better", None: None}
    if verdicts[0] != verdicts[1] or directions[0] != turned[directions[1]]:
        raise AssertionError(f"swapped, {verdicts} {directions}: {a.tolist()}, {b.tolist()}")
    return verdicts[0]


def sweep(generator, kind, sizes, correlation=0.0, shift=0.0, trouble=None, margin=None, planned=None):
    """Return the verdict on one simulated sweep, and the seeds it took.

    sizes: seeds a side at each look; the first decision stands. planned: how many looks were planned; None: all, as in
    a sweep in rounds.
    """
    a, b = draw(kind, sizes[-1], correlation, shift, generator)
    if trouble:
        b = TROUBLES[trouble](b, generator)
    for look, seeds in enumerate(sizes, start=1):
        doubt = decision.DOUBT if planned or len(sizes) == 1 else looks.doubt(decision.DOUBT, seeds, sizes[-1])
        shares = shares_at(sizes[:look], planned or len(sizes))
        said = judge(a[:seeds], b[:seeds], correlation > 0, margin, shares, doubt)
        if said != decision.INCONCLUSIVE:
            break
    return said, seeds


def shares_at(sizes, planned: int) -> tuple[float, float]:
    """Return the shares of both levels at the last of these looks, of so many seeds a side."""
    taken = [(seeds, True) for seeds in sizes]
    numbers = (
        looks.number(taken, planned, lambda seeds: looks.can_tell(seeds, decision.LEVEL)),
        looks.number(taken, planned, lambda seeds: looks.can_be_luck(seeds, decision.RATES_APART)),
    )
    return tuple(looks.share(number, planned) for number in numbers)


def cell(kind: str, sizes, sweeps: int = SWEEPS, **how) -> dict:
    """Return the share of sweeps that end in each verdict; ``real``: in any that says so; ``seeds``: the mean taken."""
    generator = np.random.default_rng([len(kind), *sizes, *map(ord, str(sorted(how.items())))])
    counts, used = dict.fromkeys(decision.VERDICTS, 0), 0
    for _ in range(sweeps):
        said, seeds = sweep(generator, kind, sizes, **how)
        counts[said] += 1
        used += seeds
    shares = {name: count / sweeps for name, count in counts.items()}
    real = sum(shares[name] for name in CALLED_REAL)
    return {**shares, "real": real, "seeds": used / sweeps, "sweeps": sweeps}


def coverage(seeds: int, correlation: float, sweeps: int = SWEEPS) -> dict:
    """Return how often 95 % intervals of the shift and of the difference of means cover the truth; normal outcomes."""
    generator, covered = np.random.default_rng(seeds), {"shift": 0, "mean": 0}
    for _ in range(sweeps):
        a, b = draw("normal", seeds, correlation, 1.0, generator)
        for name, interval in (("shift", shift_interval), ("mean", mean_interval)):
            low, high = interval(a, b, correlation > 0)
            covered[name] += low <= 1.0 <= high
    return {name: count / sweeps for name, count in covered.items()}


def asked_for(seeds: int, shift: float, sweeps: int = SWEEPS) -> list[float]:
    """Return 5 %, 50 % and 95 % quantiles of the number of seeds that an open normal sweep says would decide."""
    generator, numbers = np.random.default_rng(seeds), []
    while len(numbers) < sweeps:
        seen = decision.outcome(*draw("normal", seeds, 0.0, shift, generator))
        if decision.verdict(seen, seen["p"], [], None) == decision.INCONCLUSIVE:
            of_seen = (seen["shift"], seen["error"], seeds, seen["margin"], decision.LEVEL, decision.INSIDE)
            numbers.append(power.seeds_to_decide(*of_seen, estimated=True) or np.inf)
    return np.quantile(numbers, [0.05, 0.5, 0.95]).tolist()


def dealt(outcomes: np.ndarray, seeds: int, sweeps: int = SWEEPS) -> dict:
    """Return the share of verdicts where both sides are drawn from the same real outcomes, without replacement."""
    generator = np.random.default_rng(seeds)
    counts = dict.fromkeys(decision.VERDICTS, 0)
    for _ in range(sweeps):
        both = generator.permutation(outcomes)[: 2 * seeds]
        counts[judge(both[:seeds], both[seeds:], False)] += 1
    shares = {name: count / sweeps for name, count in counts.items()}
    return {**shares, "real": sum(shares[name] for name in CALLED_REAL)}


def said(share: float, sweeps: int = SWEEPS) -> str:
    """Return a percentage and its interval."""
    interval = stats.binomtest(round(share * sweeps), sweeps).proportion_ci(method="wilson")
    return f"{100 * share:.2f} % ({100 * interval.low:.2f} to {100 * interval.high:.2f})"


def simulated():
    """Print the tables of simulated sweeps, as Markdown."""
    asked = {}
    for kind in KINDS:
        for r in CORRELATIONS:
            for n in SEEDS:
                for s in SHIFTS if r != 0.5 else (0.0,):
                    asked["one look", kind, r, n, s] = partial(cell, kind, (n,), planned=1, correlation=r, shift=s)
            asked["resumed", kind, r] = partial(cell, kind, RESUMED, planned=1, correlation=r)
            asked["margin 0", kind, r] = partial(cell, kind, (10,), planned=1, correlation=r, margin=0.0)
            for s in (0.0, 2.0, 4.0) if r != 0.5 else ():
                asked["rounds", kind, r, s] = partial(cell, kind, ROUNDS, correlation=r, shift=s)
    for trouble in TROUBLES:
        for n in (20, 50):
            asked["trouble", trouble, n] = partial(cell, "normal", (n,), planned=1, trouble=trouble)
    with ProcessPoolExecutor() as pool:
        done = run_all(pool, asked)
        worst = [name for name in asked if name[0] in ("resumed", "margin 0") or name[-1] == 0.0]
        worst = sorted(worst, key=lambda name: -done[name]["real"])[:WORST]
        again = run_all(pool, {name: partial(asked[name], sweeps=AGAIN) for name in worst})
        covers = run_all(pool, {(n, r): partial(coverage, n, r) for n in (5, 10, 20) for r in (0.0, 0.9)})
        numbers = run_all(pool, {s: partial(asked_for, 10, s) for s in (0.0, 0.5, 1.0)})
    table(
        "outcomes", "correlation", "seeds", "0: real", "0: luck", "1: real", "1: luck", "2: real", "2: luck", "4: real"
    )
    for kind in KINDS:
        for r in CORRELATIONS:
            for n in SEEDS:
                row = [done["one look", kind, r, n, s] for s in SHIFTS if ("one look", kind, r, n, s) in done]
                shares = [part[key] for part in row for key in ("real", decision.LUCK)][: 2 * len(SHIFTS) - 1]
                told = [f"{100 * share:.2f} %" for share in shares[1:]] + ["-"] * (2 * len(SHIFTS) - 1 - len(shares))
                table_row(kind, r, n, said(shares[0]), *told)
    table(
        "in rounds of 5, until decided", "correlation", "0: real", "0: luck", "2: real", "2: luck", "4: real", "seeds"
    )
    for kind in KINDS:
        for r in (0.0, 0.9):
            row = [done["rounds", kind, r, s] for s in (0.0, 2.0, 4.0)]
            shares = [part[key] for part in row for key in ("real", decision.LUCK)][:-1]
            used = ", ".join(f"{part['seeds']:.0f}" for part in row)
            table_row(kind, r, said(shares[0]), *(f"{100 * share:.2f} %" for share in shares[1:]), used)
    table("nothing differs", "correlation", "resumed at 5, 10, 20, 50 seeds: real", "10 seeds, margin 0: real")
    for kind in KINDS:
        for r in CORRELATIONS:
            table_row(kind, r, *(said(done[how, kind, r]["real"]) for how in ("resumed", "margin 0")))
    table("the worst cells again", "2000 sweeps", "20 000 sweeps")
    for name in worst:
        table_row(", ".join(map(str, name)), said(done[name]["real"]), said(again[name]["real"], AGAIN))
    table("normal outcomes of the variant, but", "seeds", "luck", "real")
    for trouble in TROUBLES:
        for n in (20, 50):
            part = done["trouble", trouble, n]
            table_row(trouble, n, said(part[decision.LUCK]), said(part["real"]))
    table("95 % intervals, normal", "correlation", "of the shift cover", "of the difference of means cover")
    for (n, r), part in covers.items():
        table_row(f"{n} seeds", r, said(part["shift"]), said(part["mean"]))
    table("normal, open at 10 seeds; true shift", "seeds asked for: 5 %", "median", "95 %")
    for s, quantiles in numbers.items():
        table_row(s, *(f"{number:.0f}" for number in quantiles))


def run_all(pool, asked: dict) -> dict:
    """Return name → result of functions without arguments, name → function, as they are done side by side."""
    run = {name: pool.submit(what) for name, what in asked.items()}
    return {name: one.result() for name, one in track(run.items(), "sweeps", console=Console(stderr=True))}


def table(*names):
    """Print the head of a table, as Markdown."""
    print()
    table_row(*names)
    print("|---" * len(names) + "|")


def table_row(*parts):
    """Print a row of a table, as Markdown."""
    print("| " + " | ".join(map(str, parts)) + " |", flush=True)


def real(trained=None, seeds=60, sizes=((5, SWEEPS), (10, SWEEPS), (20, SWEEPS), (30, SWEEPS))):
    """Train, deal out and print, as Markdown. trained: name → overrides. sizes: seeds a side, and how often dealt."""
    table("trained", "seeds a side", "real", "a bug", "luck")
    for name, overrides in (trained or REAL).items():
        with tempfile.TemporaryDirectory() as folder:
            place = [f"hydra.sweep.dir={folder}", f"tracking.uri=sqlite:///{folder}/mlflow.db"]
            place += [f"tracking.artifacts={folder}/artifacts", f"seed.value=range({seeds})"]
            command = [sys.executable, "-m", "src.run", "-m", *overrides, *place]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(Path(folder) / "verdict" / "runs.csv") as file:
                rows = list(csv.DictReader(file))
        outcomes = np.array([float(row["outcome"] or "nan") for row in rows])
        bad = int(np.isnan(outcomes).sum())
        for size, sweeps in sizes:
            part = dealt(outcomes, size, sweeps)
            shown = f"{name} ({bad} of {len(outcomes)} diverged)"
            shares = (part["real"], part[decision.TRUE_BUG], part[decision.LUCK])
            table_row(shown, size, *(said(share, sweeps) for share in shares))


def ensembles():
    """The same with 2000 seeds of every scenario that JAX can train."""
    together = ["framework=ensemble", "runtime=keras_jax"]
    trained = {name: [f"scenario={name}", *words, *together] for name, words in ENSEMBLES.items()}
    real(trained, 2000, ((5, SWEEPS), (30, SWEEPS), (100, SWEEPS), (1000, SWEEPS // 2)))


def main(verb: str):
    """Print the tables that were asked for."""
    from benchmarks import calibration_failures, calibration_intervals

    verbs = {"real": real, "ensembles": ensembles}
    verbs.update(failures=calibration_failures.failures, intervals=calibration_intervals.intervals)
    verbs.get(verb, simulated)()


if __name__ == "__main__":
    main("".join(sys.argv[1:]))
