"""How a level is shared out among the looks at a growing sweep."""

PLANNED = 0.95  # of a level, for the looks that were planned; the rest is for looks that somebody adds


def early(look: int) -> float:
    """Return the share of a look where the first few seeds usually decide: 1/2, 1/6, 1/12, ..., which sum to 1."""
    return 1 / (look * (look + 1))


def share(look: int, planned: int) -> float:
    """Return the share of a level that the look of this number, from 1, may use; all of them sum to 1.

    Of the looks that were planned, each has a share as large as its number: the first ones see few seeds, which could
    not pass anyway. Looks beyond them, such as those of a sweep that is gone on with, have half of what is left each.
    By the union bound a sweep may so be judged at every look, and stopped at any, and the level still holds.
    """
    if look <= planned:
        return PLANNED * look / (planned * (planned + 1) / 2)
    return (1 - PLANNED) * 0.5 ** (look - planned)
