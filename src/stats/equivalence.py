"""Are two sides shown to be no further apart than the margin?

Arrays have shape (seeds of each side,) and hold finite outcomes; in pairs, a[i] and b[i] come from the same seed.
"""

import numpy as np
from scipy import special, stats

from src.stats.estimates import correlation, shift, shift_error
from src.stats.ranks import p_above

ERRORS = np.linspace(-6, 6, 241)  # of the margin, as standard normal deviates, and how likely each is
TAIL = 0.025  # where Student's t is held against the normal distribution
WEIGHTS = stats.norm.pdf(ERRORS) / stats.norm.pdf(ERRORS).sum()


def p_within_given(a: np.ndarray, b: np.ndarray, margin: float, paired: bool) -> float:
    """Return the p-value of "the sides are a margin apart, or more", for a margin that was chosen beforehand.

    The larger of two exact one-sided rank tests (two one-sided tests, Schuirmann 1987).
    """
    if paired and np.array_equal(a, b):
        return 0.0
    return max(p_above(first, second, -margin, paired) for first, second in ((a, b), (b, a)))


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
    apart, error = abs(shift(a, b, paired)), shift_error(a, b, paired)
    if not np.isfinite([apart, error, margin]).all() or margin == 0:
        return (0.0, 0.0) if apart == 0 == error else (1.0, 1.0)
    related = correlation(a, b) if paired else 0.0
    degrees = ((len(a) + len(b)) / 2 - 1) / (1 + related**2)
    error *= stats.t.isf(TAIL, len(a) - 1 if paired else len(a) + len(b) - 2) / stats.norm.isf(TAIL)
    if error == 0:  # then only the margin is uncertain
        near = float(stats.chi2.sf(degrees * (margin / apart) ** 2, degrees)) if apart else 0.0
        return near, near
    # SciPy's noncentral t is not a number for margins of many standard errors: an average over the margin's error is.
    estimates = np.sqrt(stats.chi2.ppf(special.ndtr(ERRORS), degrees) / degrees)  # as parts of the true margin
    below, beyond = (special.ndtr((sign * apart * estimates - margin) / error) @ WEIGHTS for sign in (1, -1))
    return float(below - beyond), float(below)
