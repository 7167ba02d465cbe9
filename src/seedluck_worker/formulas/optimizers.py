"""Optimizers by the formulas of their papers, and of Keras's documentation where a paper leaves a choice.

Independent of every framework: ``xp`` is NumPy, or ``jax.numpy``. An optimizer is a function that takes ``(xp, weight,
gradient, state, t, rate, **settings)`` and returns the new weight and the new state. weight, gradient: arrays of one
shape. state: name → array of that shape, zeros before the first update but for ``INITIAL``. t: the update's number,
from 1. rate: the learning rate at this update. settings: by the names and with the defaults of Keras's classes.

Sources: Polyak 1964 and Nesterov 1983 (sgd), Hinton 2012, lecture 6e (rmsprop), Duchi, Hazan and Singer 2011 (adagrad),
Zeiler 2012 (adadelta), Kingma and Ba 2015 (adam, adamax), Loshchilov and Hutter 2019 (adamw), Dozat 2016 (nadam),
Reddi, Kale and Kumar 2018 (amsgrad), Chen et al. 2023 (lion), McMahan et al. 2013 (ftrl), You et al. 2020 (lamb).
"""


def sgd(xp, weight, gradient, state, t, rate, momentum=0.0, nesterov=False):
    """Return weight and state after a step down the gradient, with momentum where it is not 0."""
    if not momentum:
        return weight - rate * gradient, state
    velocity = momentum * state["velocity"] - rate * gradient
    ahead = momentum * velocity - rate * gradient if nesterov else velocity
    return weight + ahead, {"velocity": velocity}


def rmsprop(
    xp, weight, gradient, state, t, rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, epsilon_within_root=True
):
    """Return weight and state after a step by the root of the squared gradients' running mean."""
    square = rho * state["square"] + (1 - rho) * gradient**2
    mean = rho * state["mean"] + (1 - rho) * gradient
    variance = square - mean**2 if centered else square
    step = rate * gradient / _root(xp, variance, epsilon, epsilon_within_root or momentum)
    velocity = momentum * state["velocity"] + step
    return weight - velocity, {"square": square, "mean": mean, "velocity": velocity}


def adagrad(
    xp, weight, gradient, state, t, rate, initial_accumulator_value=0.1, epsilon=1e-7, epsilon_within_root=True
):
    """Return weight and state after a step by the root of the sum of squared gradients."""
    square = state["square"] + gradient**2
    return weight - rate * gradient / _root(xp, square, epsilon, epsilon_within_root), {"square": square}


def adadelta(xp, weight, gradient, state, t, rate, rho=0.95, epsilon=1e-7):
    """Return weight and state after a step whose size follows those of the steps before."""
    square = rho * state["square"] + (1 - rho) * gradient**2
    step = xp.sqrt(state["steps"] + epsilon) / xp.sqrt(square + epsilon) * gradient
    return weight - rate * step, {"square": square, "steps": rho * state["steps"] + (1 - rho) * step**2}


