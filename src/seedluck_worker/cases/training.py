"""Training through the doors that people use: ``fit``, compiled or not, several steps at once, ``train_on_batch``.

Models are linear in what they learn, so that their gradient is written out by hand. Rows come in their own order.
Written out: what ``fit`` documents of weights of rows and classes, a share held out for validation, accumulated
gradients, averaged weights, frozen layers, a learning rate that a callback changes; and the loss that it tells.
"""

import itertools

import numpy as np

from seedluck_worker.adapters.stack import LeftOut
from seedluck_worker.cases.case import Case, random, rounded
from seedluck_worker.cases.layers import unrolled
from seedluck_worker.cases.steps import Steps

LEFT_OUT = (
    "datasets and generators, several devices, mixed precision, compiled losses of several outputs, jit_compile on "
    "PyTorch, whose compiler is not part of it."
)
BATCH, EPOCHS, FEATURES, UNITS, RATE = 4, 2, 3, 2, 0.0625
TOKENS, WIDTH, STEPS = 6, 2, 4
PATHS = {
    "fit": {},
    "eager": {"run_eagerly": True},
    "jit": {"jit_compile": True},
    "two_steps_at_once": {"steps_per_execution": 2},
    "three_steps_at_once": {"steps_per_execution": 3},
    "train_on_batch": {},
}
OPTIMIZERS = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW", "Adamax", "Nadam", "Lion", "Ftrl")
#: What an argument's value means to those who train.
PHRASES = {
    "tokens=repeated": "a token that is there twice in a batch",
    "weights=rows": "one weight a row, where a batch has as many rows as steps",
}
TOLD = {
    "none": {},
    "sample_weight": {},
    "class_weight": {},
    "validation_split": {},
    "accumulation": {"gradient_accumulation_steps": 2},
    "average": {"use_ema": True, "ema_momentum": 0.75},
    "average_every_second": {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2},
    "clipnorm": {"clipnorm": 0.25},
    "global_clipnorm": {"global_clipnorm": 0.25},
    "weight_decay": {"weight_decay": 0.25},
    "frozen_layer": {},
    "rate_changed": {},
    "regularized": {},
}


def cases():
    """Yield the family's cases."""
    for path, told, rows in itertools.product(PATHS, TOLD, (8, 10)):
        if path == "train_on_batch" and told in ("validation_split", "rate_changed", "average", "average_every_second"):
            continue
        for optimizer in ("SGD", "Adam") if told == "none" else ["SGD"]:
            readings = ({"average_from": "initial"}, {"average_from": "first"}) if "average" in told else ({},)
            arguments = {"optimizer": optimizer, "path": path, "told": told, "rows": rows}
            yield Case("training", "Dense", arguments, of_linear, linear, linear_formula, readings)
    for optimizer, path, variables in itertools.product(OPTIMIZERS, ("fit", "eager", "train_on_batch"), (1, 2)):
        arguments = {"optimizer": optimizer, "path": path, "variables": variables}
        # No stack has the paper's Nadam, and a formula alone accuses nobody.
        other = line_witness if optimizer == "Nadam" else None
        yield Case("training", "Dense", arguments, of_linear, line, line_formula, witness=other)
    for optimizer, tokens, path in itertools.product(
        [name for name in OPTIMIZERS if name != "Nadam"],
        ("unique", "repeated"),
        ("fit", "eager"),
    ):
        arguments = {"optimizer": optimizer, "tokens": tokens, "path": path}
        yield Case("training", "Embedding", arguments, of_tokens, embed, embed_formula)
    for kind, path, cut in itertools.product(
        ("SimpleRNN", "LSTM", "GRU"), ("fit", "eager", "two_steps_at_once", "train_on_batch"), (False, True, None)
    ):
        arguments = {"kind": kind, "stateful": cut is not None, "path": path, "reset_each_epoch": cut is True}
        yield Case("training", kind, arguments, of_states, carry, carry_formula)
    for path, frozen, rows in itertools.product(
        ("fit", "eager", "jit", "two_steps_at_once", "train_on_batch"), (False, True), (8, 10)
    ):
        arguments = {"path": path, "frozen": frozen, "rows": rows}
        yield Case("training", "BatchNormalization", arguments, of_linear, normalize, normalize_formula)
    for path, weights, masked in itertools.product(
        ("fit", "eager", "train_on_batch"), ("none", "rows", "steps"), (False, True)
    ):
        for steps in (STEPS, STEPS + 1):  # as many as a batch has rows, and one more
            arguments = {"path": path, "weights": weights, "masked": masked, "steps": steps}
            yield Case("training", "TimeDistributed", arguments, of_sequences, sequence, sequence_formula)


