"""Layers, in training and at inference: convolutions, pooling, normalization, recurrent layers, attention, reshaping.

Each formula is written out by index from the definition in the layer's documentation, or in the paper named beside it.
Weights are set, not drawn, so that nothing is left to an initializer.
"""

import itertools

import numpy as np

from seedluck_worker.cases.case import Case, random, rounded

LEFT_OUT = (
    "Dropout's masks and other draws, image augmentation, text, Hashing, StringLookup, three dimensional convolutions, "
    "ConvLSTM, types other than float32 and float64, gradients."
)
ROWS, STEPS, SIZE, CHANNELS, UNITS = 2, 5, 5, 2, 3

ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
    "celu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * phi(x),
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + abs(x)),
    "softmax": lambda x: softmax(x),
    "log_softmax": lambda x: np.log(softmax(x)),
    "sigmoid": lambda x: sigmoid(x),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "tanh": lambda x: np.tanh(x),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_shrink": lambda x: np.where(abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0),
    "squareplus": lambda x: (x + np.sqrt(x**2 + 4)) / 2,
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "exponential": lambda x: np.exp(x),
    "linear": lambda x: x,
}
#: A package, what a case has, and where that package documents that it computes otherwise.
DOCUMENTED = (
    (
        "tf_keras",
        {"activation": "hard_sigmoid"},
        "tf_keras.activations.hard_sigmoid: 0.2 * x + 0.5 between -2.5 and 2.5",
    ),
)


def cases():
    """Yield the family's cases."""
    yield from _dense()
    yield from _convolutions()
    yield from _poolings()
    yield from _recurrent()
    yield from _normalizations()
    yield from _attention()
    yield from _plain()


def _dense():
    for activation, rank in itertools.product(ACTIVATIONS, (2, 3)):
        yield _case("Dense", of_dense, dense, dense_formula, activation=activation, rank=rank)
    for kind, settings in itertools.product(
        ("kernel", "bias", "activity"), ({"l1": 0.25}, {"l2": 0.25}, {"l1": 0.25, "l2": 0.5})
    ):
        yield _case("Dense", of_dense, regularize, regularize_formula, regularized=kind, settings=settings, rank=2)


