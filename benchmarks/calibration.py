"""How often a verdict is wrong: simulated sweeps whose truth is known, and real sweeps of the same thing twice.

    python -m benchmarks.calibration            simulated, 2000 sweeps a cell; about ten minutes on two cores
    python -m benchmarks.calibration real       real: trains 60 seeds of three scenarios, then deals them out 2000 times

A shift of one margin is one true seed-to-seed deviation. "luck" counts ``seed_luck`` given that the replay, which
simulated outcomes have none of, does not part.
"""

import csv
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy import stats

from src.stats import decision as decide

SWEEPS = 2000
SEEDS = (3, 5, 10, 20, 50)
CORRELATIONS = (0.0, 0.5, 0.9)
KINDS = {
    "normal": (stats.norm().ppf, 1.0),
    "heavy-tailed, t(3)": (stats.t(3).ppf, np.sqrt(3)),
    "skewed, lognormal": (lambda u: np.exp(stats.norm.ppf(u)), np.sqrt((np.e - 1) * np.e)),
    "skewed, exponential": (stats.expon().ppf, 1.0),
    "bimodal, 10 % diverged": (None, np.sqrt(1 + 36 * 0.24)),
}
REAL = {
    "tied_ae, tied_call": ["scenario=tied_ae", "variant=tied_call"],
    "gpd, custom_loop": ["scenario=gpd", "framework=custom_loop"],
    "ewma_rnn, keras on tf1_13": ["scenario=ewma_rnn", "framework=keras", "runtime=tf1_13", "scenario.epochs=1"],
}


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


def cell(kind: str, seeds: int, correlation: float, shift: float, sweeps: int = SWEEPS) -> dict:
    """Share of sweeps that end in each verdict."""
    generator = np.random.default_rng([len(kind), seeds, int(10 * correlation), int(shift)])
    counts = dict.fromkeys(decide.VERDICTS, 0)
    for _ in range(sweeps):
        found = decide.outcome(*draw(kind, seeds, correlation, shift, generator))
        counts[decide.verdict(found["p"], found["inside"], [], None)] += 1
    return {name: count / sweeps for name, count in counts.items()}


def sequential(kind: str, correlation: float, shift: float, sweeps: int = SWEEPS, size=5, most=50) -> dict:
    """The same with ``sweep.stop=decided``: judged after every round of ``size`` seeds; ``seeds``: how many it took."""
    generator = np.random.default_rng([len(kind), int(10 * correlation), int(shift)])
    counts, used = dict.fromkeys(decide.VERDICTS, 0), 0
    for _ in range(sweeps):
        a, b = draw(kind, most, correlation, shift, generator)
        for look, n in enumerate(range(size, most + 1, size), start=1):
            share = decide.spent(look)
            found = decide.outcome(a[:n], b[:n], None, decide.ALPHA * share, decide.INSIDE * share)
            said = decide.verdict(found["p"], found["inside"], [], None, decide.ALPHA * share)
            if said != "inconclusive":
                break
        counts[said] += 1
        used += n
    return {**{name: count / sweeps for name, count in counts.items()}, "seeds": used / sweeps}


def dealt(outcomes: np.ndarray, seeds: int, sweeps: int = SWEEPS) -> dict:
    """Share of verdicts where both sides are drawn from the same real outcomes, without replacement."""
    generator = np.random.default_rng(seeds)
    counts = dict.fromkeys(decide.VERDICTS, 0)
    for _ in range(sweeps):
        both = generator.permutation(outcomes)[: 2 * seeds]
        found = decide.outcome(both[:seeds], both[seeds:])
        counts[decide.verdict(found["p"], found["inside"], [], None)] += 1
    return {name: count / sweeps for name, count in counts.items()}


def simulated():
    """Print the tables of simulated sweeps, as Markdown."""
    shifts = (0.0, 2.0, 4.0)
    cells = [(k, n, r, s) for k in KINDS for r in CORRELATIONS for n in SEEDS for s in shifts]
    looks = [(k, r, s) for k in KINDS for r in (0.0, 0.9) for s in shifts]
    with ProcessPoolExecutor() as pool:
        run = [pool.submit(cell, *one) for one in cells] + [pool.submit(sequential, *one) for one in looks]
        done = [one.result() for one in track(run, "sweeps", console=Console(stderr=True))]
    found, stopped = dict(zip(cells, done, strict=False)), dict(zip(looks, done[len(cells) :], strict=True))
    print(
        "| outcomes | correlation | seeds | nothing differs: bug | luck | 2 margins: bug | luck | 4 deviations: bug |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        for r in CORRELATIONS:
            for n in SEEDS:
                row = [found[kind, n, r, s] for s in shifts]
                shares = [row[0]["true_bug"], row[0]["seed_luck"], row[1]["true_bug"], row[1]["seed_luck"]]
                shares.append(row[2]["true_bug"])
                print(f"| {kind} | {r} | {n} | " + " | ".join(f"{100 * share:.2f} %" for share in shares) + " |")
    print()
    print(
        "| stopped when decided | correlation | nothing differs: bug | luck | 2 margins: bug | luck | 4: bug | seeds |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        for r in (0.0, 0.9):
            row = [stopped[kind, r, s] for s in shifts]
            shares = [row[0]["true_bug"], row[0]["seed_luck"], row[1]["true_bug"], row[1]["seed_luck"]]
            shares.append(row[2]["true_bug"])
            used = ", ".join(f"{one['seeds']:.0f}" for one in row)
            print(f"| {kind} | {r} | " + " | ".join(f"{100 * share:.2f} %" for share in shares) + f" | {used} |")


def real():
    """Train, deal out and print, as Markdown."""
    print("| trained | seeds a side | bug | luck |")
    print("|---|---|---|---|")
    for name, overrides in REAL.items():
        with tempfile.TemporaryDirectory() as folder:
            place = [f"hydra.sweep.dir={folder}", f"tracking.uri=sqlite:///{folder}/mlflow.db"]
            place += [f"tracking.artifacts={folder}/artifacts", "seed.value=range(60)"]
            command = [sys.executable, "-m", "src.run", "-m", *overrides, *place]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(Path(folder) / "verdict" / "runs.csv") as file:
                rows = list(csv.DictReader(file))
        outcomes = np.array([float(row["outcome"] or "nan") for row in rows])
        bad = int(np.isnan(outcomes).sum())
        for seeds in (5, 10, 20, 30):
            found = dealt(outcomes, seeds)
            shown = f"{name} ({bad} of {len(outcomes)} diverged)"
            print(
                f"| {shown} | {seeds} | {100 * found['true_bug']:.2f} % | {100 * found['seed_luck']:.2f} % |",
                flush=True,
            )


if __name__ == "__main__":
    real() if sys.argv[1:] == ["real"] else simulated()
