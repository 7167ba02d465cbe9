"""Whether both sides draw alike what a replay holds: initial weights, the order of rows, dropout masks.

A replay carries the initial weights of one side over to the other. That both then train alike says nothing of how each
draws its own: an initializer that is a thousand times too wide would go unseen.
"""

import numpy as np
from scipy import stats

from seedluck.evidence import settings
from seedluck.evidence.distances import matched
from seedluck.tracking.reader import Gone

LEVEL = 0.001  # of all tests of drawn weights together
MOST_SEEDS = 30  # whose initial weights are read
MOST_NUMBERS = 20_000  # of one variable, of all seeds together, that are compared
# Endings of the settings that say how something is drawn.
DRAWN = {
    "initial weights": ("initializer",),
    "the order of rows": ("shuffle", "batch_size", "framework.input"),
    "dropout masks": (".rate", ".stddev"),  # and no learning_rate
}


def see(comparison) -> dict:
    """Return ``drawn_alike``, and ``drawn_apart``: in words, what is not drawn alike or was not seen to be."""
    differ = settings.see(comparison)
    apart = []
    for what, endings in DRAWN.items():
        names = sorted(name for name in differ if name.endswith(endings))
        if names and not (what == "initial weights" and comparison.same_start):
            apart.append(f"{what} ({', '.join(name.removeprefix('resolved.') for name in names[:3])})")
    if not apart and not comparison.same_start:
        apart = _weights(comparison)
    return {"drawn_alike": not apart, "drawn_apart": apart}


def _weights(comparison):
    """What a test of the drawn weights over all seeds finds."""
    drawn = []
    for runs in comparison.judged:
        try:
            seeds = [comparison.weights(run, "initial") for run in runs[:MOST_SEEDS] if run.kept_weights]
        except Gone:
            return ["initial weights, which are not stored any more"]
        if not seeds:
            return ["initial weights, which were not seen"]
        drawn.append(seeds)
    names = matched(drawn[0][0], drawn[1][0])
    if len(names) < max(len(drawn[0][0]), len(drawn[1][0])):
        return ["initial weights, as one side has variables that the other has not"]
    level = LEVEL / (2 * max(1, len(names)))
    for name, other in names.items():
        mine = _numbers([seed[name] for seed in drawn[0] if name in seed])
        theirs = _numbers([seed[other] for seed in drawn[1] if other in seed])
        if not _alike(mine, theirs, level):
            return [f"initial weights: those of `{name}` are not spread alike"]
    return []


def _numbers(arrays):
    numbers = np.concatenate([np.ravel(array).astype("float64") for array in arrays])
    if len(numbers) > MOST_NUMBERS:
        numbers = numbers[np.random.default_rng(0).choice(len(numbers), MOST_NUMBERS, replace=False)]
    return numbers


def _alike(mine, theirs, level):
    """Two-sample tests of Kolmogorov and Smirnov, of the numbers and of how large they are; of constants, equality."""
    if np.ptp(mine) == 0 or np.ptp(theirs) == 0:
        return bool(np.ptp(mine) == np.ptp(theirs) and np.isclose(mine[0], theirs[0], rtol=1e-6, atol=0))
    pairs = ((mine, theirs), (np.abs(mine), np.abs(theirs)))
    return all(stats.ks_2samp(*pair, method="asymp").pvalue > level for pair in pairs)
