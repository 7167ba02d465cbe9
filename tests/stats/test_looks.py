"""Shares of a level."""

import pytest

from src.stats import looks


@pytest.mark.parametrize("planned", [1, 4, 10])
def test_looks_never_spend_more_than_there_is(planned):
    shares = [looks.share(look, planned) for look in range(1, 200)]
    assert sum(shares) <= 1 + 1e-12
    assert sum(shares[:planned]) == pytest.approx(looks.PLANNED)
    assert shares[:planned] == sorted(shares[:planned])
    assert sum(looks.early(look) for look in range(1, 1000)) < 1


def test_the_only_look_that_was_planned_can_be_passed_by_five_seeds():
    assert looks.share(1, 1) * 0.01 >= 2 / 252