def trained(stack, model, optimizer, path, x, y, **words):
    """Train a model along a path; return the losses that it tells, an epoch or a batch each."""
    if path == "jit" and not stack.compiles:
        raise LeftOut("PyTorch's compiler is no part of its package")
    model.compile(optimizer, "mse", **({"jit_compile": False} if path != "jit" else {}), **PATHS[path])
    if path != "train_on_batch":
        kept = model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, **words)
        return kept.history["loss"]
    told = []
    for first in list(range(0, len(x), BATCH)) * EPOCHS:
        of_batch = dict(words)
        if "sample_weight" in words:
            of_batch["sample_weight"] = words["sample_weight"][first : first + BATCH]
        model.train_on_batch(x[first : first + BATCH], y[first : first + BATCH], **of_batch)
    return told


# A linear model.


def of_linear(rows=8, **_):
    """x: (rows, features); y: (rows, units); numbers: (rows, 1); kernel: (features, units); weight: (rows,)."""
    draw = random(11)
    return {
        "x": rounded(draw.randn(rows, FEATURES)),
        "y": rounded(draw.randn(rows, UNITS)),
        "kernel": rounded(draw.randn(FEATURES, UNITS)),
        "bias": rounded(draw.randn(UNITS)),
        "weight": rounded(draw.uniform(0.25, 2, rows)),
        "numbers": draw.randint(0, 2, (rows, 1)).astype("float32"),
    }


def linear(stack, inputs, optimizer, path, told, rows):
    keras, words = stack.keras, {}
    settings = dict(TOLD[told], **({"momentum": 0.875} if optimizer == "SGD" else {}))
    dense = keras.layers.Dense(
        UNITS, kernel_regularizer=keras.regularizers.L2(0.125) if told == "regularized" else None
    )
    frozen = keras.layers.Dense(UNITS, trainable=False, kernel_initializer="identity")
    model = keras.Sequential([keras.layers.Input((FEATURES,)), dense, *([frozen] if told == "frozen_layer" else [])])
    dense.set_weights([inputs["kernel"], inputs["bias"]])
    y = inputs["numbers"] if told == "class_weight" else inputs["y"]
    if told == "sample_weight":
        words["sample_weight"] = inputs["weight"]
    if told == "class_weight":
        words["class_weight"] = {0: 0.5, 1: 2.0}
    if told == "validation_split":
        words["validation_split"] = 0.25
    if told == "rate_changed":
        words["callbacks"] = [keras.callbacks.LearningRateScheduler(lambda epoch, rate: RATE / (1 + epoch))]
    losses = trained(
        stack, model, getattr(keras.optimizers, optimizer)(RATE, **settings), path, inputs["x"], y, **words
    )
    kernel, bias = dense.get_weights()
    return {"kernel": kernel, "bias": bias, "losses": np.array(losses)}