def _convolutions():
    for kind, padding, strides, dilation, data_format in itertools.product(
        ("Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
        ("valid", "same", "causal"),
        (1, 2),
        (1, 2),
        ("channels_last", "channels_first"),
    ):
        if (padding == "causal" and kind != "Conv1D") or (strides > 1 and dilation > 1):
            continue
        words = {"padding": padding, "strides": strides, "data_format": data_format, "dilation_rate": dilation}
        yield _case(kind, of_convolution, convolve, convolve_formula, kind=kind, settings=words)
    for kind, padding, strides, size in itertools.product(
        ("Conv1DTranspose", "Conv2DTranspose"), ("valid", "same"), (1, 2, 3), (2, 3)
    ):
        words = {"padding": padding, "strides": strides}
        yield _case(kind, of_transpose, transpose, transpose_formula, kind=kind, size=size, settings=words)


def _poolings():
    for kind, padding, strides, size, data_format in itertools.product(
        ("MaxPooling1D", "AveragePooling1D", "MaxPooling2D", "AveragePooling2D"),
        ("valid", "same"),
        (1, 2, 3),
        (2, 3),
        ("channels_last", "channels_first"),
    ):
        words = {"pool_size": size, "strides": strides, "padding": padding, "data_format": data_format}
        yield _case(kind, of_pooling, pool, pool_formula, kind=kind, settings=words)
    for kind, keepdims, masked in itertools.product(
        ("GlobalMaxPooling1D", "GlobalAveragePooling1D"), (False, True), (False, True)
    ):
        if not (masked and kind == "GlobalMaxPooling1D"):
            words = {"keepdims": keepdims}
            yield _case(kind, of_sequence, pool_all, pool_all_formula, kind=kind, settings=words, masked=masked)


def _recurrent():
    for kind, backwards, sequences, masked, twice in itertools.product(
        ("SimpleRNN", "LSTM", "GRU"), (False, True), (False, True), ("none", "end", "inside"), (False, True)
    ):
        for settings in [{}, {"reset_after": False}] if kind == "GRU" else [{}]:
            words = {"go_backwards": backwards, "return_sequences": sequences, "stateful": twice, **settings}
            readings = ({}, {"before": "state"}) if twice and masked != "none" else ({},)
            case = _case(kind, of_recurrent, recur, recur_formula, kind=kind, settings=words, masked=masked)
            yield case._replace(readings=readings)
    for kind, merge, sequences, masked in itertools.product(
        ("SimpleRNN", "LSTM", "GRU"), ("concat", "sum", "mul", "ave"), (False, True), ("none", "end", "inside")
    ):
        words = {"merge_mode": merge, "return_sequences": sequences}
        yield _case(
            "Bidirectional", of_recurrent, both_ways, both_ways_formula, kind=kind, settings=words, masked=masked
        )


def _normalizations():
    for training, axis, masked in itertools.product((False, True), (-1, 1), (False, True)):
        for settings in ({}, {"center": False, "scale": False}, {"momentum": 0.5, "epsilon": 0.125}):
            if not (masked and axis == 1):
                words = {"axis": axis, **settings}
                yield _case(
                    "BatchNormalization",
                    of_sequence,
                    normalize,
                    normalize_formula,
                    settings=words,
                    training=training,
                    masked=masked,
                )
    for kind, several in {
        "LayerNormalization": [{}, {"axis": [1, 2]}, {"epsilon": 0.125}, {"axis": 1}],
        "GroupNormalization": [{"groups": 1}, {"groups": 2}, {"groups": -1}, {"groups": 1, "epsilon": 0.125}],
        "UnitNormalization": [{}, {"axis": 1}, {"axis": [1, 2]}],
        "RMSNormalization": [{}, {"epsilon": 0.125}],
    }.items():
        for settings in several:
            yield _case(
                kind, of_sequence, normalize_rows, normalize_rows_formula, kind=kind, settings=settings, masked=False
            )


def _attention():
    for kind, causal, masked, settings in itertools.product(
        ("Attention", "AdditiveAttention"),
        (False, True),
        ("none", "values", "queries"),
        ({}, {"use_scale": False}, {"use_scale": True}),
    ):
        yield _case(
            kind, of_attention, attend, attend_formula, kind=kind, causal=causal, masked=masked, settings=settings
        )
    for causal, masked, heads in itertools.product((False, True), ("none", "given"), (1, 2)):
        yield _case(
            "MultiHeadAttention",
            of_attention,
            attend_many,
            attend_many_formula,
            causal=causal,
            masked=masked,
            heads=heads,
        )


def _plain():
    for kind, several in {
        "ReLU": [
            {},
            {"max_value": 0.5},
            {"negative_slope": 0.25},
            {"threshold": 0.25},
            {"negative_slope": 0.25, "threshold": 0.25, "max_value": 1.0},
        ],
        "LeakyReLU": [{}],
        "ELU": [{}, {"alpha": 0.5}],
        "Softmax": [{}, {"axis": 1}],
        "Rescaling": [{"scale": 0.5, "offset": 0.25}],
        "ZeroPadding1D": [{"padding": 2}, {"padding": [1, 2]}],
        "Cropping1D": [{"cropping": 1}, {"cropping": [0, 2]}],
        "UpSampling1D": [{"size": 2}, {"size": 3}],
        "Permute": [{"dims": [2, 1]}],
        "Flatten": [{}, {"data_format": "channels_first"}],
        "Normalization": [{"mean": 0.25, "variance": 4.0}, {"mean": 0.25, "variance": 4.0, "invert": True}],
        "Discretization": [{"bin_boundaries": [-0.5, 0.0, 0.5]}],
        "GaussianDropout": [{"rate": 0.5}],
        "SpatialDropout1D": [{"rate": 0.5}],
        "AlphaDropout": [{"rate": 0.5}],
        "ActivityRegularization": [{"l1": 0.5, "l2": 0.25}],
    }.items():
        for settings in several:
            yield _case(kind, of_sequence, plain, plain_formula, kind=kind, settings=settings, masked=False)


def _case(subject, inputs, compute, formula, **arguments):
    return Case("layers", subject, arguments, inputs, compute, formula)


# Dense, activations, regularizers.


def of_dense(rank, **_):
    """x: (rows, channels) or (rows, steps, channels); kernel: (channels, units); bias: (units,)."""
    draw = random(2)
    lead = (ROWS,) if rank == 2 else (ROWS, STEPS)
    return {
        "x": rounded(2 * draw.randn(*lead, CHANNELS)),
        "kernel": rounded(draw.randn(CHANNELS, UNITS)),
        "bias": rounded(draw.randn(UNITS)),
    }


def dense(stack, inputs, activation, rank):
    layer = stack.keras.layers.Dense(UNITS, activation=activation)
    layer.build(inputs["x"].shape)
    layer.set_weights([inputs["kernel"], inputs["bias"]])
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"])))}


def dense_formula(inputs, activation, rank):
    return {"y": ACTIVATIONS[activation](inputs["x"] @ inputs["kernel"] + inputs["bias"])}


def regularize(stack, inputs, regularized, settings, rank):
    penalty = stack.keras.regularizers.L1L2(**{"l1": 0.0, "l2": 0.0, **settings})
    layer = stack.keras.layers.Dense(UNITS, **{f"{regularized}_regularizer": penalty})
    layer.build(inputs["x"].shape)
    layer.set_weights([inputs["kernel"], inputs["bias"]])
    layer(stack.tensor(inputs["x"]))
    return {"penalty": sum(stack.numpy(one) for one in layer.losses)}


def regularize_formula(inputs, regularized, settings, rank):
    """Of outputs it is the mean over the batch, as the documentation of layers says."""
    of = inputs["x"] @ inputs["kernel"] + inputs["bias"] if regularized == "activity" else inputs[regularized]
    told = settings.get("l1", 0) * abs(of).sum() + settings.get("l2", 0) * (of**2).sum()
    return {"penalty": told / (ROWS if regularized == "activity" else 1)}


# Convolutions and pooling, by index.


def dimensions(kind):
    """1 or 2."""
    return 2 if "2D" in kind else 1


def moved_last(x, data_format):
    return np.moveaxis(x, 1, -1) if data_format == "channels_first" else x


def moved_first(x, data_format):
    return np.moveaxis(x, -1, 1) if data_format == "channels_first" else x


def of_convolution(kind, settings):
    """x: (rows, ..., channels), or with channels first; kernel, pointwise, bias: as the layer has them."""
    draw, n = random(3), dimensions(kind)
    x = rounded(draw.randn(ROWS, *[6, SIZE][:n], CHANNELS))
    told = {"x": moved_first(x, settings["data_format"])}
    if kind.startswith("Conv"):
        told["kernel"] = rounded(draw.randn(*[3, 2][:n], CHANNELS, UNITS))
        return {**told, "bias": rounded(draw.randn(UNITS))}
    told["kernel"] = rounded(draw.randn(*[3, 2][:n], CHANNELS, 2))
    if kind.startswith("Separable"):
        told["pointwise"] = rounded(draw.randn(*[1, 1][:n], CHANNELS * 2, UNITS))
        return {**told, "bias": rounded(draw.randn(UNITS))}
    return {**told, "bias": rounded(draw.randn(CHANNELS * 2))}


def convolve(stack, inputs, kind, settings):
    n = dimensions(kind)
    words = {"kernel_size": [3, 2][:n], **settings}
    if not kind.startswith("Conv"):
        words["depth_multiplier"] = 2
    if not kind.startswith("Depthwise"):
        words["filters"] = UNITS
    layer = getattr(stack.keras.layers, kind)(**words)
    layer.build(inputs["x"].shape)
    layer.set_weights([inputs[name] for name in ("kernel", "pointwise", "bias") if name in inputs])
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"])))}


def convolve_formula(inputs, kind, settings):
    n = dimensions(kind)
    x, kernel = moved_last(inputs["x"], settings["data_format"]), inputs["kernel"]
    if kind.startswith("Conv"):
        y = correlated(x, kernel, settings["padding"], settings["strides"], settings["dilation_rate"])
    else:
        each = [
            correlated(
                x[..., c : c + 1],
                kernel[..., c : c + 1, :],
                settings["padding"],
                settings["strides"],
                settings["dilation_rate"],
            )
            for c in range(CHANNELS)
        ]
        y = np.concatenate(each, -1)
        if "pointwise" in inputs:
            y = y @ inputs["pointwise"].reshape(inputs["pointwise"].shape[n:])
    return {"y": moved_first(y + inputs["bias"], settings["data_format"])}


def pads(size, kernel, stride, padding):
    """How many entries are put before and after an axis; TensorFlow's ``SAME`` puts the odd one after."""
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return kernel - 1, 0
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def correlated(x, kernel, padding, stride, dilation):
    """Slide a kernel (sizes..., channels, filters) over x (rows, sizes..., channels)."""
    n = x.ndim - 2
    sizes = [(k - 1) * dilation + 1 for k in kernel.shape[:n]]
    around = [pads(x.shape[1 + i], sizes[i], stride, padding) for i in range(n)]
    x = np.pad(x, [(0, 0), *around, (0, 0)])
    many = [(x.shape[1 + i] - sizes[i]) // stride + 1 for i in range(n)]
    y = np.zeros((x.shape[0], *many, kernel.shape[-1]))
    for at in np.ndindex(*many):
        for k in np.ndindex(*kernel.shape[:n]):
            place = tuple(a * stride + b * dilation for a, b in zip(at, k))
            y[(slice(None), *at)] += x[(slice(None), *place)] @ kernel[k]
    return y


def of_transpose(kind, size, settings):
    """x: (rows, ..., channels); kernel: (sizes..., units, channels)."""
    draw, n = random(4), dimensions(kind)
    return {
        "x": rounded(draw.randn(ROWS, *[4, 3][:n], CHANNELS)),
        "kernel": rounded(draw.randn(*[size] * n, UNITS, CHANNELS)),
        "bias": rounded(draw.randn(UNITS)),
    }


def transpose(stack, inputs, kind, size, settings):
    layer = getattr(stack.keras.layers, kind)(UNITS, size, **settings)
    layer.build(inputs["x"].shape)
    layer.set_weights([inputs["kernel"], inputs["bias"]])
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"])))}


def transpose_formula(inputs, kind, size, settings):
    """The gradient of the convolution of this padding and stride that goes from the output's size to the input's."""
    x, kernel, n, stride = inputs["x"], inputs["kernel"], dimensions(kind), settings["strides"]
    if settings["padding"] == "same":
        many = [s * stride for s in x.shape[1:-1]]
    else:
        many = [s * stride + max(size - stride, 0) for s in x.shape[1:-1]]
    before = [pads(m, size, stride, settings["padding"])[0] for m in many]
    y = np.zeros((ROWS, *many, UNITS))
    for at in np.ndindex(*x.shape[1:-1]):
        for k in np.ndindex(*kernel.shape[:n]):
            place = tuple(a * stride + b - before[i] for i, (a, b) in enumerate(zip(at, k)))
            if all(0 <= p < m for p, m in zip(place, many)):
                y[(slice(None), *place)] += x[(slice(None), *at)] @ kernel[k].T
    return {"y": y + inputs["bias"]}


def of_pooling(kind, settings):
    """x: (rows, ..., channels), or with channels first; all of one sign, so that a padding of zeros would show."""
    draw, n = random(5), dimensions(kind)
    x = -abs(rounded(draw.randn(ROWS, *[7, SIZE][:n], CHANNELS))) - np.float32(0.125)
    return {"x": moved_first(x, settings["data_format"])}


def pool(stack, inputs, kind, settings):
    return {"y": stack.numpy(getattr(stack.keras.layers, kind)(**settings)(stack.tensor(inputs["x"])))}


def pool_formula(inputs, kind, settings):
    """The largest, or the mean, of what lies in the window; padding is no part of it."""
    x, size, stride = moved_last(inputs["x"], settings["data_format"]), settings["pool_size"], settings["strides"]
    n = dimensions(kind)
    around = [pads(s, size, stride, settings["padding"]) for s in x.shape[1:-1]]
    x = np.pad(x, [(0, 0), *around, (0, 0)], constant_values=np.nan)
    many = [(s - size) // stride + 1 for s in x.shape[1:-1]]
    y = np.zeros((ROWS, *many, CHANNELS))
    of = np.nanmax if kind.startswith("Max") else np.nanmean
    for at in np.ndindex(*many):
        window = x[(slice(None), *(slice(a * stride, a * stride + size) for a in at))]
        y[(slice(None), *at)] = of(window, axis=tuple(range(1, 1 + n)))
    return {"y": moved_first(y, settings["data_format"])}


# Sequences.


def of_sequence(masked, **_):
    """x: (rows, steps, channels); mask: (rows, steps); what a normalization has: (channels,) or (steps,)."""
    draw = random(6)
    told = {"x": rounded(draw.randn(ROWS, STEPS, CHANNELS))}
    for name in ("gamma", "beta", "mean", "variance"):
        told[name] = rounded(draw.uniform(0.5, 1.5, STEPS))
    if masked:
        told["mask"] = np.array([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1]], bool)
    return told


def pool_all(stack, inputs, kind, settings, masked):
    layer = getattr(stack.keras.layers, kind)(**settings)
    mask = {"mask": stack.tensor(inputs["mask"])} if masked else {}
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"]), **mask))}


def pool_all_formula(inputs, kind, settings, masked):
    x, keep = inputs["x"], settings["keepdims"]
    if kind.startswith("GlobalMax"):
        return {"y": x.max(1, keepdims=keep)}
    counted = inputs["mask"][..., None] if masked else np.ones((*x.shape[:2], 1))
    return {"y": (x * counted).sum(1, keepdims=keep) / counted.sum(1, keepdims=keep)}


def normalize(stack, inputs, settings, training, masked):
    layer = stack.keras.layers.BatchNormalization(**settings)
    layer.build(inputs["x"].shape)
    size = inputs["x"].shape[settings["axis"]]
    learned = ["gamma", "beta"] if settings.get("scale", True) else []
    layer.set_weights([inputs[name][:size] for name in [*learned, "mean", "variance"]])
    mask = {"mask": stack.tensor(inputs["mask"])} if masked else {}
    y = layer(stack.tensor(inputs["x"]), training=training, **mask)
    told = {"mean": stack.numpy(layer.moving_mean), "variance": stack.numpy(layer.moving_variance)}
    return {"y": stack.numpy(y), **told}


def normalize_formula(inputs, settings, training, masked):
    """Ioffe and Szegedy 2015; the variance over the batch is that of its own rows, as the documentation has it."""
    x, axis = inputs["x"], settings["axis"] % 3
    size, over = x.shape[axis], tuple(i for i in range(3) if i != axis)
    shape = [1, 1, 1]
    shape[axis] = size
    gamma, beta, mean, variance = (inputs[name][:size] for name in ("gamma", "beta", "mean", "variance"))
    if not settings.get("scale", True):
        gamma, beta = np.ones(size), np.zeros(size)
    used = mean, variance
    if training:
        counted = np.broadcast_to(inputs["mask"][..., None], x.shape) if masked else np.ones(x.shape)
        seen = (x * counted).sum(over) / counted.sum(over)
        spread = ((x - seen.reshape(shape)) ** 2 * counted).sum(over) / counted.sum(over)
        used, share = (seen, spread), settings.get("momentum", 0.99)
        mean, variance = (share * a + (1 - share) * b for a, b in zip((mean, variance), used))
    root = np.sqrt(used[1].reshape(shape) + settings.get("epsilon", 1e-3))
    y = (x - used[0].reshape(shape)) / root * gamma.reshape(shape) + beta.reshape(shape)
    return {"y": y, "mean": mean, "variance": variance}


def normalize_rows(stack, inputs, kind, settings, masked):
    layer = getattr(stack.keras.layers, kind)(**settings)
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"])))}


def normalize_rows_formula(inputs, kind, settings, masked):
    """Ba et al. 2016 (layer), Wu and He 2018 (group), Zhang and Sennrich 2019 (rms); unit: each to length 1."""
    x = inputs["x"]
    if kind == "GroupNormalization":
        groups = CHANNELS if settings["groups"] == -1 else settings["groups"]
        split = x.reshape(ROWS, STEPS, groups, CHANNELS // groups)
        y = centered(split, (1, 3), settings.get("epsilon", 1e-3))
        return {"y": y.reshape(x.shape)}
    axis = settings.get("axis", -1)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if kind == "LayerNormalization":
        return {"y": centered(x, axis, settings.get("epsilon", 1e-3))}
    square = (x**2).mean(axis, keepdims=True) + settings.get("epsilon", 1e-6)
    return {"y": x / np.sqrt(square if kind.startswith("RMS") else (x**2).sum(axis, keepdims=True))}


def centered(x, axis, epsilon):
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + epsilon)


# Recurrent layers.

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}


def of_recurrent(kind, settings, masked):
    """x: (2, rows, steps, channels), for two calls; weights of one direction and of the other; mask: (rows, steps)."""
    draw, gates = random(7), GATES[kind]
    told = {"x": rounded(draw.randn(2, ROWS, STEPS, CHANNELS))}
    twofold = kind == "GRU" and settings.get("reset_after", True)
    for way in ("forward", "back"):
        told[f"{way}_kernel"] = rounded(draw.randn(CHANNELS, gates * UNITS) / 2)
        told[f"{way}_recurrent"] = rounded(draw.randn(UNITS, gates * UNITS) / 2)
        told[f"{way}_bias"] = rounded(draw.randn(*([2] if twofold else []), gates * UNITS) / 2)
    mask = np.ones((ROWS, STEPS), bool)
    mask[0, 3:] = False
    if masked == "inside":
        mask[0, 1] = mask[1, 0] = mask[1, 4] = False
    return told if masked == "none" else {**told, "mask": mask}


def recur(stack, inputs, kind, settings, masked):
    layer = getattr(stack.keras.layers, kind)(UNITS, **settings)
    mask = {} if masked == "none" else {"mask": stack.tensor(inputs["mask"])}
    if settings["stateful"] and stack.is_tf_keras:
        layer.build((ROWS, STEPS, CHANNELS))
    else:
        layer.build(inputs["x"][0].shape)
    layer.set_weights([inputs[f"forward_{name}"] for name in ("kernel", "recurrent", "bias")])
    return {f"y{call}": stack.numpy(layer(stack.tensor(x), **mask)) for call, x in enumerate(inputs["x"])}


def recur_formula(inputs, kind, settings, masked, before="zeros"):
    """Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014, after whose product the reset comes by default.

    before: what a masked step says before which nothing was said: zeros, or the state; no documentation tells.
    """
    told, state = {}, None
    for call, x in enumerate(inputs["x"]):
        state = state if settings["stateful"] else None
        said = state[0] if state and before == "state" else None
        y, state = unrolled(inputs, "forward", kind, x, state, settings["go_backwards"], inputs.get("mask"), said)
        told[f"y{call}"] = y if settings["return_sequences"] else y[:, -1]
    return told


def both_ways(stack, inputs, kind, settings, masked):
    inner = getattr(stack.keras.layers, kind)(UNITS, return_sequences=settings["return_sequences"])
    layer = stack.keras.layers.Bidirectional(inner, merge_mode=settings["merge_mode"])
    mask = {} if masked == "none" else {"mask": stack.tensor(inputs["mask"])}
    layer.build(inputs["x"][0].shape)
    layer.set_weights(
        [inputs[f"{way}_{name}"] for way in ("forward", "back") for name in ("kernel", "recurrent", "bias")]
    )
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"][0]), **mask))}


def both_ways_formula(inputs, kind, settings, masked):
    """Schuster and Paliwal 1997; the way back is turned round again before the two are merged.

    A masked step is zero in both, as the documentation of RNN says of ``zero_output_for_mask``.
    """
    a, b = (
        unrolled(inputs, way, kind, inputs["x"][0], None, way == "back", inputs.get("mask"))[0]
        for way in ("forward", "back")
    )
    a, b = (a, b[:, ::-1]) if settings["return_sequences"] else (a[:, -1], b[:, -1])
    if settings["return_sequences"] and masked != "none":
        a, b = (one * inputs["mask"][..., None] for one in (a, b))
    merged = {"concat": np.concatenate([a, b], -1), "sum": a + b, "mul": a * b, "ave": (a + b) / 2}
    return {"y": merged[settings["merge_mode"]]}


def unrolled(inputs, way, kind, x, state, backwards, mask, said=None):
    """Outputs (rows, steps, units) in the order in which they come, and the last state.

    A step that is masked leaves the state as it is, and says again what was said before.
    """
    kernel, recurrent, bias = (inputs[f"{way}_{name}"] for name in ("kernel", "recurrent", "bias"))
    h, c = state or (np.zeros((ROWS, UNITS)), np.zeros((ROWS, UNITS)))
    said, told = np.zeros((ROWS, UNITS)) if said is None else said, []
    for t in range(STEPS)[:: -1 if backwards else 1]:
        new, memory = stepped(kind, x[:, t], h, c, kernel, recurrent, bias)
        kept = np.ones((ROWS, 1), bool) if mask is None else mask[:, t : t + 1]
        h, c = np.where(kept, new, h), np.where(kept, memory, c)
        said = np.where(kept, new, said)
        told.append(said)
    return np.stack(told, 1), (h, c)


def stepped(kind, x, h, c, kernel, recurrent, bias):
    """One step of a cell: the new output and memory."""
    if kind == "SimpleRNN":
        return np.tanh(x @ kernel + h @ recurrent + bias), c
    if kind == "LSTM":
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    of_input, of_state = (bias, 0) if bias.ndim == 1 else bias
    xz, xr, xh = np.split(x @ kernel + of_input, 3, -1)
    hz, hr, hh = np.split(h @ recurrent + of_state, 3, -1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    inner = r * hh if bias.ndim == 2 else (r * h) @ recurrent[:, 2 * UNITS :]
    return z * h + (1 - z) * np.tanh(xh + inner), c


# Attention.


def of_attention(masked, **_):
    """query: (rows, steps, units); value, key: (rows, steps, units); masks: (rows, steps); weights of several heads."""
    draw = random(8)
    told = {name: rounded(draw.randn(ROWS, STEPS, UNITS)) for name in ("query", "value", "key")}
    told["scale"] = rounded(draw.uniform(0.5, 1.5, UNITS))
    for name in ("of_query", "of_key", "of_value"):
        told[name] = rounded(draw.randn(UNITS, 2, 4) / 2)
        told[f"{name}_bias"] = rounded(draw.randn(2, 4) / 2)
    told["of_output"], told["of_output_bias"] = rounded(draw.randn(2, 4, UNITS) / 2), rounded(draw.randn(UNITS) / 2)
    told["value_mask"] = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool)
    told["query_mask"] = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 1, 1]], bool)
    told["given_mask"] = (draw.rand(ROWS, STEPS, STEPS) < 0.7) | np.eye(STEPS, dtype=bool)
    return told


