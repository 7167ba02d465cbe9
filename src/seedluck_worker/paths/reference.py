"""The path ``reference``: the same training by an implementation that shares as little as can be with the others.

Who does what: Keras builds the model and computes it forwards, JAX differentiates, and this path makes batches, loss
and update from the formulas of formulas/. With ``framework.dtype=float64``, its own
default, rounding is out of the question. A loss that a scenario computes itself is used as it is.

Of an optimizer's settings it takes those of Keras's classes, and besides what Keras's versions decide differently:
``epsilon_within_root`` (rmsprop, adagrad), ``schedule_decay`` (nadam), ``average_from`` (of ``use_ema``: ``initial``
weights or ``first`` update).
"""

import inspect

import numpy as np

from seedluck_worker.formulas import losses, optimizers, schedules, training
from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness.batches import count, order_of_epochs, take
from seedluck_worker.shared.optimizer_settings import RUNNING, SCALES_AND_LOCKS
from seedluck_worker.shared.refusals import Mistake, refused

PACKAGES = ["keras"]
NEEDS = ["jax"]
TAKES = ["class_weight", "sample_weight", "batch"]

LEFT_OUT = ("name", *RUNNING, *SCALES_AND_LOCKS)  # of an optimizer's settings


def prepare(kit, scenario, data, job):
    """Nothing to change about the classes that the scenario builds with."""


def train(kit, scenario, model, data, job, recorder):
    import jax
    import jax.numpy as jnp

    settings, framework = job["scenario"], job["framework"]
    optimizer = Optimizer(jnp, **job["optimizer"])
    loss_of = _loss(kit, scenario, jnp)
    recorder.compiled(optimizer)
    recorder.begin(model)
    constraints = [variable.constraint or (lambda weight: weight) for variable in model.trainable_variables]

    variables = model.trainable_variables, [*model.non_trainable_variables, *_states(model)]

    def cost(weights, others, x, y, of_row):
        mapping = [*zip(variables[0], weights), *zip(variables[1], others)]
        with kit.keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
            loss = loss_of(y, model(x, training=True), of_row) + sum(model.losses)
        return loss, [scope.get_current_value(variable) for variable in variables[1]]

    def step(weights, others, state, n, x, y, of_row):
        (loss, others), gradients = jax.value_and_grad(cost, has_aux=True)(weights, others, x, y, of_row)
        weights, state = optimizer.update(weights, gradients, state, n, constraints)
        return loss, weights, others, state

    step = jax.jit(step)
    weights, others = ([jnp.asarray(one.value, one.dtype) for one in every] for every in variables)
    state = optimizer.begun(weights)
    x, y, of_row = _typed(data.x), _typed(_targets(data.y, framework)), of_rows(data, framework)
    rows, size, kept = count(data.x), settings["batch_size"], job["job"]["steps"]

    def show(weights):
        for variable, value in zip([*variables[0], *variables[1]], [*weights, *others]):
            variable.assign(value)

    orders = order_of_epochs(rows, framework["shuffle"], framework["shuffle_buffer"], kit.seeds.batch_order(), size)
    done = 0
    for epoch, order in zip(range(settings["epochs"]), orders):
        told, sizes = [], []
        recorder.order(order)
        for number, first in enumerate(range(0, rows, size), 1):
            batch = order[first : first + size]
            fed = take(x, batch), take(y, batch), None if of_row is None else of_row[batch]
            loss, weights, others, state = step(weights, others, state, jnp.asarray(done), *fed)
            done += 1
            told.append(loss)
            sizes.append(len(batch))
            if done <= kept:
                show(weights)
            recorder.batch_end(number, loss if done == 1 else None)
        last = epoch + 1 == settings["epochs"]
        show(optimizer.averaged(weights, state) if last else weights)
        recorder.epoch_end(epoch + 1, float(np.average(np.array(told, float), weights=sizes)))


def _states(model):
    """What layers carry from batch to batch and Keras does not list: on JAX it loses them, and with them the past."""
    listed = {id(variable) for variable in model.variables}
    every = [state for layer in model._flatten_layers() for state in _flat(getattr(layer, "states", None) or ())]
    return [state for state in every if hasattr(state, "assign") and id(state) not in listed]


def _flat(nested):
    return [part for one in nested for part in _flat(one)] if isinstance(nested, (list, tuple)) else [nested]