def linear_formula(inputs, optimizer, path, told, rows, average_from="first"):
    x, y, settings = inputs["x"], inputs["y"], TOLD[told]
    weight = np.ones(rows)
    if told == "sample_weight":
        weight = inputs["weight"]
    if told == "class_weight":
        y = np.broadcast_to(inputs["numbers"], (rows, UNITS))
        weight = np.where(inputs["numbers"][:, 0] == 0, 0.5, 2.0)
    count = int(rows * 0.75) if told == "validation_split" else rows
    step = Steps(
        [inputs["kernel"], inputs["bias"]],
        optimizer,
        dict(settings, **({"momentum": 0.875} if optimizer == "SGD" else {})),
        average_from,
    )
    losses = []
    for epoch in range(EPOCHS):
        told_by = []
        for first in range(0, count, BATCH):
            of = slice(first, min(first + BATCH, count))
            kernel, bias = step.weights
            error = (x[of] @ kernel + bias - y[of]) * weight[of, None]
            slope = 2 * error / error.size
            penalty = 0.125 if told == "regularized" else 0.0
            raw = (x[of] @ kernel + bias - y[of]) ** 2 * weight[of, None]
            told_by.append((raw.mean() + penalty * (kernel**2).sum(), len(error)))
            gradients = [x[of].T @ slope + 2 * penalty * kernel, slope.sum(0)]
            step.take(gradients, RATE / (1 + epoch) if told == "rate_changed" else RATE)
        losses.append(np.average([loss for loss, _ in told_by], weights=[size for _, size in told_by]))
    kernel, bias = step.ended()
    return {"kernel": kernel, "bias": bias, "losses": np.array([] if path == "train_on_batch" else losses)}


def line(stack, inputs, optimizer, path, variables):
    """The same with one variable or two: some optimizers keep what they need once for all variables."""
    keras = stack.keras
    dense = keras.layers.Dense(UNITS, use_bias=variables == 2)
    model = keras.Sequential([keras.layers.Input((FEATURES,)), dense])
    dense.set_weights([inputs["kernel"], inputs["bias"]][:variables])
    trained(stack, model, getattr(keras.optimizers, optimizer)(RATE), path, inputs["x"], inputs["y"])
    return dict(zip(("kernel", "bias"), dense.get_weights()))


def line_witness(torch, inputs, optimizer, path, variables):
    """The same by PyTorch alone."""
    weights = [torch.nn.Parameter(torch.tensor(inputs[name])) for name in ("kernel", "bias")[:variables]]
    made = torch.optim.NAdam(weights, lr=RATE, eps=1e-7)
    x, y = torch.tensor(inputs["x"]), torch.tensor(inputs["y"])
    for first in [*range(0, len(x), BATCH)] * EPOCHS:
        of = slice(first, first + BATCH)
        made.zero_grad()
        answer = x[of] @ weights[0] + (weights[1] if variables == 2 else 0)
        ((answer - y[of]) ** 2).mean().backward()
        made.step()
    return {name: weight.detach().numpy() for name, weight in zip(("kernel", "bias"), weights)}


def line_formula(inputs, optimizer, path, variables):
    x, y = inputs["x"], inputs["y"]
    step = Steps([inputs["kernel"], inputs["bias"]][:variables], optimizer, {})
    for first in [*range(0, len(x), BATCH)] * EPOCHS:
        of = slice(first, first + BATCH)
        error = x[of] @ step.weights[0] + (step.weights[1] if variables == 2 else 0) - y[of]
        slope = 2 * error / error.size
        step.take([x[of].T @ slope, slope.sum(0)][:variables], RATE)
    return dict(zip(("kernel", "bias"), step.weights))


# An embedding.


def of_tokens(tokens, **_):
    """x: (rows, steps), numbers of tokens; y: (rows, steps, width); table: (tokens, width)."""
    draw = random(12)
    if tokens == "repeated":
        x = draw.randint(0, 3, (2 * BATCH, STEPS))
    else:  # every token once in a batch of one row at most: one row a batch looks each up once
        x = np.array([draw.permutation(TOKENS)[:STEPS] for _ in range(2 * BATCH)])
    return {
        "x": x.astype("int32"),
        "y": rounded(draw.randn(2 * BATCH, STEPS, WIDTH)),
        "table": rounded(draw.randn(TOKENS, WIDTH)),
    }


