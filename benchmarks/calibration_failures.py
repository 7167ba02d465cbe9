"""How often a verdict is wrong where seeds fail, where few are there, and where a replay has a say.

    python -m benchmarks.calibration failures     failing seeds, replays, few seeds, rounds: 2000 deals a cell

`benchmarks/calibration.py` has the rest, and swaps the sides of every deal.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from benchmarks.calibration import AGAIN, SWEEPS, judge, run_all, said, shares_at, table, table_row
from benchmarks.calibration import cell as in_rounds
from seedluck.stats import decision

ROUNDS = tuple(range(8, 49, 8))
SAME = {"same_computation": True, "drawn_alike": None, "every_seed": False}
ALIKE = {**SAME, "drawn_alike": True}
NAN = float("nan")
DRAWS = {
    "normal": lambda generator, size: generator.normal(size=size),
    "lognormal": lambda generator, size: np.exp(generator.normal(size=size)),
    "bimodal": lambda generator, size: np.where(generator.random(size) < 0.4, -3, 3) + generator.normal(size=size),
    "t(3)": lambda generator, size: generator.standard_t(3, size=size),
    "counts": lambda generator, size: generator.poisson(1.5, size=size).astype(float),
}
FAILING = (8.0, 20.0, 1e3, 1e6, NAN)


def fifth(generator, seeds, off):
    """One in five of b ends so many deviations out."""
    a, b = generator.normal(size=(2, seeds))
    b[: seeds // 5] += off
    return a, b


def one_in(generator, seeds, off, share):
    """Each seed of b ends so far out with a chance."""
    a, b = generator.normal(size=(2, seeds))
    return a, np.where(generator.random(seeds) < share, b + off, b)


def two_values(generator, seeds, bad):
    """All alike but some of b, and rounding."""
    a, b = 1e-9 * generator.normal(size=(2, seeds)) + 0.5
    b[:bad] = 9.1
    return a, b


def accuracies(generator, other):
    """Losses of six perfect runs and one that failed, against seven that are alike."""
    noise = 1e-9 * generator.normal(size=(2, 7))
    return noise[0] - np.r_[[1.0] * 6, 0.1], noise[1] - other


def small_shift(generator):
    """A thousand seeds, shifted by a fifth of a deviation, of which one in a hundred ends at a million."""
    a, b = generator.normal(size=(2, 1000))
    return a, np.r_[b[10:] + 0.2, [1e6] * 10]


def some_diverged(generator, seeds, bad):
    """A few seeds of b diverged."""
    a, b = generator.normal(size=(2, seeds))
    b[:bad] = NAN
    return a, b


def shifted(generator, seeds, shift, other=None):
    """Normal outcomes; other: how many seeds b has, if fewer."""
    return generator.normal(size=seeds), generator.normal(size=other or seeds) + shift


def by_kind(generator, kind, seeds, share=0.0):
    """Two sides of one kind, each seed of either failing with a chance."""
    sides = [DRAWS[kind](generator, seeds) for _ in range(2)]
    return tuple(np.where(generator.random(seeds) < share, NAN, side) for side in sides)


CELLS = {
    **{f"a fifth of 50 fails, {off:g} deviations out": (partial(fifth, seeds=50, off=off), {}) for off in FAILING},
    **{
        f"one in five of 50 fails by chance, {off:g} out": (partial(one_in, seeds=50, off=off, share=0.2), {})
        for off in (20.0, NAN)
    },
    "5 of 100 at 1000": (partial(one_in, seeds=100, off=1e3, share=0.05), {}),
    "50 of 1000 at 1000": (partial(one_in, seeds=1000, off=1e3, share=0.05), {"sweeps": 200}),
    "0 against 8 of 50 alike": (partial(two_values, seeds=50, bad=8), {}),
    "0 against 295 of 1000 alike": (partial(two_values, seeds=1000, bad=295), {"sweeps": 200}),
    "six at 1.00, one at 0.10; seven at 0.90": (partial(accuracies, other=0.9), {}),
    "six at 1.00, one at 0.10; seven at 0.98": (partial(accuracies, other=0.98), {}),
    "0.2 deviations and 1 % at 1e6, n = 1000": (small_shift, {"sweeps": 200}),
    **{
        f"replay the same: {bad} of {seeds} diverged": (
            partial(some_diverged, seeds=seeds, bad=bad),
            {"replay": ALIKE},
        )
        for seeds, bad in ((10, 1), (10, 2), (10, 3), (20, 3))
    },
    **{
        f"replay the same, starts not compared: one deviation apart, n = {seeds}": (
            partial(shifted, seeds=seeds, shift=1.0),
            {"replay": SAME},
        )
        for seeds in (10, 20)
    },
    **{
        f"3 seeds against 50 stored, {shift:g} deviations": (partial(shifted, seeds=50, shift=shift, other=3), {})
        for shift in (0.0, 2.0, 3.0)
    },
    **{f"nothing differs, {kind}, n = 30": (partial(by_kind, kind=kind, seeds=30), {}) for kind in DRAWS},
    **{
        f"nothing differs, {share:.0%} of either side fail, n = {seeds}": (
            partial(by_kind, kind="normal", seeds=seeds, share=share),
            {},
        )
        for seeds in (20, 50)
        for share in (0.02, 0.1)
    },
}


def cell(name: str, sweeps: int = SWEEPS) -> dict:
    """Return the share of deals that end in each verdict."""
    draw, how = CELLS[name]
    how = dict(how)
    sweeps = min(sweeps, how.pop("sweeps", sweeps))
    generator = np.random.default_rng([*map(ord, name)])
    counts = dict.fromkeys(decision.VERDICTS, 0)
    for _ in range(sweeps):
        counts[judge(*draw(generator), False, **how)] += 1
    return {**{verdict: count / sweeps for verdict, count in counts.items()}, "sweeps": sweeps}


def resumed(sizes, shift: float, sweeps: int = SWEEPS) -> dict:
    """Return the shares of a sweep that is gone on with: so many seeds a side at each look, one look planned."""
    generator = np.random.default_rng([*sizes, int(10 * shift)])
    counts = dict.fromkeys(decision.VERDICTS, 0)
    for _ in range(sweeps):
        a, b = shifted(generator, sizes[-1], shift)
        for look, seeds in enumerate(sizes, start=1):
            said = judge(a[:seeds], b[:seeds], False, shares=shares_at(sizes[:look], 1))
            if said != decision.INCONCLUSIVE:
                break
        counts[said] += 1
    return {**{verdict: count / sweeps for verdict, count in counts.items()}, "sweeps": sweeps}


def one_seed_more(kind: str, seeds: int, shift: float, sweeps: int = SWEEPS) -> tuple[float, float]:
    """Return how often one seed more of each side changes the verdict, one in ten of b failing at 20 deviations; and
    how often it takes a word back: from one that is not `inconclusive` to another that is not."""
    generator, changed, back = np.random.default_rng([seeds, int(10 * shift)]), 0, 0
    for _ in range(sweeps):
        a, b = (DRAWS[kind](generator, seeds + 1) for _ in range(2))
        b = np.where(generator.random(seeds + 1) < 0.1, b + 20, b) + shift
        now, before = judge(a, b, False), judge(a[:-1], b[:-1], False)
        changed += now != before
        back += now != before and decision.INCONCLUSIVE not in (now, before)
    return changed / sweeps, back / sweeps


def doubts(trouble: str, sizes, sweeps: int = SWEEPS) -> float:
    """Return how often luck is called at one look, or in rounds, while something is amiss with the variant."""
    return in_rounds("normal", sizes, sweeps, trouble=trouble)[decision.LUCK]


def failures():
    """Print what a verdict comes to in every cell, as Markdown; where nothing differs, the worst cell once more."""
    with ProcessPoolExecutor() as pool:
        done = run_all(pool, {name: partial(cell, name) for name in CELLS})
        nothing = [name for name in CELLS if name.startswith("nothing differs")]
        worst = max(nothing, key=lambda name: done[name][decision.TRUE_BUG])
        again = run_all(pool, {worst: partial(cell, worst, AGAIN)})
        steps = {(sizes, shift): partial(resumed, sizes, shift) for sizes in ((3, 10), (3, 20)) for shift in (0.0, 2.0)}
        gone_on = run_all(pool, steps)
        looks = ((48,), ROUNDS)
        troubles = ("15 % of its seeds diverge", "its seeds spread twice as far")
        luck = run_all(pool, {(one, sizes): partial(doubts, one, sizes) for one in troubles for sizes in looks})
        kinds = {(kind, n, s): (kind, n, s) for kind in ("normal", "lognormal") for n in (10, 30) for s in (0.0, 1.0)}
        changed = run_all(pool, {name: partial(one_seed_more, *which) for name, which in kinds.items()})
    table("outcomes", "real", "benign", "luck", "open")
    for name, part in {**done, f"{worst}, again": again[worst]}.items():
        table_row(name, *_shares(part))
    table("resumed", "shift", "real", "benign", "luck", "open")
    for (sizes, shift), part in gone_on.items():
        table_row(" → ".join(map(str, sizes)), shift, *_shares(part))
    table("luck, though", "one look at 48 seeds", "in rounds of 8 to 48")
    for one in troubles:
        table_row(one, *(said(luck[one, sizes]) for sizes in looks))
    table("one seed more, of outcomes", "seeds", "shift", "changes the verdict in", "takes a word back in")
    for name, shares in changed.items():
        table_row(*name, *map(said, shares))


def _shares(part):
    real = part[decision.TRUE_BUG] + part[decision.REAL]
    shares = (real, *(part[verdict] for verdict in (decision.BENIGN, decision.LUCK, decision.INCONCLUSIVE)))
    return [said(share, part["sweeps"]) for share in shares]
