"""What a scenario is: the rules that the five here and anybody's own follow.

Worker plane: NumPy and the framework only, Python 3.7 syntax.
"""

from collections import namedtuple

#: x, validation_x: an array of shape (rows, ...) or a list of such arrays, one for each input of the model.
#: y, validation_y: an array of shape (rows, ...), or a list of such arrays, one for each output.
#: sample_weight: an array of shape (rows,). The validation pair and the weights are None if a scenario has none.
Data = namedtuple("Data", ["x", "y", "validation_x", "validation_y", "sample_weight"])
Data.__new__.__defaults__ = (None, None, None)


class Scenario:
    """A small training problem with a known answer.

    The constructor takes what the scenario's YAML lists under ``settings``. The YAML also says which variants
    and paths there are, which measurement is the outcome (``metric``) and below which value a run counts as
    converged. Declare what can be observed; never declare a cause.
    """

    #: The loss by its Keras name, or a method ``loss(self, kit, targets, predictions)`` that gives a scalar tensor; of
    #: several outputs, a list of names. ``scenario.loss`` in the YAML or on the command line takes its place.
    loss = "mse"
    #: What ``measure`` measures: metrics by their Keras names; ``scenario.metrics`` takes its place.
    metrics = ()

    def data(self):
        """Return Data, drawn with NumPy from a seed of its own, so that every run trains on the same rows."""
        raise NotImplementedError

    def settled(self, variant):
        """Return name → value for settings that the YAML leaves at null and that a variant then decides.

        A setting that is told here is a factor of its own when a difference between variants is explained.
        """
        return {}

    def model(self, kit, variant):
        """Return the uncompiled model, written as for any Keras: ``kit.keras.layers.Dense(10)``.

        kit: Toolkit. variant: one of the names in the YAML. Initial weights and dropout masks
        are held without the model's help. Only a layer that computes something from another's weights when it is built
        should have its initializers from ``kit.initializer``.
        """
        raise NotImplementedError

    def measure(self, kit, model, data):
        """Return name → float, measured before training and at every epoch's end; ``metric`` is among them.

        Unless a scenario says otherwise: every metric over all rows, the same as ``val_NAME`` over the validation rows,
        and ``val_loss``.
        """
        return kit.score(self, model, data, self.metrics)

    def invariants(self, kit, model):
        """Return name → gap, a float that is 0 where it holds exactly.

        Asked right after ``measure``, of the same weights.
        """
        return {}
