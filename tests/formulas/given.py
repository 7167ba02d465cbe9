"""What both implementations are given: where optimizers start, what pulls at them, and names with arguments."""

import numpy as np

START = [0.5, -1.5, 2.0]


def gradient(xp, weight, step):
    """Of a bowl that is shaken."""
    return xp.asarray([1.0, 4.0, 0.5]) * weight + 0.3 * xp.cos(xp.asarray([1.0, 2.0, 3.0]) * (step + 1))


# Name → formula, its settings, and what optax calls the same.
OPTIMIZERS = {
    "sgd": ("sgd", {}, "optax.sgd(0.01)"),
    "momentum": ("sgd", {"momentum": 0.9}, "optax.sgd(0.01, momentum=0.9)"),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}, "optax.sgd(0.01, momentum=0.9, nesterov=True)"),
    "rmsprop": ("rmsprop", {"epsilon": 1e-3}, "optax.rmsprop(0.01, decay=0.9, eps=1e-3)"),
    "rmsprop beside": (
        "rmsprop",
        {"epsilon": 1e-3, "epsilon_within_root": False},
        "optax.rmsprop(0.01, decay=0.9, eps=1e-3, eps_in_sqrt=False)",
    ),
    "rmsprop centered": (
        "rmsprop",
        {"epsilon": 1e-3, "centered": True},
        "optax.rmsprop(0.01, decay=0.9, eps=1e-3, centered=True)",
    ),
    "adagrad": ("adagrad", {"epsilon": 1e-3}, "optax.adagrad(0.01, initial_accumulator_value=0.1, eps=1e-3)"),
    "adadelta": ("adadelta", {"epsilon": 1e-4}, "optax.adadelta(0.01, rho=0.95, eps=1e-4)"),
    # the paper's algorithm 1 has its epsilon elsewhere, so that it must be 0 for the two to be one
    "adam": ("adam", {"epsilon": 0.0}, "optax.adam(0.01, eps=0.0)"),
    "adamax": ("adamax", {"epsilon": 0.0}, "optax.adamax(0.01, eps=0.0)"),
    "lamb": ("lamb", {"epsilon": 1e-3}, "optax.lamb(0.01, eps=1e-3)"),
    "lion": ("lion", {}, "optax.lion(0.01, b1=0.9, b2=0.99, weight_decay=0.0)"),
}

_draw = np.random.RandomState(0)
_logits = _draw.randn(6, 4)
_classes = _draw.randint(0, 4, 6)
_one_hot = np.eye(4)[_classes]
_softmax = np.exp(_logits) / np.exp(_logits).sum(-1, keepdims=True)
_binary = (_draw.rand(6, 4) < 0.5).astype(float)
PAIRS = {
    "numbers": (_draw.randn(6, 4), 2 * _draw.randn(6, 4)),
    "classes": (_classes, _logits),
    "classes, softmax": (_classes, _softmax),
    "one-hot": (_one_hot, _logits),
    "one-hot, softmax": (_one_hot, _softmax),
    "binary": (_binary, _logits),
    "binary, sigmoid": (_binary, 1 / (1 + np.exp(-_logits))),
    "distributions": (np.roll(_softmax, 1, 0), _softmax),
    "counts": (_draw.poisson(3.0, (6, 4)).astype(float), np.exp(_logits)),
}

# Name → formula, pair, settings, and the same by optax of y and p.
LOSSES = {
    "mse": ("mse", "numbers", {}, "optax.squared_error(p, y).mean(-1)"),
    "mae": ("mae", "numbers", {}, "jnp.abs(p - y).mean(-1)"),
    "huber": ("huber", "numbers", {"delta": 0.7}, "optax.huber_loss(p, y, delta=0.7).mean(-1)"),
    "logcosh": ("logcosh", "numbers", {}, "optax.log_cosh(p, y).mean(-1)"),
    "hinge": ("hinge", "binary", {}, "optax.hinge_loss(p, 2 * y - 1).mean(-1)"),
    "cosine similarity": ("cosinesimilarity", "numbers", {}, "optax.cosine_distance(p, y) - 1"),
    "kl": ("kldivergence", "distributions", {}, "optax.kl_divergence(jnp.log(p), y)"),
    "poisson": ("poisson", "counts", {}, "(p - y * jnp.log(p + 1e-7)).mean(-1)"),
    "binary logits": (
        "binarycrossentropy",
        "binary",
        {"from_logits": True},
        "optax.sigmoid_binary_cross_entropy(p, y).mean(-1)",
    ),
    "binary": (
        "binarycrossentropy",
        "binary, sigmoid",
        {},
        "optax.sigmoid_binary_cross_entropy(jnp.log(p / (1 - p)), y).mean(-1)",
    ),
    "categorical logits": (
        "categoricalcrossentropy",
        "one-hot",
        {"from_logits": True, "label_smoothing": 0.1},
        "optax.softmax_cross_entropy(p, optax.smooth_labels(y, 0.1))",
    ),
    "categorical": ("categoricalcrossentropy", "one-hot, softmax", {}, "optax.softmax_cross_entropy(jnp.log(p), y)"),
    "sparse logits": (
        "sparsecategoricalcrossentropy",
        "classes",
        {"from_logits": True},
        "optax.softmax_cross_entropy_with_integer_labels(p, y)",
    ),
    "sparse": (
        "sparsecategoricalcrossentropy",
        "classes, softmax",
        {},
        "optax.softmax_cross_entropy_with_integer_labels(jnp.log(p), y)",
    ),
}

# Name → schedule, its settings, and the same by optax.
SCHEDULES = {
    "exponential": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5},
        "optax.exponential_decay(0.1, 7, 0.5)",
    ),
    "stairs": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
        "optax.exponential_decay(0.1, 7, 0.5, staircase=True)",
    ),
    "polynomial": (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0},
        "optax.polynomial_schedule(0.1, 0.01, 2.0, 20)",
    ),
    "cosine": (
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1},
        "optax.cosine_decay_schedule(0.1, 20, alpha=0.1)",
    ),
    "cosine after warming up": (
        "CosineDecay",
        {"initial_learning_rate": 0.0, "decay_steps": 15, "warmup_target": 0.1, "warmup_steps": 5},
        "optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, 20)",
    ),
    "piecewise": (
        "PiecewiseConstantDecay",
        {"boundaries": [5, 12], "values": [0.1, 0.05, 0.01]},
        "optax.piecewise_constant_schedule(0.1, {6: 0.5, 13: 0.2})",  # which changes at a boundary, Keras after it
    ),
}
