"""What fit is fed batch by batch: data sets of TensorFlow, generators, sequences of Keras, loaders of PyTorch.

A stream is replaced by one that gives the same batches and shows each of them on the way.
"""

import functools
import hashlib
import inspect
import itertools
import sys

import numpy as np

from seedluck_worker.adapters.shuffles import as_it_is
from seedluck_worker.watching.fed import batch_of
from seedluck_worker.watching.given import arrays_of, as_array, flat, row_digests
from seedluck_worker.watching.ordered import accepted

MOST_BYTES = 2**31  # of batches that are kept to be handed over


def is_stream(value):
    """Whether data are given batch by batch: neither as arrays, nor as tensors, nor as structures of such."""
    return not (value is None or isinstance(value, (list, tuple, dict, str)) or hasattr(value, "dtype"))


def shown(stream, seen):
    """Return a stream with the same batches that shows each one to ``seen``; None for a kind that is not known.

    seen: its ``see`` gets a batch as the stream gives it, every tensor an array of NumPy.
    """
    see, seen.once = seen.see, hasattr(stream, "__next__")
    tf = sys.modules.get("tensorflow")
    if hasattr(stream, "element_spec") or hasattr(stream, "output_types"):  # as of a data set, or its iterator
        return _data_set(tf, stream, see) if hasattr(stream, "map") else None
    if hasattr(stream, "__next__"):
        return _generator(stream, see)
    if hasattr(stream, "__getitem__") and hasattr(stream, "__len__"):
        return _instead(stream, "__getitem__", see)
    if hasattr(stream, "__iter__") and hasattr(stream, "__len__"):
        return _loader(stream, see)
    return None


def _data_set(tf, stream, see):
    nest = getattr(tf, "nest", None) or tf.contrib.framework.nest
    through = getattr(tf, "numpy_function", None) or tf.py_func

    def show(*parts):
        whole = parts if len(parts) > 1 else parts[0]
        flat = nest.flatten(whole)
        if not all(isinstance(one, tf.Tensor) for one in flat):
            return whole

        def tell(*arrays):
            see(nest.pack_sequence_as(whole, [np.array(one) for one in arrays]))
            return np.int64(0)

        with tf.control_dependencies([through(tell, flat, tf.int64)]):
            return nest.pack_sequence_as(whole, [tf.identity(one) for one in flat])

    return stream.map(as_it_is(tf, show))


def _generator(stream, see):
    for batch in stream:
        see(in_numpy(batch))
        yield batch


def _instead(stream, method, see):
    """The same object, of a class that shows what one of its methods returns."""
    kind = type(stream)
    original = getattr(kind, method)

    def showing(self, *args):
        batch = original(self, *args)
        see(in_numpy(batch))
        return batch

    stream.__class__ = type(kind.__name__, (kind,), {method: showing, "__module__": kind.__module__})
    return stream


def _loader(stream, see):
    kind = type(stream)

    def showing(self):
        return _generator(kind.__iter__(self), see)

    stream.__class__ = type(kind.__name__, (kind,), {"__iter__": showing, "__module__": kind.__module__})
    return stream


def in_numpy(batch):
    """Return a batch with every tensor as an array of NumPy."""
    if batch is None:
        return None
    if isinstance(batch, dict):
        return {key: in_numpy(one) for key, one in batch.items()}
    if isinstance(batch, (list, tuple)):
        return tuple(in_numpy(one) for one in batch)
    return np.array(as_array(batch))


class _GoesBy:
    """What is to be known of the batches of a stream.

    Attributes:
        once: whether a batch that a framework looks at before the training is not read again, as of a generator.
    """

    once = False

    def starts(self):
        """The training begins; what was looked at before it is fed then."""
        if not self.once:
            self.forget()


