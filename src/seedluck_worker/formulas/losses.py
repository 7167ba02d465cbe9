"""Losses by their definitions, row by row; independent of every framework.

``xp`` is NumPy, or ``jax.numpy``. A loss takes ``(xp, targets, predictions, **settings)``, arrays of one shape (rows,
..., outputs), and returns an array of shape (rows, ...). settings: by the names and with the defaults of Keras's
classes, whose documentation has the definitions; EPSILON keeps a logarithm finite, as there.
"""

from functools import partial

EPSILON = 1e-7


def _error(of, xp, targets, predictions):
    return of(xp, predictions - targets).mean(-1)


def huber(xp, targets, predictions, delta=1.0):
    """Return half the squared error up to ``delta``, and a straight line beyond (Huber 1964)."""
    error = abs(predictions - targets)
    return xp.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2).mean(-1)


def percentage(xp, targets, predictions):
    """Return the mean absolute error in percent of the targets."""
    return 100 * (abs(predictions - targets) / xp.maximum(abs(targets), EPSILON)).mean(-1)


def squared_logarithm(xp, targets, predictions):
    """Return the mean squared error of the logarithms of 1 + value."""
    logs = [xp.log(xp.maximum(array, EPSILON) + 1) for array in (targets, predictions)]
    return ((logs[1] - logs[0]) ** 2).mean(-1)


def binary_crossentropy(xp, targets, predictions, from_logits=False, label_smoothing=0.0):
    """Return the mean cross-entropy of independent yes or no outputs."""
    targets = targets * (1 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        every = xp.maximum(predictions, 0) - predictions * targets + xp.log1p(xp.exp(-abs(predictions)))
    else:
        p = xp.clip(predictions, EPSILON, 1 - EPSILON)
        every = -(targets * xp.log(p) + (1 - targets) * xp.log(1 - p))
    return every.mean(-1)


def categorical_crossentropy(xp, targets, predictions, from_logits=False, label_smoothing=0.0):
    """Return the cross-entropy of one class out of several; targets: probabilities of classes."""
    targets = targets * (1 - label_smoothing) + label_smoothing / predictions.shape[-1]
    return -(targets * _logarithm(xp, predictions, from_logits)).sum(-1)


def sparse_categorical_crossentropy(xp, targets, predictions, from_logits=False):
    """targets: of shape (rows, ...) or (rows, ..., 1), the numbers of classes."""
    if targets.ndim == predictions.ndim:
        targets = targets[..., 0]
    chosen = targets[..., None].astype("int32") == xp.arange(predictions.shape[-1])
    return -xp.where(chosen, _logarithm(xp, predictions, from_logits), 0).sum(-1)


def divergence(xp, targets, predictions):
    """Return how far predictions diverge from targets, both probabilities (Kullback and Leibler 1951)."""
    t, p = (xp.clip(array, EPSILON, 1) for array in (targets, predictions))
    return (t * xp.log(t / p)).sum(-1)


def poisson(xp, targets, predictions):
    """Return the negative log-likelihood of counts under rates, without what the predictions do not change."""
    return (predictions - targets * xp.log(predictions + EPSILON)).mean(-1)


def hinge(xp, targets, predictions, power=1):
    """Return the mean hinge loss; targets: -1 and 1, or 0 and 1. power: 2 for the squared one."""
    signs = xp.where(((targets == 0) | (targets == 1)).all(), 2 * targets - 1, targets)
    return (xp.maximum(1 - signs * predictions, 0) ** power).mean(-1)


def categorical_hinge(xp, targets, predictions):
    """Return the hinge loss between the right class and the best wrong one."""
    right, wrong = (targets * predictions).sum(-1), ((1 - targets) * predictions).max(-1)
    return xp.maximum(wrong - right + 1, 0)


def cosine_similarity(xp, targets, predictions):
    """Return the negative cosine of the angle between targets and predictions."""
    lengths = [xp.sqrt(xp.maximum((array**2).sum(-1), EPSILON**2)) for array in (targets, predictions)]
    return -(targets * predictions).sum(-1) / (lengths[0] * lengths[1])


def _logarithm(xp, predictions, from_logits):
    """Of probabilities over the last axis, of which an output that is no logit is made to sum to 1."""
    if from_logits:
        above = predictions - predictions.max(-1, keepdims=True)
        return above - xp.log(xp.exp(above).sum(-1, keepdims=True))
    return xp.log(xp.clip(predictions / predictions.sum(-1, keepdims=True), EPSILON, 1 - EPSILON))


_mse = partial(_error, lambda xp, error: error**2)
_mae = partial(_error, lambda xp, error: abs(error))

#: Name, in small letters without underscores → the loss.
LOSSES = {
    "mse": _mse,
    "meansquarederror": _mse,
    "mae": _mae,
    "meanabsoluteerror": _mae,
    "mape": percentage,
    "meanabsolutepercentageerror": percentage,
    "msle": squared_logarithm,
    "meansquaredlogarithmicerror": squared_logarithm,
    "huber": huber,
    "logcosh": partial(_error, lambda xp, error: xp.logaddexp(error, -error) - xp.log(2.0)),
    "binarycrossentropy": binary_crossentropy,
    "categoricalcrossentropy": categorical_crossentropy,
    "sparsecategoricalcrossentropy": sparse_categorical_crossentropy,
    "kldivergence": divergence,
    "poisson": poisson,
    "hinge": hinge,
    "squaredhinge": partial(hinge, power=2),
    "categoricalhinge": categorical_hinge,
    "cosinesimilarity": cosine_similarity,
}


def aligned(name, targets, predictions):
    """Return the targets at the rank of the predictions, so that a row's target meets this row's prediction."""
    if name == "sparsecategoricalcrossentropy" or targets.ndim == predictions.ndim:
        return targets
    if targets.ndim == predictions.ndim - 1 and predictions.shape[-1] == 1:
        return targets[..., None]
    if predictions.ndim == targets.ndim - 1 and targets.shape[-1] == 1:
        return targets[..., 0]
    return targets