class Optimizer:
    """One optimizer with what every optimizer takes: gradients are accumulated and averaged, then comes a step of
    formulas/training.py.

    xp: ``jax.numpy``. Raises Mistake for what has no formula.
    """

    def __init__(self, xp, name, learning_rate, settings):
        self._xp, self._name = xp, _letters(name)
        if self._name not in optimizers.OPTIMIZERS:
            raise refused("optimizer.name is, on the path framework=reference,", name, optimizers.OPTIMIZERS)
        self._formula = optimizers.OPTIMIZERS[self._name][0]
        own = {
            key: p.default for key, p in inspect.signature(self._formula).parameters.items() if p.default is not p.empty
        }
        given = {key: value for key, value in settings.items() if key not in LEFT_OUT and value is not None}
        for key in given:
            if key not in own and key not in optimizers.COMMON:
                raise refused(f"{name} on the path framework=reference takes no optimizer.settings", key, own)
        if learning_rate is None:
            raise Mistake(
                "optimizer.learning_rate is null, and the path framework=reference has no default; allowed: a number "
                "above 0, or a schedule; the nearest valid choice is optimizer.learning_rate=0.001."
            )
        self._rate = schedules.schedule(xp, learning_rate)
        self._shown = {"name": name, "learning_rate": learning_rate, **own, **given}
        self._own = {key: value for key, value in {**own, **given}.items() if key in own}
        self._common = {key: given.get(key, default) for key, default in optimizers.COMMON.items()}

    def get_config(self):
        """Return its settings, defaults included, as Keras's optimizers do."""
        return dict(self._shown)

    def begun(self, weights):
        """Return the state before the first step. weights: list of arrays."""
        state = {"of_weight": [optimizers.begun(self._name, self._own, weight) for weight in weights]}
        if self._common["gradient_accumulation_steps"]:
            state["sum"] = [0 * weight for weight in weights]
        if self._common["use_ema"]:
            state["average"] = list(weights)
        return state

    def update(self, weights, gradients, state, n, constraints):
        """Return the weights after step n, counted from 0, and the state. constraints: functions of a weight."""
        many = self._common["gradient_accumulation_steps"]
        if not many:
            return self._updated(weights, gradients, state, n, constraints)
        import jax

        summed = [a + b for a, b in zip(state["sum"], gradients)]
        mean = [gradient / many for gradient in summed]
        new, after = self._updated(weights, mean, state, n // many, constraints)
        after = dict(after, sum=[0 * gradient for gradient in summed])
        is_last = (n + 1) % many == 0
        keep = dict(state, sum=summed)
        return jax.tree_util.tree_map(lambda a, b: self._xp.where(is_last, a, b), (new, after), (list(weights), keep))

    def averaged(self, weights, state):
        """Return the weights to end with: their average where there is one."""
        return state["average"] if self._common["use_ema"] else weights

    def _updated(self, weights, gradients, state, n, constraints):
        xp, common, n = self._xp, self._common, n + 1.0
        rate = self._rate(n - 1)
        new, of_weight = training.updated(
            xp, self._name, self._own, common, weights, gradients, state["of_weight"], n, rate
        )
        new = [constraint(weight) for constraint, weight in zip(constraints, new)]
        state = dict(state, of_weight=of_weight)
        if common["use_ema"]:
            new, state["average"] = training.averaged(xp, common, new, state["average"], n)
        return new, state


def _loss(kit, scenario, xp):
    """A function (targets, predictions, weights of rows or None) → scalar: the mean over rows of weighted losses."""
    if callable(scenario.loss):
        return lambda y, p, w: scenario.loss(kit, y, p, *([] if w is None else [w]))
    if isinstance(scenario.loss, (list, tuple)):
        parts = [_by_name(asked, xp) for asked in scenario.loss]
        return lambda y, p, w: sum(part(*pair, w) for part, pair in zip(parts, zip(y, p)))
    return _by_name(scenario.loss, xp)


def _by_name(asked, xp):
    name, config = (asked, {}) if isinstance(asked, str) else (asked["class_name"], asked.get("config") or {})
    letters = _letters(name)
    if letters not in losses.LOSSES:
        raise refused("scenario.loss is, on the path framework=reference,", name, losses.LOSSES)
    for key, taken in {"reduction": (None, "auto", "sum_over_batch_size"), "axis": (-1,)}.items():
        if config.get(key, taken[0]) not in taken:  # or both sides would be found to compute wrongly
            raise refused(f"{name} on the path framework=reference has {key}", str(config[key]), map(str, taken))
    config = {key: value for key, value in config.items() if key not in ("name", "reduction", "dtype", "axis", "fn")}

    def loss(y, p, w):
        p = p.astype(xp.promote_types(p.dtype, "float32"))
        y = losses.aligned(letters, y, p)
        every = losses.LOSSES[letters](xp, y.astype(p.dtype), p, **config)
        if w is not None:
            every = every * w.reshape(w.shape + (1,) * (every.ndim - w.ndim))
        return every.mean()

    return loss


def _targets(y, framework):
    is_flat = getattr(y, "ndim", None) == 1
    return y[:, None] if framework["targets"] == "expanded" and is_flat else y


def _typed(arrays):
    """Floats as float64; JAX makes of them what the model computes in."""
    if isinstance(arrays, list):
        return [_typed(array) for array in arrays]
    return arrays.astype("float64") if arrays.dtype.kind == "f" else arrays


def _letters(name):
    return name.rpartition(".")[2].replace("_", "").lower()
