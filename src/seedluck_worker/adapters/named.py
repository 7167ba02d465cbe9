"""Optimizers, losses, metrics, schedules and callbacks by the names that their package gives them.

A name is a class of the package as it is written there (``AdamW``), or in small letters with or without underscores
(``adamw``, ``sparse_categorical_crossentropy``); or ``module.Class`` of anybody's own. Where arguments belong to it, it
is a dictionary as Keras itself writes such things: ``{class_name: ExponentialDecay, config: {decay_rate: 0.9, ...}}``.
"""

import importlib
import inspect

from seedluck_worker.shared.refusals import Mistake, refused

TF_TRAIN = {"tf_train_rmsprop": "RMSPropOptimizer", "tf_train_adadelta": "AdadeltaOptimizer"}
CLIPPING = ("clipnorm", "clipvalue")  # which every Keras optimizer takes, in some versions by **kwargs
_HELPERS = ("get", "serialize", "deserialize", "Loss", "Metric", "Callback", "CallbackList")
OPTIMIZERS_OWN = ("Optimizer", "OptimizerMap", "MultiOptimizer", "LossScaleOptimizer", "TFOptimizer", "zip")


def offered(module, function=False):
    """Return name → class of a package's module such as keras.losses. function: its functions as well."""
    kinds = (inspect.isclass, inspect.isfunction) if function else (inspect.isclass,)
    names = [name for name in dir(module) if not name.startswith("_") and name not in _HELPERS]
    public = {name: getattr(module, name, None) for name in names}  # TensorFlow 1.14 wraps its modules
    return {name: one for name, one in public.items() if any(is_kind(one) for is_kind in kinds)}


def find(what, name, known):
    """Return what a package has by a name, or ``module.Class`` imported; raises Mistake with the nearest name.

    what: the setting, as in "optimizer.name is". known: name → class.
    """
    if name in known:
        return known[name]
    if "." in name:
        module, _, own = name.rpartition(".")
        try:
            return getattr(importlib.import_module(module), own)
        except (ImportError, AttributeError, ValueError) as error:
            raise Mistake(
                f"{what} {name!r}, which cannot be imported ({error}); allowed: module.Class on the import path, or "
                "a name of the package."
            ) from error
    by_letters = {_letters(other): other for other in sorted(known, key=str.islower)}
    if _letters(name) in by_letters:
        return known[by_letters[_letters(name)]]
    raise refused(what, name, known)


def made(what, asked, known):
    """Return an object of a class: from its name, or from a dictionary with ``class_name`` and ``config``.

    Raises Mistake for a name or an argument that the package does not have.
    """
    if isinstance(asked, str):
        asked = {"class_name": asked}
    if not isinstance(asked, dict) or not isinstance(asked.get("class_name"), str):
        raise Mistake(
            f"{what} {asked!r}; allowed: a name, or {{class_name: NAME, config: {{ARGUMENT: VALUE}}}}; the nearest "
            "valid choice is a name."
        )
    kind = find(what, asked["class_name"], known)
    return built(f"{asked['class_name']} takes no argument", kind, asked.get("config") or {})


def built(what, kind, arguments):
    """Return an object of the class, or raise Mistake that names the argument which it does not take."""
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        named = _arguments(kind)
        for argument in arguments:
            if named and argument not in named:
                raise refused(what, argument, named) from error
        raise Mistake(f"the arguments {arguments} are refused by {kind.__name__}: {_first_line(error)}.") from error