class Seen(_GoesBy):
    """What went by of a stream: digests alone.

    whole: whether every epoch counts; otherwise the first. fed: Fed that sees the inputs of each batch,
    or None. in_full: whether it sees their rows, or only how many they are.
    """

    def __init__(self, whole, fed=None, in_full=False):
        self._whole, self._going, self._batches, self._first = whole, True, [], None
        self._fed, self._in_full = fed, in_full

    def see(self, batch):
        """A batch goes by, also ahead of the step that it is for."""
        if not self._going:
            return
        arrays = [np.asarray(one) for one in flat(batch)]
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(str((array.shape, array.dtype.str)).encode())
            digest.update(repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes())
        self._first = self._first or (list(arrays[0].shape), str(arrays[0].dtype))
        rows = [b"".join(parts) for parts in zip(*map(row_digests, arrays))]
        self._batches.append((digest.digest(), rows))
        if self._fed is not None:
            inputs, targets = (*batch, None)[:2] if isinstance(batch, (list, tuple)) else (batch, None)
            self._fed.see(batch_of(inputs, self._in_full, targets))

    def forget(self):
        """Begin anew."""
        self._batches = []
        if self._fed is not None:
            self._fed.forget()

    def epoch_ends(self):
        """An epoch is over."""
        self._going = self._whole
        if self._fed is not None and not self._whole:
            self._fed.missed = True

    def in_one_order(self):
        """Return whether the same batches came again and again in one order; None where none came twice."""
        digests = [whole for whole, _ in self._batches]
        turn = digests.index(digests[0], 1) if digests.count(digests[0]) > 1 else None
        return None if turn is None else all(one == digests[i % turn] for i, one in enumerate(digests))

    def told(self, steps=None):
        """Return shape and type of the first batch, and digests, as :func:`given.of_array` does.

        steps: how many batches count, of those that went by; None: all. Returns None if fewer were seen, as where
        other processes read them.
        """
        used = self._batches[:steps]
        if not used or (steps is not None and len(used) < steps):
            return None
        rows = [row for _, of_batch in used for row in of_batch]
        return {
            "shape": self._first[0],
            "dtype": self._first[1],
            "sha256": hashlib.sha256(b"".join(whole for whole, _ in used)).hexdigest(),
            "values": hashlib.sha256(b"".join(rows)).hexdigest()[:12],
            "rows": hashlib.sha256(b"".join(sorted(rows))).hexdigest()[:12],
        }


class Kept(_GoesBy):
    """What goes by of a stream, to be handed over: a list of batches, or None once they are more than can be kept."""

    def __init__(self):
        self.batches, self._bytes = [], 0

    def see(self, batch):
        """A batch goes by."""
        self._bytes += sum(np.asarray(one).nbytes for one in flat(batch))
        if self._bytes > MOST_BYTES:
            self.batches = None
        if self.batches is not None:
            self.batches.append(batch)

    def forget(self):
        """Begin anew."""
        self.batches, self._bytes = [], 0


def as_arrays(stream, steps):
    """Return all that a stream gives as ``(x, y)`` or ``(x, y, weights)``, arrays or structures of such.

    steps: how many batches are read; None: to its end. Returns None where that is nothing, or more than can be kept.
    """
    kept = Kept()
    if hasattr(stream, "__getitem__") and hasattr(stream, "__len__"):
        stream = (stream[i] for i in range(len(stream)))
    for batch in itertools.islice(iter(stream), steps):
        kept.see(in_numpy(batch))
        if kept.batches is None:
            break
    return _joined(kept.batches) if kept.batches else None


def _joined(parts):
    first = parts[0]
    if isinstance(first, dict):
        return {key: _joined([one[key] for one in parts]) for key in first}
    if isinstance(first, tuple):
        return tuple(_joined(list(several)) for several in zip(*parts))
    return None if first is None else np.concatenate(parts)


def again(batches):
    """Yield batches one after another, from the beginning again after the last."""
    while True:
        yield from batches


def feed(adapter, original, model, given):
    """Call fit, or the method that a version has for generators alone; return its history."""
    arrays = bool(arrays_of(given.get("x")))
    generator = hasattr(given.get("x"), "__next__")
    if arrays or not (original.__name__ == "fit_generator" or (generator and not adapter.fit_takes_generators)):
        method = model.fit if original.__name__ == "fit_generator" else functools.partial(original, model)
        return method(**accepted(given))
    known = inspect.signature(model.fit_generator).parameters
    words = {name: value for name, value in given.items() if name in known and value is not None}
    return model.fit_generator(given["x"], **words)
