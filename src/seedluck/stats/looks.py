"""How a level is shared out among the looks at a growing sweep."""

from seedluck.stats.ranks import smallest_p
from seedluck.stats.rates import rates_interval, smallest_p_rates

SETTLED = 50  # seeds a side, of which what speaks against luck is as likely to be seen as it ever needs to be
ENOUGH = 0.7  # of the seeds of the last round, before which luck is not called
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


def number(taken: list[tuple[int, bool]], planned: int, counts) -> int:
    """Return the number, for :func:`share`, of the last of these looks.

    taken: of every look until now its seeds a side, and whether it may use a planned share, as nothing was lacking.
    planned: how many shares were planned. counts: given a number of seeds a side, whether a look at them could pass the
    test that is meant. One that could not has cost nothing, so that its share is still to be used. Where every planned
    share is used, or outcomes were lacking, a look has a number beyond the planned ones.
    """
    left, beyond, eligible, last = [*range(1, planned + 1)], 0, 0, 1
    for seeds, complete in taken:
        spends = counts(seeds)
        if complete and left:
            eligible += 1
            last = eligible if eligible in left else left[-1]
            if spends:
                left.remove(last)
        else:
            last = planned + beyond + 1
            beyond += spends
    return last


def can_tell(seeds: int, level: float) -> bool:
    """Return whether so many seeds a side could call anything real. level: two-sided, of one comparison."""
    by_ranks = 2 * smallest_p(seeds, seeds, False) <= level
    return seeds > 0 and (by_ranks or 2 * smallest_p_rates(seeds, seeds, seeds) <= level)


def can_be_luck(seeds: int, apart: float) -> bool:
    """Return whether the outcomes of so many seeds a side could show luck. apart: by how much failure rates may."""
    return seeds > 0 and max(rates_interval(0, seeds, 0, seeds)) <= apart


def doubt(level: float, seeds: int, last: int) -> float:
    """Return the p-value below which something speaks against luck at a look of a sweep in rounds.

    level: of the last round. seeds, last: a side, at this look and at the last. A sweep that may stop at any round
    calls luck at the first one at which nothing is seen; and of few seeds, nothing is soon seen. So early rounds ask
    for more: the level is raised to the third power of the part of the seeds that are there (as spending functions of
    Lan and DeMets 1983 do for the other error), and before seven tenths of them are there it is 1: that no seed failed
    says little until then. From 50 seeds on it stays.
    """
    part = min(1.0, seeds / min(last, SETTLED)) if last else 1.0
    return level ** (part**3) if part >= ENOUGH else 1.0
