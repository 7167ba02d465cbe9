"""A loss and metrics by their Keras names, of a model's answers in inference mode, on every package and version."""

import numpy as np

from seedluck_worker.adapters import named
from seedluck_worker.shared.refusals import Mistake


class Scores:
    """Measures one scenario. kit: Toolkit. metrics: names, as adapters/named.py has."""

    def __init__(self, kit, scenario, metrics):
        self._kit, self._loss, self._metrics = kit, scenario.loss, metrics

    def of(self, model, data):
        """Return name → float of every metric over all rows, and as ``val_NAME`` over the validation rows.

        ``val_loss`` is the loss over the validation rows, without what a layer's regularizers add. data:
        Data.
        """
        measured = {}
        for prefix, x, y in (("", data.x, data.y), ("val_", data.validation_x, data.validation_y)):
            if x is None or not (prefix or self._metrics):
                continue
            answers = self._kit.predict(model, x)
            for asked in self._metrics:
                measured[prefix + _called(asked)] = self._metric(asked, *_first_output(y, answers))
            if prefix and not callable(self._loss):
                measured["val_loss"] = self._mean_loss(self._loss, y, answers)
        return measured

    def _metric(self, asked, targets, predictions):
        found = named.metric(self._kit.keras, asked, targets, predictions, self._kit.adapter.metrics_as_functions)
        if not hasattr(found, "update_state"):
            return float(np.mean(self._value(asked, found, targets, predictions)))
        if self._kit.adapter.metrics_as_functions:
            raise Mistake(
                f"scenario.metrics has {_called(asked)!r}, which this package can only compute inside of fit; allowed: "
                "a function of the package's, as mean_absolute_error or accuracy; the nearest valid choice is accuracy."
            )
        found.update_state(targets, predictions)
        return float(self._kit.array(found.result()))

    def _mean_loss(self, asked, targets, predictions):
        if isinstance(asked, (list, tuple)):
            return sum(self._mean_loss(*each) for each in zip(asked, targets, predictions))
        return float(np.mean(self._value(asked, named.loss(self._kit.keras, asked), targets, predictions)))

    def _value(self, name, function, targets, predictions):
        """The value of a function of two tensors, as an array."""
        return self._kit.adapter.value(name, function, _aligned(targets, predictions), predictions)


def _aligned(targets, predictions):
    """Targets at the rank of the predictions, as fit aligns them; whole numbers that name classes stay as they are."""
    if targets.ndim == predictions.ndim - 1 and predictions.shape[-1] == 1:
        targets = targets[..., None]
    return targets.astype("float32") if targets.shape == predictions.shape else targets


def _first_output(targets, predictions):
    """Metrics are of the first output."""
    return (targets[0], predictions[0]) if isinstance(predictions, list) else (targets, predictions)


def _called(asked):
    """``top_k`` of a name, of ``module.Class``, or of a dictionary."""
    name = (asked.get("config") or {}).get("name", asked["class_name"]) if isinstance(asked, dict) else asked
    return {"acc": "accuracy"}.get(name, name.rpartition(".")[2])
