"""Places among the differences, against the sorted list of all."""

import numpy as np
import pytest

from seedluck.stats.differences import LISTED, Differences


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("kind", ["normal", "tied", "of all sizes"])
@pytest.mark.parametrize("seeds", [1, 2, 7, LISTED + 1])
def test_places_are_those_of_the_sorted_list(seeds, kind, paired):
    generator = np.random.default_rng(seeds)
    a, b = generator.normal(size=(2, seeds))
    if kind == "tied":
        a, b = a.round(1), b.round(1)
    if kind == "of all sizes":
        a, b = a * 10.0 ** generator.integers(-200, 200, seeds), b * 10.0 ** generator.integers(-200, 200, seeds)
    listed = np.subtract.outer(b, a).ravel()
    if paired:
        listed = (np.add.outer(b - a, b - a) / 2)[np.triu_indices(seeds)]
    listed = np.sort(listed)
    differences, places = Differences(a, b, paired), [0, len(listed) // 3, len(listed) - 1]
    assert len(differences) == len(listed)
    assert differences.at(places).tolist() == listed[places].tolist()
    assert differences.median() == np.median(listed)
    for value in (listed[len(listed) // 2], 0.05):
        assert differences.equal(value) == (listed == value).sum()


def test_sides_of_unequal_length():
    a, b = np.arange(LISTED + 3.0), np.arange(LISTED - 5.0) / 3
    listed = np.sort(np.subtract.outer(b, a).ravel())
    assert Differences(a, b, False).at([10, 11, 100_000]).tolist() == listed[[10, 11, 100_000]].tolist()
