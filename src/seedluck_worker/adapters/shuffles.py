"""The order in which TensorFlow's data sets are shuffled, held in a replay: that in which fit is given arrays.

Only a whole shuffle is held: one whose buffer takes every row, of a data set whose length is known. Any other draws as
it does, and the batches that come of it are compared.
"""

import functools

import numpy as np

from seedluck_worker.randomness.batches import order_of_epochs

MOST_BYTES = 2**29  # of a data set that is shuffled as a whole


class Shuffles:
    """Every data set that a script shuffles as a whole: the first one in the orders in which fit is given arrays, each
    further one in others, as two data sets that are shuffled apart come in two orders.

    tf: TensorFlow 2. seeds: Seeds of the kind ``shared``.
    """

    def __init__(self, tf, seeds):
        self._tf, self._seeds, self._orders = tf, seeds, []
        original = tf.data.Dataset.shuffle

        @functools.wraps(original)
        def shuffle(dataset, buffer_size, seed=None, reshuffle_each_iteration=None, *args, **kwargs):
            rows = self._rows(dataset, buffer_size)
            if rows is None:
                return original(dataset, buffer_size, seed, reshuffle_each_iteration, *args, **kwargs)
            return self._in_order(dataset, rows, anew=reshuffle_each_iteration is not False)

        tf.data.Dataset.shuffle = shuffle

    def restart(self):
        """A fit begins: what was read before, to see shapes, does not count."""
        for orders in self._orders:
            orders.restart()

    def _rows(self, dataset, buffer_size):
        """How many rows a data set has, if it can be shuffled as a whole; else None."""
        tf = self._tf
        if not tf.executing_eagerly():
            return None
        try:
            rows = int(tf.data.experimental.cardinality(dataset))
            parts = tf.nest.flatten(dataset.element_spec)
            size = sum(int(np.prod(part.shape.as_list())) * part.dtype.size for part in parts)
            whole = all(isinstance(part, tf.TensorSpec) for part in parts) and int(buffer_size) >= rows > 0
        except (TypeError, ValueError, AttributeError):  # of parts whose shape or type is not known
            return None
        return rows if whole and size * rows <= MOST_BYTES else None

    def _in_order(self, dataset, rows, anew):
        tf, orders = self._tf, _Orders(rows, self._seeds, anew, len(self._orders))
        self._orders.append(orders)

        def take(*parts):
            order = tf.numpy_function(orders.next, [], tf.int64)
            order.set_shape([rows])
            return tf.nest.map_structure(lambda one: tf.gather(one, order), parts if len(parts) > 1 else parts[0])

        shuffled = dataset.batch(rows).map(as_it_is(tf, take)).unbatch()
        known = getattr(tf.data.experimental, "assert_cardinality", None)  # or a script could not ask for its length
        return shuffled if known is None else shuffled.apply(known(rows))


class _Orders:
    """The order of the rows, each time that a data set is read.

    anew: whether it is another one each time. number: of data sets that were shuffled before.
    """

    def __init__(self, rows, seeds, anew, number):
        self._rows, self._seeds, self._anew, self._number = rows, seeds, anew, number
        self.restart()

    def restart(self):
        """Begin with the first order again."""
        generator = self._seeds.batch_order()
        for _ in range(self._number):
            generator = np.random.RandomState(generator.randint(2**31 - 1))
        self._orders = order_of_epochs(self._rows, "each_epoch", None, generator)

    def next(self):
        """Return the next order, int64 of shape (rows,)."""
        if not self._anew:
            self.restart()
        return np.asarray(next(self._orders), "int64")


def as_it_is(tf, function):
    """Return the function so that TensorFlow does not rewrite it, which the first releases did wrongly."""
    experimental = getattr(getattr(tf, "autograph", None), "experimental", None)
    return experimental.do_not_convert(function) if hasattr(experimental, "do_not_convert") else function
