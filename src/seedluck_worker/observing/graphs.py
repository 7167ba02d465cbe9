"""A model's graph, as files: its configuration, its summary, its nodes, and the traced training function.

``nodes.json`` is what pictures are drawn from: ``[{"name", "class", "output_shape", "weights", "after"}]``, one
entry for each call of a layer; ``weights`` lists ``{"name", "shape", "trainable"}``, ``after`` the names of the
entries that feed it.
"""

import os

from seedluck_worker.observing.events import strict

# Endings of what a layer is built with, known to every version, that decides how it computes.
DECISIVE = (
    *("initializer", "regularizer", "constraint", "dtype", "activation", "use_bias", "rate", "stateful", "seed"),
    *("momentum", "epsilon", "center", "scale", "dropout", "reset_after", "unit_forget_bias", "go_backwards"),
    *("units", "filters", "kernel_size", "pool_size", "strides", "padding", "mask_zero", "return_sequences"),
)


def save(model, folder):
    """Write model.json, summary.txt and nodes.json."""
    try:
        configuration = model.get_config()
    except Exception as error:  # a layer of the user's need not describe itself
        configuration = {"not available": f"{type(error).__name__}: {error}"}
    layers = []
    for layer in model.layers:
        try:
            layers.append({"class": type(layer).__name__, "config": layer.get_config()})
        except Exception as error:
            layers.append({"class": type(layer).__name__, "name": layer.name, "not available": str(error)})
    with open(os.path.join(folder, "model.json"), "w", encoding="utf-8") as file:
        file.write(strict({"model": configuration, "layers": layers}, indent=1))
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    with open(os.path.join(folder, "summary.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "nodes.json"), "w", encoding="utf-8") as file:
        file.write(strict(nodes(model), indent=1))


def settings(model):
    """Layer → what it was built with, as far as it may decide how it trains: name → text."""
    told_by_layer = {}
    for layer in model.layers:
        try:
            config = layer.get_config()
        except Exception:  # a layer of the user's need not describe itself
            continue
        told = {key: _told(config[key]) for key in sorted(config) if key.endswith(DECISIVE) and config[key] is not None}
        if told:
            told_by_layer[layer.name] = told
    return told_by_layer


def _told(value):
    """``GlorotUniform(seed=3)`` from the dictionary by which a Keras describes an object; versions differ in it."""
    if isinstance(value, dict) and "class_name" in value:
        config = value.get("config") or {}
        if list(config) == ["name"]:  # a type's policy
            return str(config["name"])
        inner = ", ".join(f"{key}={_told(config[key])}" for key in sorted(config) if config[key] is not None)
        return "{}({})".format(value["class_name"], inner)
    return str(value)


def nodes(model):
    """Return the calls of the model's layers, in the model's order; see the module's docstring."""
    owners = {id(variable): layer for layer in reversed(model.layers) for variable in layer.weights}
    calls = [(layer, node) for layer in model.layers for node in _inbound(layer)]
    own = [variable for variable in model.weights if id(variable) not in owners]
    if not calls:  # a model with a call method of its own shows no calls inside
        layers = [_entry(layer, layer.name, owners) for layer in model.layers]
        for before, after in zip(layers, layers[1:]):
            after["after"] = [before["name"]]
        if own or not layers:
            whole = {"name": model.name, "class": type(model).__name__, "output_shape": None}
            whole.update(weights=[_weight(v, "") for v in own], after=[one["name"] for one in layers[-1:]])
            layers.append(whole)
        return layers
    names, counts = {}, {}
    for layer, node in calls:
        counts[layer.name] = counts.get(layer.name, 0) + 1
        nth = counts[layer.name]
        names[id(node)] = layer.name if nth == 1 else f"{layer.name} (call {nth})"
    entries = []
    for layer, node in calls:
        entry = _entry(layer, names[id(node)], owners)
        entry["output_shape"] = _shape(node)
        entry["after"] = [names[id(parent)] for parent in _parents(node) if id(parent) in names]
        entries.append(entry)
    return entries


def _entry(layer, name, owners):
    foreign = [variable for variable in layer.weights if owners[id(variable)] is not layer]
    used = _used(layer, foreign) if foreign else []
    weights = [_weight(variable, "") for variable in layer.weights if owners[id(variable)] is layer]
    weights += [_weight(variable, owners[id(variable)].name + "/") for variable in used]
    return {
        "name": name,
        "class": type(layer).__name__,
        "output_shape": None,
        "weights": weights,
        "after": [],
    }


def _used(layer, foreign):
    """Those of another layer's weights that this layer computes with.

    A layer that holds another counts the other's weights as its own, whether it uses them or only copied one. A
    tape sees which of them a call reads; where none can be had, all are listed.
    """
    try:
        import tensorflow as tf

        if not tf.executing_eagerly():
            return foreign
        with tf.GradientTape() as tape:
            layer.call(tf.zeros([1 if n is None else n for n in layer.input.shape]))
        read = {id(variable) for variable in tape.watched_variables()}
    except Exception:
        return foreign
    # The standalone package wraps TensorFlow's variable, which is the one that the tape sees.
    return [v for v in foreign if id(v) in read or id(getattr(v, "_value", None)) in read]


def _weight(variable, owner):
    name = owner + variable.name.split(":")[0].split("/")[-1]
    return {"name": name, "shape": [_size(n) for n in variable.shape], "trainable": bool(variable.trainable)}


def _inbound(layer):
    inbound = getattr(layer, "_inbound_nodes", None)
    return inbound if inbound is not None else getattr(layer, "inbound_nodes", [])


def _parents(node):
    if hasattr(node, "parent_nodes"):
        return list(node.parent_nodes)
    # Keras 2: a node knows the layers before it and which of their calls it continues.
    layers, indices = node.inbound_layers, node.node_indices
    layers = layers if isinstance(layers, (list, tuple)) else [layers]
    indices = indices if isinstance(indices, (list, tuple)) else [indices]
    return [_inbound(layer)[index] for layer, index in zip(layers, indices)]


def _shape(node):
    tensors = getattr(node, "output_tensors", None)
    if tensors is None:
        tensors = getattr(node, "outputs", None)
    if isinstance(tensors, (list, tuple)):
        tensors = tensors[0] if tensors else None
    shape = getattr(tensors, "shape", None)
    return None if shape is None else [_size(n) for n in shape]


def _size(dimension):
    """An int or None; TensorFlow 1 wraps either."""
    number = getattr(dimension, "value", dimension)
    return None if number is None else int(number)
