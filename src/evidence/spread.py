"""Mean, deviation and interval of one side's outcomes."""

import math

import numpy as np
from scipy import stats


def spread(outcomes: np.ndarray) -> dict:
    """Return mean, deviation, median and 95 % interval of the mean (Student's) of the finite outcomes.

    outcomes: shape (seeds,), NaN where a run diverged. What so few numbers do not give is None.
    """
    finite = outcomes[np.isfinite(outcomes)]
    summary = {"mean": None, "deviation": None, "interval": None, "median": None}
    if len(finite):
        summary.update(mean=float(finite.mean()), median=float(np.median(finite)))
    if len(finite) > 1:
        deviation = float(finite.std(ddof=1))
        half = float(stats.t.ppf(0.975, len(finite) - 1) * deviation / math.sqrt(len(finite)))
        summary.update(deviation=deviation, interval=[summary["mean"] - half, summary["mean"] + half])
    return summary
