"""How many seeds would decide a comparison that is still open."""

import numpy as np
from scipy import stats

SIZES = tuple(dict.fromkeys(round(5 * 10 ** (i / 20)) for i in range(67)))  # 5 to 10 000
WANTED = 0.8  # chance of a decision
LIKELY = stats.norm.ppf((np.arange(41) + 0.5) / 41)  # the true shift, in standard errors around the one that was seen


def seeds_to_decide(
    shift: float, error: float, seeds: int, margin: float, level: float, inside: float, estimated: bool
) -> int | None:
    """Return about how many seeds a side would decide with a chance of 80 %; None if more than 10 000 would be needed.

    shift, error: as estimated from ``seeds`` seeds, with its standard error. level: two-sided, of "really apart".
    inside: one-sided, of "within the margin". estimated: whether the margin is, too. The true shift is not known: the
    chance is averaged over all that the estimate leaves likely (the assurance of O'Hagan, Stevens and Campbell 2005),
    so that an estimate that lies near a border by chance does not ask for thousands. Normal approximation.
    """
    if not np.isfinite([shift, error, margin]).all() or error <= 0:
        return None
    true = shift + error * LIKELY
    for size in SIZES:
        if size <= seeds:
            continue
        now = error * np.sqrt(seeds / size)
        of_margin = margin / np.sqrt(2 * size) if estimated else 0.0
        real = stats.norm.isf(level / 2) * now
        near = max(0.0, margin - stats.norm.isf(inside) * np.hypot(now, of_margin))
        left = sum(_between(near, real, sign * true, now) for sign in (1, -1)) if near < real else np.zeros(1)
        if 1 - left.mean() >= WANTED:
            return size
    return None


def shift_told(error: float, level: float) -> float:
    """Return the shift that as many seeds call real with a chance of 80 %. error: of their shift, in its units.

    level: two-sided. Normal approximation.
    """
    return float((stats.norm.isf(level / 2) + stats.norm.isf(1 - WANTED)) * error)


def seeds_to_tell_rates(bad_a: int, seeds_a: int, bad_b: int, seeds_b: int, level: float) -> int | None:
    """Return about how many seeds a side would tell the rates apart, with 80 % power, if those seen are the true ones.

    level: two-sided. None if both are alike, or where more than 10 000 would be needed. Normal approximation
    (Fleiss, Levin and Paik 2003, section 4.2).
    """
    rates = np.array([bad_a / seeds_a, bad_b / seeds_b])
    if rates[0] == rates[1]:
        return None
    mean = rates.mean()
    z = stats.norm.isf([level / 2, 1 - WANTED]) * np.sqrt([2 * mean * (1 - mean), (rates * (1 - rates)).sum()])
    seeds = max(5, int(np.ceil((z.sum() / np.diff(rates)[0]) ** 2)))
    return seeds if seeds <= SIZES[-1] else None


def _between(low, high, true, error):
    """P(low < estimate < high) for every true shift."""
    return stats.norm.cdf((high - true) / error) - stats.norm.cdf((low - true) / error)
