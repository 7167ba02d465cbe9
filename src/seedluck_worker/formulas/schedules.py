"""Schedules of learning rates by the formulas of Keras's documentation; independent of every framework."""

from seedluck_worker.shared.refusals import Mistake, refused


def exponential_decay(xp, n, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """Return the rate at update n, counted from 0: it falls by ``decay_rate`` every ``decay_steps``."""
    way = n / decay_steps
    return initial_learning_rate * decay_rate ** (xp.floor(way) if staircase else way)


def inverse_time_decay(xp, n, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """Return the rate at update n, counted from 0: it falls as 1 / (1 + time)."""
    way = n / decay_steps
    return initial_learning_rate / (1 + decay_rate * (xp.floor(way) if staircase else way))


def polynomial_decay(xp, n, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False):
    """Return the rate at update n, counted from 0: it falls to an end by a power of the time left."""
    steps = decay_steps * (xp.maximum(xp.ceil(n / decay_steps), 1) if cycle else 1)
    left = 1 - xp.minimum(n, steps) / steps
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


def cosine_decay(xp, n, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
    """Loshchilov and Hutter 2017, without restarts; before it, a straight way up to ``warmup_target``."""
    highest = initial_learning_rate if warmup_target is None else warmup_target
    after = n - (0 if warmup_target is None else warmup_steps)
    left = 0.5 * (1 + xp.cos(xp.pi * xp.clip(after / decay_steps, 0, 1)))
    decayed = highest * ((1 - alpha) * left + alpha)
    if warmup_target is None or not warmup_steps:
        return decayed
    up = initial_learning_rate + (highest - initial_learning_rate) * n / warmup_steps
    return xp.where(n < warmup_steps, up, decayed)


def piecewise_constant_decay(xp, n, boundaries, values):
    """Return the rate at update n, counted from 0: the value of the interval that n lies in."""
    return xp.asarray(values)[(n > xp.asarray(boundaries)).sum()]


SCHEDULES = {
    "ExponentialDecay": exponential_decay,
    "InverseTimeDecay": inverse_time_decay,
    "PolynomialDecay": polynomial_decay,
    "CosineDecay": cosine_decay,
    "PiecewiseConstantDecay": piecewise_constant_decay,
}


def schedule(xp, asked):
    """Return the rate as a function of the number of updates before, counted from 0.

    asked: a number, or a dictionary as Keras writes a schedule. Raises Mistake for one that has no formula here.
    """
    if not isinstance(asked, dict):
        return lambda n: asked
    name, config = asked.get("class_name"), dict(asked.get("config") or {})
    config.pop("name", None)
    if name not in SCHEDULES:
        raise refused("optimizer.learning_rate is, on the path framework=reference,", name, SCHEDULES)
    try:
        SCHEDULES[name](xp, xp.asarray(0.0), **config)
    except TypeError as error:
        raise Mistake(f"optimizer.learning_rate has arguments that {name} refuses: {error}.") from error
    return lambda n: SCHEDULES[name](xp, n * 1.0, **config)