def adam(xp, weight, gradient, state, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    """epsilon is the "epsilon hat" of the paper, in the formula before its section 2.1, as Keras documents."""
    mean = beta_1 * state["mean"] + (1 - beta_1) * gradient
    square = beta_2 * state["square"] + (1 - beta_2) * gradient**2
    largest = xp.maximum(state["largest"], square)
    corrected = rate * xp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    weight = weight - corrected * mean / (xp.sqrt(largest if amsgrad else square) + epsilon)
    return weight, {"mean": mean, "square": square, "largest": largest}


def adamax(xp, weight, gradient, state, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Return weight and state after a step of Adam by the infinity norm."""
    mean = beta_1 * state["mean"] + (1 - beta_1) * gradient
    largest = xp.maximum(beta_2 * state["largest"], abs(gradient))
    weight = weight - rate / (1 - beta_1**t) * mean / (largest + epsilon)
    return weight, {"mean": mean, "largest": largest}


def nadam(xp, weight, gradient, state, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, schedule_decay=0.004):
    """Return weight and state after a step of Adam with momentum that looks ahead, by its schedule."""
    now, coming = (beta_1 * (1 - 0.5 * 0.96 ** (schedule_decay * step)) for step in (t, t + 1))
    # of the products of all schedules so far; a state of zeros stands for a product of 1
    product = (1 - state["lacking"]) * now
    mean = beta_1 * state["mean"] + (1 - beta_1) * gradient
    square = beta_2 * state["square"] + (1 - beta_2) * gradient**2
    looked = coming * mean / (1 - product * coming) + (1 - now) * gradient / (1 - product)
    weight = weight - rate * looked / (xp.sqrt(square / (1 - beta_2**t)) + epsilon)
    return weight, {"mean": mean, "square": square, "lacking": 1 - product}


def lion(xp, weight, gradient, state, t, rate, beta_1=0.9, beta_2=0.99):
    """Return weight and state after a step by the sign of the mean gradient."""
    weight = weight - rate * xp.sign(beta_1 * state["mean"] + (1 - beta_1) * gradient)
    return weight, {"mean": beta_2 * state["mean"] + (1 - beta_2) * gradient}


def ftrl(
    xp,
    weight,
    gradient,
    state,
    t,
    rate,
    learning_rate_power=-0.5,
    initial_accumulator_value=0.1,
    l1_regularization_strength=0.0,
    l2_regularization_strength=0.0,
    l2_shrinkage_regularization_strength=0.0,
    beta=0.0,
):
    """Algorithm 1 of the paper, whose alpha is the rate; shrinkage as Keras documents it."""
    l2 = l2_regularization_strength + beta / (2 * rate)
    shrunk = gradient + 2 * l2_shrinkage_regularization_strength * weight
    square = state["square"] + gradient**2
    slope = (square**-learning_rate_power - state["square"] ** -learning_rate_power) / rate
    linear = state["linear"] + shrunk - slope * weight
    kept = xp.clip(linear, -l1_regularization_strength, l1_regularization_strength) - linear
    return kept / (square**-learning_rate_power / rate + 2 * l2), {"square": square, "linear": linear}


def lamb(xp, weight, gradient, state, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Return weight and state after a step of Adam, scaled to the weight's own length."""
    mean = beta_1 * state["mean"] + (1 - beta_1) * gradient
    square = beta_2 * state["square"] + (1 - beta_2) * gradient**2
    step = mean / (1 - beta_1**t) / (xp.sqrt(square / (1 - beta_2**t)) + epsilon)
    lengths = [xp.sqrt((array**2).sum()) for array in (weight, step)]
    trust = xp.where((lengths[0] > 0) & (lengths[1] > 0), lengths[0] / xp.where(lengths[1] > 0, lengths[1], 1.0), 1.0)
    return weight - rate * trust * step, {"mean": mean, "square": square}


def _root(xp, square, epsilon, within):
    return xp.sqrt(square + epsilon) if within else xp.sqrt(square) + epsilon


#: Name → the optimizer, and the names of its state.
OPTIMIZERS = {
    "sgd": (sgd, ("velocity",)),
    "rmsprop": (rmsprop, ("square", "mean", "velocity")),
    "adagrad": (adagrad, ("square",)),
    "adadelta": (adadelta, ("square", "steps")),
    "adam": (adam, ("mean", "square", "largest")),
    "adamw": (adam, ("mean", "square", "largest")),
    "adamax": (adamax, ("mean", "largest")),
    "nadam": (nadam, ("mean", "square", "lacking")),
    "lion": (lion, ("mean",)),
    "ftrl": (ftrl, ("square", "linear")),
    "lamb": (lamb, ("mean", "square")),
}
#: (optimizer, name of a state) → the setting with which it begins.
INITIAL = {(name, "square"): "initial_accumulator_value" for name in ("adagrad", "ftrl")}
#: What every optimizer of Keras takes besides, and its default.
COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "gradient_accumulation_steps": None,
    "decay": 0.0,
    "average_from": "initial",
}


def begun(name, settings, weight):
    """Return the state before the first update. weight: an array."""
    zeros = dict.fromkeys(OPTIMIZERS[name][1], 0 * weight)
    for (owner, state), setting in INITIAL.items():
        if owner == name:
            zeros[state] = zeros[state] + settings.get(setting, 0.1)
    return zeros


def clipped(xp, gradients, clipnorm=None, global_clipnorm=None, clipvalue=None):
    """Return the gradients, each or all together scaled to a length, or cut entry by entry (Pascanu et al. 2013)."""
    if clipnorm:
        return [_scaled(xp, gradient, xp.sqrt((gradient**2).sum()), clipnorm) for gradient in gradients]
    if global_clipnorm:
        length = xp.sqrt(sum((gradient**2).sum() for gradient in gradients))
        return [_scaled(xp, gradient, length, global_clipnorm) for gradient in gradients]
    return [xp.clip(gradient, -clipvalue, clipvalue) for gradient in gradients] if clipvalue else gradients


def _scaled(xp, gradient, length, longest):
    return gradient * (longest / xp.maximum(length, longest))