def embed(stack, inputs, optimizer, tokens, path):
    keras = stack.keras
    model = keras.Sequential([keras.layers.Input((STEPS,), dtype="int32"), keras.layers.Embedding(TOKENS, WIDTH)])
    model.set_weights([inputs["table"]])
    made = getattr(keras.optimizers, optimizer)(RATE)
    model.compile(made, "mse", **PATHS[path])
    model.fit(inputs["x"], inputs["y"], batch_size=1, epochs=1, shuffle=False, verbose=0)
    return {"table": model.get_weights()[0]}


def embed_formula(inputs, optimizer, tokens, path):
    step = Steps([inputs["table"]], optimizer, {})
    for x, y in zip(inputs["x"], inputs["y"]):
        slope = 2 * (step.weights[0][x] - y) / y.size
        gradient = np.zeros((TOKENS, WIDTH))
        np.add.at(gradient, x, slope)
        step.take([gradient], RATE)
    return {"table": step.weights[0]}


# States that last from batch to batch.


def of_states(kind, **_):
    """x: (rows, steps, features), of which each batch goes on where the last one ended; y: (rows, units); weights."""
    draw, gates = random(13), {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[kind]
    return {
        "x": rounded(draw.randn(3 * 2, 5, 2)),
        "y": rounded(draw.randn(3 * 2, 1)),
        # small, or what lies a batch back would be forgotten
        "forward_kernel": rounded(draw.randn(2, gates * 3) / 2),
        "forward_recurrent": rounded(draw.randn(3, gates * 3) / 2),
        "forward_bias": rounded(draw.randn(*([2] if kind == "GRU" else []), gates * 3) / 2),
        "kernel": rounded(draw.randn(3, 1)),
    }


def carry(stack, inputs, kind, stateful, path, reset_each_epoch):
    keras = stack.keras
    start = keras.layers.Input(batch_shape=(2, 5, 2))
    recurrent = getattr(keras.layers, kind)(3, stateful=stateful, trainable=False)
    model = keras.Sequential([start, recurrent, keras.layers.Dense(1, use_bias=False)])
    recurrent.set_weights([inputs[f"forward_{name}"] for name in ("kernel", "recurrent", "bias")])
    model.layers[-1].set_weights([inputs["kernel"]])
    model.compile(keras.optimizers.SGD(RATE), "mse", **PATHS[path])
    reset = (recurrent.reset_states if stack.is_tf_keras else recurrent.reset_state) if stateful else lambda: None
    for _ in range(EPOCHS):
        if path == "train_on_batch":
            for first in range(0, 6, 2):
                model.train_on_batch(inputs["x"][first : first + 2], inputs["y"][first : first + 2])
        else:
            model.fit(inputs["x"], inputs["y"], batch_size=2, epochs=1, shuffle=False, verbose=0)
        if reset_each_epoch:
            reset()
    return {"kernel": model.layers[-1].get_weights()[0]}


def carry_formula(inputs, kind, stateful, path, reset_each_epoch):
    """A state goes on from batch to batch, and from epoch to epoch, until it is reset."""
    kernel, state = inputs["kernel"], None
    for _ in range(EPOCHS):
        for first in range(0, 6, 2):
            of = slice(first, first + 2)
            before = state if stateful else None
            said, state = unrolled(inputs, "forward", kind, inputs["x"][of], before, False, None)
            slope = 2 * (said[:, -1] @ kernel - inputs["y"][of]) / 2
            kernel = kernel - RATE * said[:, -1].T @ slope
        state = None if reset_each_epoch else state
    return {"kernel": kernel}


# Statistics of batches.


def normalize(stack, inputs, path, frozen, rows):
    keras = stack.keras
    norm = keras.layers.BatchNormalization(center=False, scale=False, momentum=0.75, trainable=not frozen)
    model = keras.Sequential([keras.layers.Input((FEATURES,)), norm, keras.layers.Dense(UNITS)])
    model.layers[-1].set_weights([inputs["kernel"], inputs["bias"]])
    trained(stack, model, keras.optimizers.SGD(RATE), path, inputs["x"], inputs["y"])
    kernel, bias = model.layers[-1].get_weights()
    mean, variance = norm.get_weights()
    return {"kernel": kernel, "bias": bias, "mean": mean, "variance": variance}


def normalize_formula(inputs, path, frozen, rows):
    """A frozen layer normalizes by what it has seen before, as its documentation says."""
    kernel, bias = inputs["kernel"], inputs["bias"]
    mean, variance = np.zeros(FEATURES), np.ones(FEATURES)
    for first in list(range(0, rows, BATCH)) * EPOCHS:
        x, y = inputs["x"][first : first + BATCH], inputs["y"][first : first + BATCH]
        seen = (mean, variance) if frozen else (x.mean(0), x.var(0))
        h = (x - seen[0]) / np.sqrt(seen[1] + 1e-3)
        slope = 2 * (h @ kernel + bias - y) / y.size
        kernel, bias = kernel - RATE * h.T @ slope, bias - RATE * slope.sum(0)
        if not frozen:
            mean, variance = 0.75 * mean + 0.25 * seen[0], 0.75 * variance + 0.25 * seen[1]
    return {"kernel": kernel, "bias": bias, "mean": mean, "variance": variance}


# Sequences with a mask.


def of_sequences(steps, masked, **_):
    """x: (rows, steps, features), zeros where masked; y: (rows, steps, units); weight: by rows, and by steps."""
    draw = random(14)
    x = rounded(draw.randn(2 * BATCH, steps, FEATURES))
    kept = np.ones((2 * BATCH, steps), bool)
    if masked:
        kept[::2, steps - 2 :] = False
    return {
        "x": x * kept[..., None].astype("float32"),
        "y": rounded(draw.randn(2 * BATCH, steps, UNITS)),
        "kernel": rounded(draw.randn(FEATURES, UNITS)),
        "rows": rounded(draw.uniform(0.25, 2, 2 * BATCH)),
        "steps": rounded(draw.uniform(0.25, 2, (2 * BATCH, steps))),
        "kept": kept,
    }


def sequence(stack, inputs, path, weights, masked, steps):
    keras = stack.keras
    dense = keras.layers.TimeDistributed(keras.layers.Dense(UNITS, use_bias=False))
    layers = [keras.layers.Input((steps, FEATURES)), *([keras.layers.Masking(0.0)] if masked else []), dense]
    model = keras.Sequential(layers)
    model.set_weights([inputs["kernel"]])
    words = {} if weights == "none" else {"sample_weight": inputs[weights]}
    losses = trained(stack, model, keras.optimizers.SGD(RATE), path, inputs["x"], inputs["y"], **words)
    return {"kernel": model.get_weights()[0], "losses": np.array(losses)}


def sequence_formula(inputs, path, weights, masked, steps):
    """The mean over the steps that are not masked; a row's weight is that of all its steps."""
    kernel, losses = inputs["kernel"], []
    for _ in range(EPOCHS):
        of_epoch = []
        for first in range(0, 2 * BATCH, BATCH):
            of = slice(first, first + BATCH)
            x, y, kept = inputs["x"][of], inputs["y"][of], inputs["kept"][of]
            weight = {"none": 1.0, "rows": inputs["rows"][of, None], "steps": inputs["steps"][of]}[weights] * kept
            error = x @ kernel - y
            share = weight / kept.sum()
            of_epoch.append(((error**2).mean(-1) * share).sum())
            slope = 2 * error / UNITS * share[..., None]
            kernel = kernel - RATE * np.einsum("bsf,bsu->fu", x, slope)
        losses.append(np.mean(of_epoch))
    return {"kernel": kernel, "losses": np.array([] if path == "train_on_batch" else losses)}
