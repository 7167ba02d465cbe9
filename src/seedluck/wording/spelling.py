"""Whether two values of a setting mean the same, by what they compute; packages and versions spell them differently.

Only what is certain is called the same; where a name means different things to different versions, the values differ.
The distribution ``normal`` of VarianceScaling is the truncated one, with the same correction of its deviation, in
Keras 2.2.4 and 2.3.1, in TensorFlow 1.13 to 2.15 and in Keras 3.
"""

import ast
import math
import re
from collections.abc import Hashable

READ = (
    "model.",
    "optimizer.",
    "framework.compile.",
    "framework.fit.",
    "scenario.settings.",
    "framework.dtype",
    "floatx",
)
UNSAID = (  # of an optimizer: what it calls itself, and by which code it computes the same
    "resolved.optimizer.name",
    "resolved.optimizer.jit_compile",
    "resolved.optimizer.is_legacy_optimizer",
    "resolved.optimizer.use_locking",
    "resolved.optimizer.foreach",
    "resolved.optimizer.fused",
    "resolved.optimizer.capturable",
    "resolved.optimizer.differentiable",
)
WITHOUT = {  # setting of an optimizer → what a package computes that does not have it
    "amsgrad": False,
    "centered": False,
    "clipnorm": None,
    "clipvalue": None,
    "dampening": 0.0,
    "decay": 0.0,
    "decoupled_weight_decay": False,
    "ema_momentum": 0.99,  # says nothing without use_ema
    "ema_overwrite_frequency": None,
    "global_clipnorm": None,
    "gradient_accumulation_steps": None,
    "loss_scale_factor": None,
    "maximize": False,
    "momentum": 0.0,
    "nesterov": False,
    "use_ema": False,
    "weight_decay": 0.0,
}
SCALED = {  # initializer → scale, mode and distribution of VarianceScaling
    "glorotuniform": (1.0, "fan_avg", "uniform"),
    "glorotnormal": (1.0, "fan_avg", "truncated_normal"),
    "heuniform": (2.0, "fan_in", "uniform"),
    "henormal": (2.0, "fan_in", "truncated_normal"),
    "lecununiform": (1.0, "fan_in", "uniform"),
    "lecunnormal": (1.0, "fan_in", "truncated_normal"),
}
DRAWN = {  # initializer → its name, and what its arguments are where it does not tell them
    "orthogonal": ("orthogonal", {"gain": 1.0}),
    "orthogonalinitializer": ("orthogonal", {"gain": 1.0}),
    "identity": ("identity", {"gain": 1.0}),
    "identityinitializer": ("identity", {"gain": 1.0}),
    "randomnormal": ("randomnormal", {"mean": 0.0, "stddev": 0.05}),
    "truncatednormal": ("truncatednormal", {"mean": 0.0, "stddev": 0.05}),
    "randomuniform": ("randomuniform", {"minval": -0.05, "maxval": 0.05}),
}
CONSTANTS = {"zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}
LOSSES = {  # short name → the class's
    "mse": "meansquarederror",
    "mae": "meanabsoluteerror",
    "mape": "meanabsolutepercentageerror",
    "msle": "meansquaredlogarithmicerror",
    "bce": "binarycrossentropy",
    "kld": "kldivergence",
    "kullbackleiblerdivergence": "kldivergence",
    "huberloss": "huber",
}
ACTIVATIONS = {"linear": None, "swish": "silu"}


def same(name: str, one, other) -> bool:
    """Return whether two values of a setting mean the same; numbers up to float32's rounding.

    name: of the parameter or factor, such as ``resolved.model.hidden.kernel_initializer``. None: not set, or not told.
    """
    return _equal(canonical(name, one), canonical(name, other))


def canonical(name: str, value) -> Hashable:
    """Return what a setting means, the same for every spelling that is known to mean it.

    Text is read as a value only of settings of models, optimizers, losses and fit; all other text stands for itself.
    """
    plain = name.removeprefix("resolved.")
    setting = plain.rpartition(".")[2]
    if name == "resolved.package":
        return _package(value)
    if name in UNSAID:
        return None
    if name == "resolved.optimizer.class" or not plain.startswith(READ):
        return _tree(value, False)
    tree = _tree(value, True)
    if plain.startswith("optimizer.") and tree is None:
        return WITHOUT.get(setting)
    for kind, means in KINDS.items():
        if setting.endswith(kind):
            return means(tree)
    return False if setting == "stateful" and tree is None else tree


def _equal(one, other):
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        exact = isinstance(one, int) and isinstance(other, int)
        return one == other or (not exact and math.isclose(one, other, rel_tol=1e-6))
    return one == other


def _tree(value, read):
    """A value as text, number, bool, None, or nested tuples; ``("call", name, arguments)`` of an object."""
    if isinstance(value, str) and read and "#" not in value and "\n" not in value:
        try:
            return _of_node(ast.parse(value.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError):
            return value
    if isinstance(value, (list, tuple)):
        return tuple(_tree(one, read) for one in value)
    if isinstance(value, dict):
        return _of_dict({str(key): _tree(one, read) for key, one in value.items()})
    return value if isinstance(value, Hashable) else repr(value)


def _of_node(node):
    """Raises ValueError for what is no plain value."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (str, int, float, type(None))) else repr(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        return _call(node.func.id, {str(one.arg): _of_node(one.value) for one in node.keywords})
    if isinstance(node, (ast.List, ast.Tuple)):
        return tuple(map(_of_node, node.elts))
    if isinstance(node, ast.Dict) and None not in node.keys:
        return _of_dict(dict(zip(map(str, map(_of_node, node.keys)), map(_of_node, node.values), strict=True)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _of_node(node.operand)
        if isinstance(number, (int, float)):
            return -number
    raise ValueError("no plain value")


def _of_dict(items):
    """A dictionary; one by which Keras writes an object down becomes that object, whatever else it says of it."""
    config = items.get("config")
    if "class_name" in items and isinstance(config, tuple) and config[:1] == ("dict",):
        return _call(str(items["class_name"]), dict(config[1:]))
    return ("dict", *sorted(items.items()))


def _call(name, arguments):
    return ("call", name, tuple(sorted((key, one) for key, one in arguments.items() if one is not None)))


def _named(tree):
    """The name of an object, lower and without underscores, and its arguments; an empty name for anything else."""
    if isinstance(tree, str):
        return tree.lower().replace("_", ""), {}
    if isinstance(tree, tuple) and tree[:1] == ("call",):
        return tree[1].lower().replace("_", ""), dict(tree[2])
    return "", {}


def _initializer(tree):
    name, given = _named(tree)
    given = {key: one for key, one in given.items() if key not in ("dtype", "name")}  # a layer's own type decides
    if name in CONSTANTS or name == "constant":
        return ("constant", given.get("value", CONSTANTS.get(name, 0.0)))
    if name in SCALED:
        given = dict(zip(("scale", "mode", "distribution"), SCALED[name], strict=True)) | given
    elif name == "variancescaling":
        given = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"} | given
        if given["distribution"] == "normal":
            given["distribution"] = "truncated_normal"
    elif name in DRAWN:
        kind, defaults = DRAWN[name]
        return _call(kind, defaults | given)
    else:
        return tree
    return _call("variancescaling", given)


def _regularizer(tree):
    name, given = _named(tree)
    if name not in ("l1", "l2", "l1l2") or (name == "l1l2" and not given) or not {*given} <= {"l1", "l2", "name"}:
        return tree
    default = 0.0 if name == "l1l2" else 0.01
    parts = [given.get(part, default) if part in name else 0.0 for part in ("l1", "l2")]
    return ("l1l2", *parts) if any(parts) else None


def _activation(tree):
    return ACTIVATIONS.get(tree, tree) if isinstance(tree, str) else tree


def _dtype(tree):
    """``float32`` of a type of any package, and of a policy of that name."""
    _, given = _named(tree)
    text = given.get("name", tree)
    if not isinstance(text, str):
        return tree
    found = re.fullmatch(r"<(?:dtype: |class )'(.*)'>", text)
    return (found[1] if found else text).rpartition(".")[2].lower()


def _loss(tree):
    name, given = _named(tree)
    if name and " " not in name:
        return _call(LOSSES.get(name, name), {key: one for key, one in given.items() if key != "name"})
    if isinstance(tree, tuple):
        return tuple(one if tree[:1] == ("dict",) and not i else _loss(one) for i, one in enumerate(tree))
    return tree


def _package(value):
    """Who wrote it: TensorFlow's own Keras, or a package of its own, which TensorFlow hands on under longer names."""
    if not isinstance(value, str):
        return value
    root = "tensorflow.keras" if value.startswith("tensorflow") else value.partition(".")[0]
    return f"{root} v1" if "._v1" in value else root


KINDS = {
    "initializer": _initializer,
    "regularizer": _regularizer,
    "activation": _activation,
    "dtype": _dtype,
    "floatx": _dtype,
    "loss": _loss,
}
