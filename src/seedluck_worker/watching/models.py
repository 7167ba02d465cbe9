"""Models of a script: whose variables are trained, and when they can be read."""

import contextlib

from seedluck_worker.watching.given import arrays_of


def owner(adapter, models, variables):
    """Return the model that trains most of these variables, of several the one made last; None if none trains any.

    models: that adapter saw to be made, in order. A model that Keras makes inside of a Sequential, to compute it, is
    none of the script's.
    """
    inside = {id(getattr(model, "_functional", None)) for model in models}
    found, most = None, 0
    for model in reversed(models):
        trained = 0 if id(model) in inside else count_trained(adapter, model, variables)
        if trained > most:
            found, most = model, trained
    return found


def count_trained(adapter, model, variables):
    """Return how many of a model's weights are trained and among these variables; 0 of one that is not built yet."""
    ids = {id(variable) for variable in variables} | {id(getattr(one, "_value", one)) for one in variables}
    try:
        own = adapter.trained(model)
    except Exception:
        return 0
    return sum(id(one) in ids or id(getattr(one, "_value", one)) in ids for one in own)


def build(adapter, model, shapes):
    """Create the variables of a model that waits for its first rows, so that it can be seen where it starts.

    A model that cannot be built from shapes alone, as one whose call wants more than rows, is left as it is.
    """
    if shapes is None or adapter.is_built(model):
        return
    with contextlib.suppress(Exception):
        adapter.build(model, shapes)


def shapes_of(x):
    """The shapes that fit is fed, a tuple or a list of such, the rows as None; None where they are not known."""
    if hasattr(x, "element_spec"):  # a data set: the first of its two or three parts
        spec = x.element_spec
        shape = getattr(spec[0] if isinstance(spec, tuple) else spec, "shape", None)
        return None if shape is None or shape.rank is None else (None,) + tuple(shape.as_list()[1:])
    arrays = arrays_of(x)
    shapes = [(None,) + array.shape[1:] for array in arrays]
    return None if not arrays else shapes if isinstance(x, (list, tuple, dict)) else shapes[0]