def attend(stack, inputs, kind, causal, masked, settings):
    layer = getattr(stack.keras.layers, kind)(**settings)
    query, value, key = (stack.tensor(inputs[name]) for name in ("query", "value", "key"))
    masks = [stack.tensor(inputs["query_mask"]) if masked == "queries" else None]
    masks.append(None if masked == "none" else stack.tensor(inputs["value_mask"]))
    layer.build([tuple(inputs["query"].shape)] * 3)
    if layer.get_weights():
        layer.set_weights([inputs["scale"] if kind == "AdditiveAttention" else inputs["scale"][0]])
    y = layer([query, value, key], mask=masks if masked != "none" else None, use_causal_mask=causal)
    return {"y": stack.numpy(y)}


def attend_formula(inputs, kind, causal, masked, settings):
    """Luong et al. 2015 (dot), Bahdanau et al. 2015 (additive); a query that is masked yields zeros."""
    query, value, key = (inputs[name] for name in ("query", "value", "key"))
    if kind == "Attention":
        scores = query @ key.transpose(0, 2, 1) * (inputs["scale"][0] if settings.get("use_scale") else 1)
    else:
        scale = inputs["scale"] if settings.get("use_scale", True) else 1
        scores = (scale * np.tanh(query[:, :, None] + key[:, None])).sum(-1)
    allowed = np.tri(STEPS, dtype=bool)[None] if causal else np.ones((1, STEPS, STEPS), bool)
    if masked != "none":
        allowed = allowed & inputs["value_mask"][:, None]
    y = softmax(np.where(allowed, scores, -np.inf)) @ value
    return {"y": y * inputs["query_mask"][..., None] if masked == "queries" else y}


