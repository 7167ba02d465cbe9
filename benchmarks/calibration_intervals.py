"""How often what is said of a number comes true: intervals, the shift that is told, the seeds that would decide.

python -m benchmarks.calibration intervals    2000 deals a cell, by kind of outcome, spread and seeds
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from benchmarks.calibration import SWEEPS, judge, run_all, said, table, table_row
from benchmarks.calibration_failures import DRAWS, shifted
from seedluck.evidence.outcome import seeds_to_decide, told_by
from seedluck.stats import decision, location, ranks, similarity
from seedluck.stats.estimates import mean_interval, shift_interval

DIFFERENT = (decision.TRUE_BUG, decision.BENIGN)
MOST = 1000  # seeds a side, beyond which nobody trains on
ANY = 3.0  # deviations: how far apart sides may be whose true shift is not known


def covers(kind: str, seeds: int, spread: float, sweeps: int = SWEEPS) -> dict:
    """Return how often intervals cover the truth: of a shift, of the probability, and of one side's middle."""
    generator = np.random.default_rng([len(kind), seeds, int(spread)])
    draw = DRAWS[kind]
    many = draw(generator, 400_000), spread * draw(generator, 400_000)
    truth = {
        "shift": np.median(many[1] - many[0]),
        "probability": ranks.probability_better(*many),
        "mean": many[1].mean() - many[0].mean(),
        "median": np.median(many[1]),
        "iqm": location.interquartile_mean(many[1]),
    }
    covered = dict.fromkeys(truth, 0)
    for _ in range(sweeps):
        a, b = draw(generator, seeds), spread * draw(generator, seeds)
        seen = {
            "shift": shift_interval(a, b, False),
            "probability": ranks.probability_interval(a, b),
            "mean": mean_interval(a, b, False),
            "median": location.median_interval(b),
            "iqm": location.interquartile_mean_interval(b),
        }
        for name, interval in seen.items():
            covered[name] += interval is None or interval[0] <= truth[name] <= interval[1]
    return {name: count / sweeps for name, count in covered.items()}


def share_covers(kind: str, seeds: int, gone: float, sweeps: int = SWEEPS) -> float:
    """Return how often the interval of a cause's share covers it: ten seeds of both sides, so many of the mixture."""
    generator, covered = np.random.default_rng([seeds, int(10 * gone)]), 0
    apart = 4 * DRAWS[kind](generator, 100_000).std()
    for _ in range(sweeps):
        good, bad, seen = (DRAWS[kind](generator, size) for size in (10, 10, seeds))
        _, (low, high) = similarity.way(good, bad + apart, seen + gone * apart)
        covered += low <= gone <= high
    return covered / sweeps


def tells(seeds: int, sweeps: int = SWEEPS) -> float:
    """Return how often the shift that so many seeds are said to tell, with a chance of 80 %, is called a difference."""
    generator, real = np.random.default_rng(seeds), 0
    for _ in range(sweeps):
        a, b = shifted(generator, seeds, 0.0)
        shift = told_by(decision.outcome(a, b), decision.LEVEL)
        real += judge(a, b + shift, False) in DIFFERENT
    return real / sweeps


def decides(kind: str, seeds: int, shift: float | None, sweeps: int = SWEEPS) -> dict:
    """Return how often a new sweep of as many seeds as an open one asks for is decided.

    shift: of the true sides, in deviations; None: another one in every sweep, none likelier than the next. ``asked``:
    the share of open sweeps that name a number of at most 1000; only these are trained.
    """
    generator = np.random.default_rng([len(kind), seeds, 0 if shift is None else 1 + int(10 * shift)])
    deviation = DRAWS[kind](generator, 100_000).std()
    opened = asked = decided = 0
    while opened < sweeps:
        apart = (generator.uniform(-ANY, ANY) if shift is None else shift) * deviation
        a, b = (DRAWS[kind](generator, seeds) for _ in range(2))
        seen = decision.outcome(a, b + apart)
        if decision.verdict(seen, seen["p"], [], None) != decision.INCONCLUSIVE:
            continue
        opened += 1
        number = seeds_to_decide(seen, seeds, 1, True)
        if number is None or number > MOST:
            continue
        asked += 1
        a, b = (DRAWS[kind](generator, number) for _ in range(2))
        decided += judge(a, b + apart, False) != decision.INCONCLUSIVE
    return {"asked": asked / opened, "decided": decided / max(asked, 1), "sweeps": asked}


