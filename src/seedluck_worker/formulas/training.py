"""What surrounds an optimizer's formula: clipping, decay of weights, averages of weights.

The order is that of Keras's documentation: gradients are clipped, weights decay, then comes the update; the average of
the weights follows it. xp: NumPy or jax.numpy. common: settings by the names of Keras's classes, as of
optimizers.COMMON; what is missing is left out.
"""

from seedluck_worker.formulas.optimizers import OPTIMIZERS, clipped

CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")


def updated(xp, name, own, common, weights, gradients, states, n, rate):
    """Return weights and states after step n, counted from 1.

    name: of the optimizer, a key of OPTIMIZERS. own: settings of its formula. weights, gradients, states: a list each,
    of arrays, arrays and dictionaries. rate: the learning rate of the step, before it decays.
    """
    rate = rate / (1 + common.get("decay", 0.0) * (n - 1))
    decay = common.get("weight_decay")
    if decay is None:
        decay = 0.004 if name == "adamw" else 0.0  # the default of Keras's class
    new, after = [], []
    for weight, gradient, state in zip(
        weights, clipped(xp, gradients, **{key: common.get(key) for key in CLIPPING}), states
    ):
        weight, state = OPTIMIZERS[name][0](xp, weight - weight * decay * rate, gradient, state, n, rate, **own)
        new.append(weight)
        after.append(state)
    return new, after


def averaged(xp, common, weights, averages, n):
    """Return weights and their exponential averages after step n, counted from 1 (Polyak and Juditsky 1992).

    ``average_from`` of common: ``first``, if the average begins with the weights after the first step, and not with the
    initial ones; Keras's documentation does not tell. ``ema_overwrite_frequency``: after how many steps the weights
    become their average.
    """
    share = common["ema_momentum"]
    if common.get("average_from") == "first":
        share = xp.where(n == 1, 0.0, share)
    averages = [share * before + (1 - share) * weight for before, weight in zip(averages, weights)]
    every = common.get("ema_overwrite_frequency")
    if every:
        weights = [xp.where(n % every == 0, mean, weight) for mean, weight in zip(averages, weights)]
    return weights, averages