def attend_many(stack, inputs, causal, masked, heads):
    layer = stack.keras.layers.MultiHeadAttention(heads, 4)
    query, value, key = (stack.tensor(inputs[name]) for name in ("query", "value", "key"))
    mask = {} if masked == "none" else {"attention_mask": stack.tensor(inputs["given_mask"])}
    layer(query, value, key)
    weights = [
        part
        for name in ("of_query", "of_key", "of_value")
        for part in (inputs[name][:, :heads], inputs[f"{name}_bias"][:heads])
    ]
    layer.set_weights([*weights, inputs["of_output"][:heads], inputs["of_output_bias"]])
    return {"y": stack.numpy(layer(query, value, key, use_causal_mask=causal, **mask))}


def attend_many_formula(inputs, causal, masked, heads):
    """Vaswani et al. 2017."""
    parts = [
        np.einsum("rsu,uhd->rhsd", inputs[name], inputs[f"of_{name}"][:, :heads])
        + inputs[f"of_{name}_bias"][:heads, None]
        for name in ("query", "key", "value")
    ]
    scores = parts[0] @ parts[1].transpose(0, 1, 3, 2) / 2
    allowed = np.tri(STEPS, dtype=bool)[None] if causal else np.ones((1, STEPS, STEPS), bool)
    if masked == "given":
        allowed = allowed & inputs["given_mask"]
    y = softmax(np.where(allowed[:, None], scores, -np.inf)) @ parts[2]
    return {"y": np.einsum("rhsd,hdu->rsu", y, inputs["of_output"][:heads]) + inputs["of_output_bias"]}


