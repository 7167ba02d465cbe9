"""How many seeds a side a search needs to hold its tests against."""

import numpy as np

from seedluck.search.sequential import ALONE, TOGETHER, references

NOISE = np.random.default_rng(0).normal(size=(2, 10))


def test_far_apart_ten_are_enough_and_near_more_are_taken():
    assert references(NOISE[0], NOISE[1] + 8) == ALONE.reference
    assert ALONE.reference < references(NOISE[0], NOISE[1] + 3) < ALONE.most_reference
    assert references(NOISE[0], NOISE[1] + 0.5) == ALONE.most_reference


def test_of_seeds_that_train_together_many_are_taken():
    near, alike = NOISE[0] + 0.5, np.random.default_rng(1).normal(size=(2, 400))
    assert references(alike[0], alike[1] + 0.5, TOGETHER) > 300
    assert references(NOISE[0], near, TOGETHER) <= TOGETHER.most_reference
    assert references(NOISE[0], NOISE[1] + 8, TOGETHER) == TOGETHER.reference


def test_a_side_that_ends_in_two_places_overlaps_however_far_its_centre_is():
    two_places = 0.1 * NOISE[0] + np.where(np.arange(10) < 7, 0.0, 50.0)
    assert references(two_places, 0.1 * NOISE[1] + 40) > references(0.1 * NOISE[0], 0.1 * NOISE[1] + 40)


def test_of_rates_the_rates_alone_count():
    always, mostly = np.ones(10), np.repeat([1.0, 0.0], [8, 2])
    assert references(np.zeros(10), always) == ALONE.reference
    assert references(np.zeros(10), mostly) < 30
