"""How much each row counts in the loss."""

import numpy as np


def of_rows(data, framework):
    """Return the weight of every row, an array of shape (rows,); None where all count alike.

    The scenario's sample weights, unless ``framework.sample_weight=none``, times the weight of the row's class, where
    ``framework.class_weight`` has one. A class is a whole number, or the place of the largest target of a row.
    """
    weights = data.sample_weight if framework["sample_weight"] == "as_given" else None
    if not framework["class_weight"]:
        return weights
    classes = data.y.argmax(-1) if data.y.ndim > 1 and data.y.shape[-1] > 1 else np.ravel(data.y)
    table = {int(name): value for name, value in framework["class_weight"].items()}
    of_class = np.array([table.get(int(one), 1.0) for one in classes], "float32")
    return of_class if weights is None else of_class * weights
