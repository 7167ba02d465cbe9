"""Updates of an optimizer in a loop of the script's own, and the calls of a model that they follow."""

import numpy as np

from seedluck_worker.watching.fed import Batch, rows_of
from seedluck_worker.watching.given import flat
from seedluck_worker.watching.models import count_trained
from seedluck_worker.watching.streams import in_numpy

MOST_WAITING = 1000  # calls whose update comes later, if ever


class Calls:
    """Calls of models and losses under a gradient, each waiting for the update that it is for.

    in_full: whether every row is told, or only how many there are.
    """

    def __init__(self, in_full):
        self._in_full, self._waiting, self._targets = in_full, [], []

    def see(self, adapter, model, args, kwargs):
        """A model is called from outside of every model; args, kwargs: with what."""
        training = kwargs.get("training")
        told = training is None or isinstance(training, (bool, int))
        if told and adapter.engine.takes_gradient(training):
            given = _Given(args[0] if args else kwargs.get("inputs"), self._in_full)
            self._waiting = self._waiting[1 - MOST_WAITING :] + [(adapter, model, given)]

    def see_targets(self, adapter, targets):
        """A loss is computed for these targets."""
        if self._in_full and adapter.engine.takes_gradient_of_losses():
            self._targets = self._targets[1 - MOST_WAITING :] + [_Given(targets, True)]

    def taken(self, variables):
        """Return what has waited for an update of these variables: pairs of inputs and targets, each a :class:`_Given`.

        Targets are None unless there are as many as inputs. Calls of models that train none of these variables go on
        waiting.
        """
        ours = [count_trained(adapter, model, variables) > 0 for adapter, model, _ in self._waiting]
        waited = [given for (*_, given), own in zip(self._waiting, ours) if own]
        self._waiting = [call for call, own in zip(self._waiting, ours) if not own]
        targets, self._targets = self._targets, []
        return list(zip(waited, targets if len(targets) == len(waited) else [None] * len(waited)))

    def tensors_of(self, inputs, targets, graph, rows_of):
        """Return the tensors by which a graph can tell inputs and targets; empty lists for what it does not compute.

        rows_of: tensor → how many rows it has.
        """
        read = [given.tensors if given is not None and given.graph is graph else [] for given in (inputs, targets)]
        return read if self._in_full else [[rows_of(one) for one in read[0][:1]], []]

    def batch(self, inputs, targets, computed=((), ())):
        """Return a batch, or None where its inputs were not seen.

        computed: what their graph told of the tensors of :meth:`tensors_of`.
        """
        seen = inputs.seen
        if seen is None and computed[0]:
            seen = _seen(computed[0], True) if self._in_full else (int(np.asarray(computed[0][0])), None)
        if seen is None:
            return None
        of_targets = targets and (targets.seen or (_seen(computed[1], True) if computed[1] else None))
        return Batch(*seen, targets=of_targets and of_targets[1])


class _Given:
    """What a model or a loss is given.

    Attributes:
        graph: that computes it; None where it has values already.
        tensors: that the graph computes; empty where it has values.
        seen: how many rows it has, and their digests; None where that is not known.
    """

    def __init__(self, value, in_full):
        tensors = flat(value)
        graphs = [getattr(one, "graph", None) for one in tensors]
        self.graph = next((graph for graph in graphs if graph is not None), None)
        self.tensors = [] if self.graph is None else tensors
        self.seen = _seen(tensors, in_full) if self.graph is None else None


def _seen(tensors, in_full):
    """How many rows there are, and their digests; None of a kind that no array can be made of."""
    try:
        return rows_of(in_numpy(tensors) if in_full else tensors, in_full)
    except Exception:  # each package has its own
        return None


class Update:
    """One update; told as a step once it is made, also where it is made inside of a graph.

    tell: is called after it with the batches that it was made from, None in the place of each that was not seen.
    """

    def __init__(self, tell, adapter, model, variables, calls):
        self._tell, self._adapter, self._model, self._variables, self._calls = tell, adapter, model, variables, calls

    def ended(self):
        """The update has been made, or put into the graph that makes it."""
        if self._model is None:
            return
        waited = self._calls.taken(self._variables)
        graph = self._adapter.engine.traced()
        if graph is None:
            self._tell([self._calls.batch(*pair) for pair in waited])
        else:
            self._tell_from_graph(graph, waited)

    def _tell_from_graph(self, graph, waited):
        """Tell at every execution, after what is read has been written."""
        engine, read, places = self._adapter.engine, [], []
        for pair in waited:
            both = self._calls.tensors_of(*pair, graph=graph, rows_of=engine.rows_of)
            first, middle = len(read), len(read) + len(both[0])
            read += both[0] + both[1]
            places.append((slice(first, middle), slice(middle, len(read))))

        def tell(*values):
            batches = [
                self._calls.batch(*pair, computed=[values[place] for place in both])
                for pair, both in zip(waited, places)
            ]
            self._tell(batches)

        engine.tell_from_graph(tell, read, self._variables)