# What has no weights.


def plain(stack, inputs, kind, settings, masked):
    layer = getattr(stack.keras.layers, kind)(**settings)
    return {"y": stack.numpy(layer(stack.tensor(inputs["x"])))}


def plain_formula(inputs, kind, settings, masked):
    x = inputs["x"]
    if kind == "ReLU":
        threshold, most = settings.get("threshold", 0.0), settings.get("max_value", np.inf)
        low = settings.get("negative_slope", 0.0) * (x - threshold)
        return {"y": np.where(x >= most, most, np.where(x >= threshold, x, low))}
    if kind in ("ZeroPadding1D", "Cropping1D"):
        told = settings.get("padding", settings.get("cropping"))
        before, after = told if isinstance(told, list) else (told, told)
        cut = x[:, before : STEPS - after]
        return {"y": cut if kind == "Cropping1D" else np.pad(x, [(0, 0), (before, after), (0, 0)])}
    if kind == "Softmax":
        return {"y": np.moveaxis(softmax(np.moveaxis(x, settings.get("axis", -1), -1)), -1, settings.get("axis", -1))}
    if kind == "Flatten":
        first = settings.get("data_format") == "channels_first"
        return {"y": (x.transpose(0, 2, 1) if first else x).reshape(ROWS, -1)}
    if kind == "Normalization":
        mean, root = settings["mean"], np.sqrt(settings["variance"])
        return {"y": x * root + mean if settings.get("invert") else (x - mean) / root}
    if kind == "Discretization":
        return {"y": np.searchsorted(settings["bin_boundaries"], x, side="right")}
    return {
        "y": {
            "LeakyReLU": lambda: np.where(x > 0, x, 0.3 * x),
            "ELU": lambda: np.where(x > 0, x, settings.get("alpha", 1.0) * np.expm1(np.minimum(x, 0))),
            "Rescaling": lambda: x * settings["scale"] + settings["offset"],
            "UpSampling1D": lambda: x.repeat(settings["size"], 1),
            "Permute": lambda: x.transpose(0, 2, 1),
        }.get(kind, lambda: x)()
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    above = np.exp(x - x.max(-1, keepdims=True))
    return above / above.sum(-1, keepdims=True)


def phi(x):
    """The normal distribution's cumulative function, by Simpson's rule, since NumPy has no error function."""
    at = np.linspace(0, 1, 2001)
    weights = np.where(np.arange(2001) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1
    heights = np.exp(-((x[..., None] * at) ** 2) / 2)
    return 0.5 + x * (heights * weights).sum(-1) / 6000 / np.sqrt(2 * np.pi)
