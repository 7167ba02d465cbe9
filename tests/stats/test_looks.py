"""Shares of a level."""

import pytest

from seedluck.stats import looks


@pytest.mark.parametrize("planned", [1, 4, 10])
def test_looks_never_spend_more_than_there_is(planned):
    shares = [looks.share(look, planned) for look in range(1, 200)]
    assert sum(shares) <= 1 + 1e-12
    assert sum(shares[:planned]) == pytest.approx(looks.PLANNED)
    assert shares[:planned] == sorted(shares[:planned])
    assert sum(looks.early(look) for look in range(1, 1000)) < 1


def test_the_only_look_that_was_planned_can_be_passed_by_five_seeds():
    assert looks.share(1, 1) * 0.01 >= 2 / 252


def numbered(sizes, planned, enough=5):
    taken = [(seeds, True) for seeds in sizes]
    return [looks.number(taken[:look], planned, lambda seeds: seeds >= enough) for look in range(1, len(taken) + 1)]


def test_a_look_that_could_not_pass_is_not_spent():
    assert numbered([3, 10], 1) == [1, 1]
    assert numbered([3, 10, 20], 1) == [1, 1, 2]
    assert numbered([10, 20, 30], 1) == [1, 2, 3]
    assert numbered([3, 6, 9, 12], 3) == [1, 2, 3, 1]


def test_a_look_that_lacked_outcomes_uses_nothing_that_was_planned():
    taken = [(6, False), (6, True)]
    assert [looks.number(taken[:look], 1, lambda seeds: True) for look in (1, 2)] == [2, 1]


def test_so_few_seeds_can_tell_nothing():
    assert [looks.can_tell(seeds, 0.0095) for seeds in (0, 3, 4, 5)] == [False, False, False, True]
    assert [looks.can_be_luck(seeds, 0.3) for seeds in (0, 5, 8, 9)] == [False, False, False, True]


def test_doubts_are_spent_over_the_rounds():
    doubts = [looks.doubt(0.05, seeds, 48) for seeds in range(8, 49, 8)]
    assert doubts[:4] == [1.0] * 4
    assert 0.05 < doubts[4] < 0.5
    assert doubts[5] == pytest.approx(0.05)
    assert looks.doubt(0.05, 100, 1000) == pytest.approx(0.05)
