"""The batches that a training is fed, so that two trainings can be compared batch by batch, however they are fed.

Of a batch only the inputs of the model count, row by row, as numbers up to float32: the same rows in the same order
give the same digest for arrays, streams and loops, and in every package.
"""

import hashlib

import numpy as np

from seedluck_worker.watching.given import flat, row_digests

LARGE = 2**256


class Rows:
    """The rows of one or several arrays that are fed together, with those of their targets, none or several arrays."""

    def __init__(self, arrays, targets=()):
        self._digests = _digests_of(arrays)
        self._targets = _digests_of(targets) if targets else None

    def batches(self, order, size):
        """Return the batches that fit cuts of the rows. order: int array of shape (rows,). size: in rows."""
        parts = [order[first : first + size] for first in range(0, len(order), size)]
        return [Batch(len(part), *(_chosen(each, part) for each in (self._digests, self._targets))) for part in parts]


def batch_of(inputs, in_full, targets=None):
    """Return a batch from what a model is given as inputs: an array, or a structure of several.

    in_full: whether its rows are told, or only how many they are. targets: as inputs; None where they are not known.
    """
    rows, digests = rows_of(inputs, in_full)
    return Batch(rows, digests, None if targets is None or not in_full else rows_of(targets, True)[1])


def rows_of(value, in_full):
    """Return how many rows an array has, or a structure of several, and the digest of each; None for these if not
    in_full."""
    arrays = flat(value)
    shape = np.shape(arrays[0])
    rows = int(shape[0]) if len(shape) else 1
    return rows, _digests_of([np.asarray(one) for one in arrays]) if in_full else None


def _chosen(digests, rows):
    return None if digests is None else [digests[row] for row in rows]


def _digests_of(arrays):
    return [b"".join(parts) for parts in zip(*map(row_digests, arrays))]


class Batch:
    """One batch. rows: how many. digests: of each row; None where only their number is known. targets: as digests."""

    def __init__(self, rows, digests=None, targets=None):
        self.rows, self.digest, self.sum = rows, None, 0
        self.targets = None if targets is None else hashlib.sha256(b"".join(targets)).digest()
        if digests is not None:
            self.digest = hashlib.sha256(b"".join(digests)).digest()
            self.sum = sum(int.from_bytes(hashlib.sha256(one).digest(), "big") for one in digests) % LARGE


class Fed:
    """Batches in the order in which they are fed.

    Attributes:
        missed: whether some went by unseen, so that nothing can be told of all.
    """

    def __init__(self):
        self._batches, self._steps, self.missed = [], [], False

    def see(self, batch, step=None):
        """A batch goes by. step: the update that it is for, from 1; None: each batch is for the next one."""
        self._batches.append(batch)
        self._steps.append(len(self._batches) if step is None else step)

    def see_all(self, batches):
        """Several batches go by, each for the next update."""
        for batch in batches:
            self.see(batch)

    def forget(self):
        """Begin anew."""
        self._batches, self._steps = [], []

    def told(self, steps=None):
        """Return what is told of the inputs: ``sha256`` of the rows in order, batch by batch; ``rows`` of them in any
        order; ``steps``: how many batches; ``empty``: the first step whose batch has no rows, or "". And where the
        targets of every batch were seen, ``targets``: as sha256.

        steps: how many batches count, of those that went by; None: all. Returns None where not all of them were seen.
        """
        used = self._batches[:steps]
        if self.missed or not used or len(used) < (steps or 0) or any(batch.digest is None for batch in used):
            return None
        every = sum(batch.sum for batch in used) % LARGE
        first = self.first_empty(steps)
        targets = [batch.targets for batch in used]
        told = {} if None in targets else {"targets": hashlib.sha256(b"".join(targets)).hexdigest()}
        return {
            **told,
            "sha256": hashlib.sha256(b"".join(batch.digest for batch in used)).hexdigest(),
            "rows": hashlib.sha256(every.to_bytes(32, "big")).hexdigest()[:12],
            "steps": len(used),
            "empty": "" if first is None else first,
        }

    def first_empty(self, steps=None):
        """Return the first step whose batch has no rows, from 1; None if none was seen."""
        pairs = list(zip(self._steps, self._batches))[:steps]
        return next((step for step, batch in pairs if not batch.rows), None)

    def audit(self, steps=None):
        """Return the audit ``batches``: whether every batch holds rows; None where no batch was seen."""
        first = self.first_empty(steps)
        if first is not None:
            return {"ok": False, "says": f"a batch of 0 rows is fed, first at step {first}", "step": first}
        if self.missed or not self._batches:
            return None
        return {"ok": True, "says": "every batch holds rows"}
