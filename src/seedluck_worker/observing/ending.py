"""What is found of a training once it has ended."""

import numpy as np

from seedluck_worker.observing import audits

PACKAGES = ("keras", "tf_keras", "tensorflow")


def audits_of(training, final):
    """Return name → audit, as of observing/audits.py. final: name → array."""
    masks = training.adapter.masks
    drawing = audits.dropout(training.model, {"draws": None, "agrees": None}, masks and masks.held)
    drawing["not_held"] = (drawing["not_held"] if masks else []) + training.not_held
    variables = training.adapter.variables(training.model).items()
    trained = training.adapter.trained(training.model)
    trainable = [name for name, one in variables if name in training.initial and any(one is own for own in trained)]
    found = {
        "unmoved": audits.unmoved(training.initial, final, trainable),
        "finite": audits.finite(training.not_finite),
        "dropout": drawing,
    }
    batches = training.fed.audit(training.made_steps())
    return found if batches is None else dict(found, batches=batches)


def draws_nothing(training, found):
    """Return whether nothing is drawn in a training, as far as could be seen; False where it is not known.

    That is: every initial weight is one number throughout, no layer draws, and every epoch has the rows in one order.
    found: of :func:`audits_of`.
    """
    in_order = training.shuffled is False
    if training.kind == "train_on_batch":
        in_order = bool(training.streams["batches"].in_one_order())
    constant = all(_is_constant(array) for array in training.initial.values())
    return in_order and constant and not found["dropout"]["layers"] and _is_of_packages(training.model)


def _is_constant(array):
    """Whether an array was surely not drawn; of a single number that is sure of 0 and 1 alone."""
    same = bool(np.all(array == array.flat[0])) if array.size else True
    return same and (array.size != 1 or array.flat[0] in (0, 1))


def _is_of_packages(model):
    """Whether a package brings the model's class and those of all its layers, which then draw only as it says."""
    kind = type(model)
    known = kind.__module__.partition(".")[0] in PACKAGES and kind.__name__ != "Lambda"
    inside = [getattr(model, name, None) for name in ("layer", "forward_layer", "backward_layer", "cell")]
    inside = [one for one in inside if hasattr(one, "get_config")]
    return known and all(map(_is_of_packages, [*(getattr(model, "layers", None) or []), *inside]))
