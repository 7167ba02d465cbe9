"""How many seeds a side a search needs to hold its tests against."""

import numpy as np

from src.search.sequential import MOST_REFERENCE, REFERENCE, references

NOISE = np.random.default_rng(0).normal(size=(2, 10))


def test_far_apart_ten_are_enough_and_near_more_are_taken():
    assert references(NOISE[0], NOISE[1] + 8) == REFERENCE
    assert REFERENCE < references(NOISE[0], NOISE[1] + 3) < MOST_REFERENCE
    assert references(NOISE[0], NOISE[1] + 0.5) == MOST_REFERENCE


def test_a_side_that_ends_in_two_places_overlaps_however_far_its_centre_is():
    two_places = 0.1 * NOISE[0] + np.where(np.arange(10) < 7, 0.0, 50.0)
    assert references(two_places, 0.1 * NOISE[1] + 40) > references(0.1 * NOISE[0], 0.1 * NOISE[1] + 40)


def test_of_rates_the_rates_alone_count():
    always, mostly = np.ones(10), np.repeat([1.0, 0.0], [8, 2])
    assert references(np.zeros(10), always) == REFERENCE
    assert references(np.zeros(10), mostly) < 30