def border(kind: str, seeds: int, related: float, margin: float | None, sweeps: int = SWEEPS) -> dict:
    """Return the shares of verdicts on sides whose means are one margin apart, where luck and benign are wrong.

    related: the correlation of a seed's two outcomes; above 0 they are compared in pairs. margin: given, in deviations;
    None: estimated. Normal outcomes where they are related.
    """
    generator, counts = (
        np.random.default_rng([len(kind), seeds, int(100 * related)]),
        dict.fromkeys(decision.VERDICTS, 0),
    )
    deviation = DRAWS[kind](generator, 400_000).std()
    for _ in range(sweeps):
        a, b = DRAWS[kind](generator, seeds), DRAWS[kind](generator, seeds)
        if related:
            b = related * a + np.sqrt(1 - related**2) * b
        apart = deviation if margin is None else margin * deviation
        counts[judge(a, b + apart, related > 0, None if margin is None else apart)] += 1
    return {verdict: count / sweeps for verdict, count in counts.items()}


def intervals():
    """Print how often intervals of 95 % cover what they say, and how often what is told comes true, as Markdown."""
    with ProcessPoolExecutor() as pool:
        asked = {
            (kind, n, s): partial(covers, kind, n, s) for kind in DRAWS for n in (5, 10, 20, 50) for s in (1, 3, 10)
        }
        done = run_all(pool, asked)
        shares = {
            (kind, n, g): partial(share_covers, kind, n, g) for kind in DRAWS for n in (4, 10) for g in (0, 0.5, 1)
        }
        of_causes = run_all(pool, shares)
        told = run_all(pool, {n: partial(tells, n) for n in (100, 200, 1000)})
        opened = [(kind, n, s) for kind in ("normal", "lognormal") for n in (5, 10, 20) for s in (None, 0.0, 1.0)]
        decided = run_all(pool, {name: partial(decides, *name) for name in opened})
        edges = [("normal", n, 0.99, None) for n in (3, 5, 10)]
        edges += [(kind, n, 0.0, 1.0) for kind in ("normal", "lognormal") for n in (10, 50)]
        at_border = run_all(pool, {name: partial(border, *name) for name in edges})
    table(
        "outcomes",
        "seeds",
        "spread of b",
        "shift",
        "probability",
        "difference of means",
        "median",
        "interquartile mean",
    )
    for name, part in done.items():
        table_row(*name, *(f"{100 * share:.1f} %" for share in part.values()))
    table("share of a cause, of outcomes", "seeds", "true share gone", "covered")
    for name, share in of_causes.items():
        table_row(*name, said(share))
    table("seeds", "the shift that is told with 80 % is told in")
    for n, share in told.items():
        table_row(n, said(share))
    table("open, of outcomes", "seeds", "true shift", "name a number up to 1000", "a new sweep of it is decided")
    for (kind, n, s), part in decided.items():
        table_row(
            kind, n, "any" if s is None else s, f"{100 * part['asked']:.0f} %", said(part["decided"], part["sweeps"])
        )
    table("means one margin apart", "seeds", "correlation", "margin", "luck", "benign")
    for (kind, n, related, margin), part in at_border.items():
        shares = (said(part[verdict]) for verdict in (decision.LUCK, decision.BENIGN))
        table_row(kind, n, related, "estimated" if margin is None else "given", *shares)
