"""Which rows make up each batch."""

import numpy as np


def order_of_epochs(rows, shuffle, buffer, generator, size=None):
    """Yield, epoch after epoch and without end, the order of the rows: an int array of shape (rows,).

    shuffle: ``none``, ``each_epoch`` (a new permutation), ``buffer``: tf.data's way, which draws each next row from a
    window of ``buffer`` rows (None: all of them), or ``batch``: fit's way for files, which orders batches of ``size``
    rows anew and leaves the rows of each together; what is left over of the last batch stays at the end.
    """
    while True:
        if shuffle == "none":
            yield np.arange(rows)
        elif shuffle == "batch":
            whole = rows // size
            batches = generator.permutation(whole)[:, None] * size + np.arange(size)
            yield np.concatenate([batches.ravel(), np.arange(whole * size, rows)])
        elif shuffle == "each_epoch" or not buffer or buffer >= rows:
            yield generator.permutation(rows)
        else:
            yield _through_buffer(rows, buffer, generator)


def _through_buffer(rows, buffer, generator):
    window, order = list(range(buffer)), []
    for row in range(buffer, rows):
        place = generator.randint(buffer)
        order.append(window[place])
        window[place] = row
    return np.array(order + [window[i] for i in generator.permutation(buffer)])


def take(x, rows):
    """Return the given rows of an array, or of each array in a list."""
    return [array[rows] for array in x] if isinstance(x, list) else x[rows]


def count(x):
    """Number of rows of an array, or of the first array in a list."""
    return len(x[0]) if isinstance(x, list) else len(x)
