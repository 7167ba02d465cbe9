"""Bisection along an order."""

import pytest

from seedluck.search.along.bisection import history

LEVELS = [f"v{i}" for i in range(16)]


def along(differs, refused=(), unknown=()):
    asked = []

    def test(level):
        asked.append(level)
        number = int(level[1:])
        return (
            "cannot_run"
            if number in refused
            else "unknown"
            if number in unknown
            else "differs"
            if differs(number)
            else "same"
        )

    return test, asked


@pytest.mark.parametrize("first", range(1, 16))
def test_the_version_that_brought_it(first):
    test, asked = along(lambda n: n >= first)
    found = history(LEVELS, test)
    assert (found.first_seen, found.before, found.gone_since) == (f"v{first}", f"v{first - 1}", None)
    assert len(asked) == len(set(asked)) <= 6
    assert found.monotone


@pytest.mark.parametrize(("first", "last", "start"), [(0, 5, 3), (4, 9, 6), (7, 7, 7), (0, 0, 0)])
def test_the_version_that_brought_it_and_the_one_that_cured_it(first, last, start):
    test, _ = along(lambda n: first <= n <= last)
    found = history(LEVELS, test, f"v{start}")
    assert found.first_seen == f"v{first}"
    assert found.last == f"v{last}"
    assert found.gone_since == f"v{last + 1}"
    assert found.before == (f"v{first - 1}" if first else None)


def test_levels_that_cannot_run_or_be_decided_are_passed_over():
    test, _ = along(lambda n: n >= 8, refused=(0, 1, 7, 15), unknown=(9,))
    found = history(LEVELS, test)
    assert found.first_seen in ("v8", "v10")
    assert found.before == "v6"
    assert found.states["v7"] == "cannot_run"


def test_a_history_that_comes_and_goes_is_reported_as_such():
    test, _ = along(lambda n: n < 3 or n > 12)
    found = history(LEVELS, test, "v7")
    assert not found.monotone
    assert (found.first_seen, found.gone_since) == ("v0", None)


def test_what_lies_between_two_that_agree_is_named_or_tried():
    found = history(LEVELS, along(lambda n: 5 <= n <= 6)[0])
    assert found.first_seen is None
    assert found.gaps == (("v0", tuple(LEVELS[1:-1]), "v15"),)
    test, asked = along(lambda n: 5 <= n <= 6)
    found = history(LEVELS, test, every=True)
    assert (found.first_seen, found.gone_since, found.gaps) == ("v5", "v7", ())
    assert len(asked) == len(LEVELS)


def test_nothing_to_see():
    assert history(LEVELS, along(lambda n: False)[0]).first_seen is None
    assert history(LEVELS, lambda level: "cannot_run").first_seen is None
