"""Are two sides shown to be no further apart than the margin?

Arrays have shape (seeds of each side,) and hold finite outcomes; in pairs, a[i] and b[i] come from the same seed.
"""

import numpy as np
from scipy import special

from seedluck.stats.estimates import correlation, p_means_within, shift, shift_error, shift_of_means, tied
from seedluck.stats.ranks import p_above, smallest_p

ERRORS = np.linspace(-6, 6, 241)  # of the margin, as standard normal deviates, and how likely each is
TIED = 0.1  # of the differences; where more are the same, a shift of ranks is no estimate of location
SKEWED = 5  # times; at the level of 2.5 %, means a margin apart of exponential and lognormal outcomes pass in 2 %
TAIL = 0.025  # where Student's t is held against the normal distribution
CHANCES = special.ndtr(ERRORS)
WEIGHTS = np.exp(-(ERRORS**2) / 2) / np.exp(-(ERRORS**2) / 2).sum()


def p_within_given(a: np.ndarray, b: np.ndarray, margin: float, paired: bool) -> float:
    """Return the p-value of "the sides are a margin apart, or more", for a margin that was chosen beforehand.

    The largest of four one-sided p-values (two one-sided tests, Schuirmann 1987), of both limits: by exact ranks, and
    by means, since where shapes differ the shift of ranks may be within a margin that the means are not. Student's t
    (or Welch's) is short for skewed outcomes, so its p-values count five times. Of sides that end alike in every seed,
    the smallest p-value that so many seeds can give.
    """
    if _alike(a, b, paired):
        return smallest_p(len(a), len(b), False)
    by_ranks = max(p_above(first, second, -margin, paired) for first, second in ((a, b), (b, a)))
    return max(by_ranks, min(1.0, SKEWED * p_means_within(a, b, margin, paired)))


def p_within_estimated(a: np.ndarray, b: np.ndarray, margin: float, paired: bool) -> tuple[float, float]:
    """Return two p-values of "the sides are a margin apart", for a margin that the same outcomes gave.

    First: how often sides that are a whole margin apart come out so near each other, on whichever side. Second: how
    often they come out so near, or beyond on the other side. With t the shift in standard errors, and the margin in
    standard errors as noncentrality, these are P(-|t| < T < |t|) and P(T < |t|) of a noncentral t distribution (Wellek
    2010, section 6.1), whose degrees of freedom are those of the margin: so that its estimation is paid for. The
    standard error is estimated as well, and is wider by as much as Student's t is than the normal distribution. At the
    level of 2.5 %, normal outcomes that are a whole deviation apart pass the first in 1 to 3 %, by simulation. Sides
    that are told alike by the first alone may lie in an interval wider than the margins, which the second rules out.
    """
    if _alike(a, b, paired):
        return (smallest_p(len(a), len(b), False),) * 2
    apart, error = abs(shift(a, b, paired)), shift_error(a, b, paired)
    if tied(a, b, paired) > TIED:  # ranks see nothing between ties, as where an outcome is a count
        apart, error = shift_of_means(a, b, paired)
        apart = abs(apart)
    if not np.isfinite([apart, error, margin]).all() or margin == 0:
        return 1.0, 1.0
    related = correlation(a, b) if paired else 0.0
    degrees = ((len(a) + len(b)) / 2 - 1) / (1 + related**2)
    error *= special.stdtrit(len(a) - 1 if paired else len(a) + len(b) - 2, TAIL) / special.ndtri(TAIL)
    if error == 0:  # then only the margin is uncertain
        near = float(special.chdtrc(degrees, degrees * (margin / apart) ** 2)) if apart else 0.0
        return near, near
    # SciPy's noncentral t is not a number for margins of many standard errors: an average over the margin's error is.
    estimates = np.sqrt(2 * special.gammaincinv(degrees / 2, CHANCES) / degrees)  # as parts of the true margin
    below, beyond = (special.ndtr((sign * apart * estimates - margin) / error) @ WEIGHTS for sign in (1, -1))
    return float(below - beyond), float(below)


def _alike(a, b, paired):
    """Whether every seed ends the same on both sides."""
    return np.array_equal(a, b) if paired else len(a) > 0 and bool((np.concatenate([a, b]) == a[0]).all())