def optimizer(keras, name, learning_rate, settings):
    """Return the optimizer of this name; a learning rate of None leaves the package's default.

    learning_rate: a float, or a schedule as :func:`made` takes it. A name of TensorFlow 1's own, such as
    ``tf_train_rmsprop``, gives the class of ``tf.train``.
    """
    if name in TF_TRAIN:
        import tensorflow as tf

        kind = getattr(tf.compat.v1.train, TF_TRAIN[name])
    else:
        known = offered(keras.optimizers)
        known = {key: one for key, one in known.items() if key not in OPTIMIZERS_OWN and hasattr(one, "get_config")}
        kind = find("optimizer.name is", name, known)
    accepted = inspect.signature(kind.__init__).parameters
    arguments = dict(settings)
    rate = "learning_rate" if "learning_rate" in accepted else "lr"
    if isinstance(learning_rate, dict):
        learning_rate = made("optimizer.learning_rate is", learning_rate, _schedules(keras))
    if learning_rate is not None:
        arguments[rate] = float(learning_rate) if isinstance(learning_rate, int) else learning_rate
    elif rate in accepted and accepted[rate].default is inspect.Parameter.empty:
        raise Mistake(
            f"optimizer.learning_rate is null, and {name} has no rate of its own; allowed: a number above 0; the "
            "nearest valid choice is optimizer.learning_rate=0.001."
        )
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        named = set(_arguments(kind)) - {"name", "learning_rate", "lr"}
        for setting in settings:
            if setting not in named:
                raise refused(f"{name} takes no optimizer.settings", setting, named | set(CLIPPING)) from error
        raise Mistake(f"optimizer.settings are {settings}, which {name} refuses: {_first_line(error)}.") from error


def loss(keras, asked):
    """Return a loss as an object of its class, or the package's function of that name (targets, predictions) → rows."""
    if isinstance(asked, dict) or "." in asked:
        return made("scenario.loss is", asked, offered(keras.losses))
    classes = {
        name: one
        for name, one in offered(keras.losses).items()
        if name != "Loss" and issubclass(one, getattr(keras.losses, "Loss", object))
    }
    short = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError"}.get(asked, asked)
    by_letters = {_letters(name): one for name, one in classes.items()}
    if _letters(short) in by_letters:
        return by_letters[_letters(short)]()
    try:  # a function alone: the standalone package of TensorFlow 1's days has nothing else
        found = keras.losses.get(asked)
    except (ValueError, TypeError) as error:
        raise refused("scenario.loss is", asked, set(offered(keras.losses, function=True))) from error
    return found() if inspect.isclass(found) else found


def metric(keras, asked, targets, predictions, as_function):
    """Return a metric as an object of its class, or a function (targets, predictions) → one number a row.

    as_function: whether the function is to be preferred where there is one. targets, predictions: arrays, by whose
    shapes ``accuracy`` is told apart as Keras's compile does it.
    """
    if asked in ("accuracy", "acc"):
        if predictions.shape[-1] == 1 or predictions.ndim == 1:
            asked = "binary_accuracy"
        else:
            wide = targets.ndim == predictions.ndim and targets.shape[-1] == predictions.shape[-1]
            asked = "categorical_accuracy" if wide else "sparse_categorical_accuracy"
    if isinstance(asked, dict) or "." in asked:
        return made("scenario.metrics has", asked, offered(keras.metrics))
    known, functions = offered(keras.metrics), offered(keras.metrics, function=True)
    if as_function and inspect.isfunction(functions.get(asked)):
        return functions[asked]
    try:
        return find("scenario.metrics has", asked, known)()
    except Mistake:
        try:
            found = keras.metrics.get(asked)
        except (ValueError, TypeError) as error:
            raise refused("scenario.metrics has", asked, set(functions)) from error
        return found() if inspect.isclass(found) else found


def callback(keras, asked):
    """Return a callback; asked: as of :func:`made`."""
    return made("framework.callbacks has", asked, offered(keras.callbacks))


def _schedules(keras):
    return offered(keras.optimizers.schedules) if hasattr(keras.optimizers, "schedules") else {}


def _arguments(kind):
    accepted = inspect.signature(kind.__init__).parameters
    return [name for name in accepted if name not in ("self", "args", "kwargs")]


def _letters(name):
    return name.replace("_", "").lower()


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
