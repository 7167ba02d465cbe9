"""The order of rows."""

from itertools import islice

import numpy as np
import pytest

from seedluck_worker.randomness.batches import order_of_epochs


def orders(shuffle, buffer, epochs=3, rows=50):
    return list(islice(order_of_epochs(rows, shuffle, buffer, np.random.RandomState(0)), epochs))


@pytest.mark.parametrize(
    ("shuffle", "buffer"), [("none", None), ("each_epoch", None), ("buffer", 10), ("buffer", None)]
)
def test_every_epoch_sees_every_row_once(shuffle, buffer):
    for order in orders(shuffle, buffer):
        assert sorted(order) == list(range(50))


def test_unshuffled_rows_stay_in_order():
    assert all(list(order) == list(range(50)) for order in orders("none", None))


def test_shuffled_epochs_differ():
    first, second, third = map(tuple, orders("each_epoch", None))
    assert len({first, second, third}) == 3


def test_a_buffer_lets_no_row_come_more_than_its_length_early():
    for order in orders("buffer", 10, epochs=20):
        assert all(row - place < 10 for place, row in enumerate(order))
        assert list(order) != sorted(order)
