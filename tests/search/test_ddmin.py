"""Delta debugging on sets whose answer is known."""

import itertools

import pytest

from seedluck.search.ddmin import smallest

ITEMS = list("abcdefghijkl")


@pytest.mark.parametrize("cause", [set(c) for n in (1, 2, 3) for c in itertools.combinations("abdgl", n)])
def test_every_planted_set_is_found(cause):
    assert smallest(ITEMS, lambda part: part >= cause) == cause


def test_what_is_found_needs_each_of_its_members_whatever_the_test_answers():
    def holds(part):  # either of two ways, and some parts that cannot be decided
        return ({"a", "l"} <= part or {"c", "d", "e"} <= part) and len(part) != 6

    found = smallest(ITEMS, holds)
    assert holds(found)
    assert not any(holds(found - {item}) for item in found)


def test_suspects_are_tried_first_and_no_part_twice():
    asked = []

    def holds(part):
        asked.append(part)
        return part >= {"k"}

    assert smallest(ITEMS, holds, ["c", "k"]) == {"k"}
    assert asked == [frozenset("c"), frozenset("k")]
    asked.clear()
    smallest(ITEMS, holds)
    assert len(asked) == len(set(asked))
    assert len(asked) <= 2 * 4 + 1  # twice the halvings of 12


def test_suspects_that_are_wrong_do_no_harm():
    assert smallest(ITEMS, lambda part: part >= {"a", "l"}, ["b", "c"]) == {"a", "l"}
    assert smallest(ITEMS, lambda part: part >= {"a", "l"}, ["a", "l", "c"]) == {"a", "l"}
