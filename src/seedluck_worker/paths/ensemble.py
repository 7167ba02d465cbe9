"""The path ``ensemble``: one program trains all seeds of a job, each as ``fit`` of Keras on JAX would train it alone.

Who does what: the program of one seed builds the scenario's model from that seed's draws and scans over epochs and
batches with Keras's own ``train_step``; ``jax.vmap`` makes of it the program of all seeds. What a layer keeps from its
making, other than variables, is therefore each seed's own. randomness/draws.py knows what a seed draws,
observing/watched.py tells what became of each seed.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seedluck_worker.observing import watched
from seedluck_worker.observing.members import Member
from seedluck_worker.paths.row_weights import of_rows
from seedluck_worker.randomness import draws
from seedluck_worker.randomness.batches import count, take
from seedluck_worker.shared.refusals import Mistake

PACKAGES = ["keras"]
NEEDS = ["jax"]
TAKES = ["class_weight", "sample_weight"]
SEVERAL_SEEDS = True

ROWS_AT_ONCE = 4096  # of predictions, as elsewhere


def prepare(kit, scenario, data, job):
    """Refuse what would change nothing here."""
    if job["framework"]["execution"] == "eager":
        raise Mistake(
            "framework.execution is eager, which the path framework=ensemble does not take; allowed: compiled; the "
            "nearest valid choice is framework.execution=compiled."
        )


def train(kit, scenario, model, data, job, recorder):
    """Train a single seed, seen inside."""
    _train_watched([Member(kit, model, recorder)], scenario, data, job)


def train_seeds(members, scenario, data, job):
    """Train all seeds of a job: few, or some whose steps are asked for, seen inside; many, by their epochs' ends."""
    if job["job"]["steps"] or job["seed"]["start"] or job["job"]["weights_every"]:
        _train_watched(list(members), scenario, data, job)
        return
    first, seeds = next(iter(members)), members.seeds
    program = Program(first, scenario, data, job, every=watched.epochs_apart(job["scenario"]["epochs"]))
    story = watched.Story(first, scenario, data, job, program)
    chunk = -(-len(seeds) // -(-len(seeds) // program.chunk))  # chunks of one size, which are compiled once
    chunks = [seeds[at : at + chunk] for at in range(0, len(seeds), chunk)]

    def drawn(now):
        inputs = [program.inputs(seed) for seed in now]
        return [*inputs, *inputs[-1:] * (chunk - len(now))]

    done = 0

    def take(now, told, order):
        nonlocal done
        story.take(now, told, order, members.events_of)
        done += len(now)
        members.events.emit("seeds", done=done, of=len(seeds))

    with ThreadPoolExecutor(1) as beside:  # XLA compiles and computes while Python draws and measures
        compiled = beside.submit(program.traced(program.inputs(seeds[0]), chunk).compile)
        inputs, trained = drawn(chunks[0]), None
        for now, after in zip(chunks, [*chunks[1:], []]):
            running = beside.submit(program.told, compiled.result, inputs)
            coming = drawn(after)
            if trained:
                take(*trained)
            trained, inputs = (now, running.result(), program.first_order(inputs[0])), coming
        take(*trained)
    story.end(members.folder, members.events)


def _train_watched(members, scenario, data, job):
    program = Program(members[0], scenario, data, job, every=1, steps=job["job"]["steps"])
    starts = []
    for member in members:
        member.recorder.compiled(program.optimizer())
        member.recorder.begin(member.model)
        starts.append(list(member.kit.weights(member.model).values()) if job["seed"]["start"] else None)
    inputs = [
        dict(program.inputs(member.kit.seeds.value), **({} if start is None else {"start": start}))
        for member, start in zip(members, starts)
    ]
    chunk = min(job["ensemble"]["chunk"] or len(members), len(members))
    compiled = program.traced(inputs[0], chunk).compile()
    for at in range(0, len(members), chunk):
        now = inputs[at : at + chunk]
        told = program.told(lambda: compiled, [*now, *now[-1:] * (chunk - len(now))])
        for i, member in enumerate(members[at : at + chunk]):
            of_seed = {name: part[i] for name, part in told.items()}
            watched.tell(member, program, of_seed, program.first_order(now[i]))


class Program:
    """The training of one seed as a function of its draws, and of many.

    first: a Member, made for the first seed. every: after how many epochs weights and answers
    are told. steps: of how many first steps the weights are told.

    Attributes:
        chunk: how many seeds are trained at once: as ``ensemble.chunk`` says, or else as many as there is memory for.
        asked: the rows whose answers are told, as ``measure`` asked for them.
        epochs: those after which weights are told, the last among them.
    """

    def __init__(self, first, scenario, data, job, every, steps=0):
        self._first, self._scenario, self._data, self._job = first, scenario, data, job
        settings, framework = job["scenario"], job["framework"]
        self._size, self._rows = settings["batch_size"], count(data.x)
        self._in_order = framework["shuffle"] == "none"  # then the order need not be told for each seed
        self.steps_an_epoch = -(-self._rows // self._size)
        self._watched = -(-steps // self.steps_an_epoch) if steps else 0  # epochs whose every step is told
        self.every = every
        self.epochs = sorted({*range(every, settings["epochs"] + 1, every), settings["epochs"]})
        flat = getattr(data.y, "ndim", None) == 1
        y = data.y[:, None] if framework["targets"] == "expanded" and flat else data.y
        weights = of_rows(data, framework)
        self._fed = (data.x, y) if weights is None else (data.x, y, weights)
        self.draws = draws.Draws(first.kit, lambda kit: self._model(kit), job)
        self.asked, answered = watched.asked(first, scenario, data)
        self.chunk = job["ensemble"]["chunk"] or self._fits(answered)

    def optimizer(self):
        """Return an optimizer as it is made for every seed."""
        return self._first.kit.optimizer(**self._job["optimizer"])

    def inputs(self, seed):
        """Return what a seed draws: name → array; ``order``: rows of each epoch, shape (epochs, rows), if shuffled."""
        inputs = self.draws.of(seed)
        return inputs if self._in_order else dict(inputs, order=self.draws.order(seed, self._rows))

    def first_order(self, inputs):
        """Return the rows of the first epoch, shape (rows,). inputs: of a seed."""
        return np.arange(self._rows) if self._in_order else inputs["order"][0]

    def traced(self, inputs, seeds):
        """Return the program of so many seeds, whose method ``compile`` needs no Keras. inputs: of one of them."""
        import jax

        shapes = jax.tree_util.tree_map(
            lambda part: jax.ShapeDtypeStruct((seeds, *np.shape(part)), jax.dtypes.canonicalize_dtype(part.dtype)),
            inputs,
        )
        return jax.jit(jax.vmap(self._train)).lower(shapes)

    def told(self, compiled, inputs):
        """Train seeds at once. Returns name → array or list, a seed a row.

        compiled: returns the program once it is compiled. inputs: of each seed, as of :meth:`inputs`.

        ``loss``: (seeds, epochs). ``first_loss``: (seeds,). ``not_finite``: (seeds,), the first step whose loss is not
        finite, counted from 1, or 0. Of each seed a list, in the order of ``kit.variables``, of arrays: ``begun`` and
        ``ended`` of a variable's shape, ``weights`` of shape (epochs told, ...), ``steps`` of shape (steps, ...) where
        they are asked for. ``begun_answers``, ``answers``: the same of the rows in ``asked``.
        """
        import jax
        import jax.numpy as jnp

        stacked = jax.tree_util.tree_map(lambda *parts: jnp.asarray(np.stack(parts)), *inputs)
        told = jax.tree_util.tree_map(np.asarray, compiled()(stacked))
        return {name: _by_seed(part, len(inputs)) for name, part in told.items()}

    def _model(self, kit):
        model = self._scenario.model(kit, self._job["variant"])
        kit.build(model, self._data.x)
        return model

    def _train(self, inputs):
        """The training of one seed, traced."""
        import jax
        import jax.numpy as jnp

        kit, scenario, job = self._first.kit, self._scenario, self._job
        model = self.draws.built(inputs)
        variables = list(kit.variables(model).values())
        for variable, value in zip(variables, inputs.get("start", ())):
            variable.assign(value)
        model.compile(optimizer=kit.optimizer(**job["optimizer"]), loss=kit.compiled_loss(scenario))
        model._symbolic_build(data_batch=tuple(take_first(part, self._size) for part in self._fed))
        fed = tuple(_placed(jnp, part) for part in self._fed)
        begun_metrics = [jnp.asarray(one.value) for one in model.metrics_variables]
        state = tuple(
            [jnp.asarray(one.value, one.dtype) for one in every]
            for every in (
                model.trainable_variables,
                model.non_trainable_variables,
                model.optimizer.variables,
                model.metrics_variables,
            )
        )

        def values(state):
            """The variables of the model in a state, in the order of kit.variables."""
            held = {id(v): value for v, value in zip(model.trainable_variables, state[0])}
            held.update({id(v): value for v, value in zip(model.non_trainable_variables, state[1])})
            return [
                held[id(variable)] if id(variable) in held else jnp.asarray(variable.value) for variable in variables
            ]

        def answers(state):
            told = []
            for x in self.asked:
                parts = [slice(i, i + ROWS_AT_ONCE) for i in range(0, count(x), ROWS_AT_ONCE)]
                of = [_outputs(model.stateless_call(*state[:2], take(x, part), training=False)[0]) for part in parts]
                told.append(jax.tree_util.tree_map(lambda *rows: jnp.concatenate(rows), *of))
            return told

        def step(carry, rows, tells=False):
            state, bad, done, first = carry
            logs, state = model.train_step(state, tuple(take(part, rows) for part in fed))
            loss = logs["loss"]
            bad = jnp.where((bad == 0) & ~jnp.isfinite(loss), done + 1, bad)
            first = jnp.where(done == 0, loss, first)
            return (state, bad, done + 1, first), (loss, values(state) if tells else 0)

        def epoch(carry, order, tells=False):
            state, *rest = carry
            carry = ((*state[:3], begun_metrics), *rest)
            whole = self._rows // self._size
            batches = order[: whole * self._size].reshape(whole, self._size)
            carry, (losses, told) = jax.lax.scan(lambda c, r: step(c, r, tells), carry, batches)
            if whole * self._size < self._rows:
                carry, (loss, last) = step(carry, order[whole * self._size :], tells)
                losses = jnp.append(losses, loss)
                told = (
                    jax.tree_util.tree_map(lambda all, one: jnp.concatenate([all, one[None]]), told, last)
                    if tells
                    else told
                )
            return carry, (losses[-1], told)

        def epochs(carry, orders):
            carry, (losses, _) = jax.lax.scan(epoch, carry, orders)
            return carry, (losses, values(carry[0]), answers(carry[0]))

        begun, epochs_in_all = values(state), job["scenario"]["epochs"]
        order = jnp.tile(jnp.arange(self._rows), (epochs_in_all, 1)) if self._in_order else inputs["order"]
        said = {"begun": begun, "begun_answers": answers(state)}
        carry = (state, jnp.int32(0), jnp.int32(0), jnp.zeros((), kit.keras.backend.floatx()))
        told, steps = [], []
        for i in range(min(self._watched, len(order))):
            carry, (loss, of_steps) = epoch(carry, order[i], tells=True)
            steps.append(of_steps)
            told.append(
                (loss[None], *(jax.tree_util.tree_map(lambda a: a[None], part(carry[0])) for part in (values, answers)))
            )
        left = order[len(told) :]
        groups = len(left) // self.every
        if groups:
            shaped = left[: groups * self.every].reshape(groups, self.every, self._rows)
            carry, (losses, *rest) = jax.lax.scan(epochs, carry, shaped)
            told.append((losses.reshape(-1), *rest))
        if len(left) > groups * self.every:
            carry, (losses, *rest) = epochs(carry, left[groups * self.every :])
            told.append((losses, *(jax.tree_util.tree_map(lambda a: a[None], part) for part in rest)))
        losses, weights, answered = jax.tree_util.tree_map(lambda *parts: jnp.concatenate(parts), *told)
        state, bad, _, first = carry
        said.update(loss=losses, weights=weights, answers=answered, not_finite=bad, first_loss=first)
        said["ended"] = values((self._finalized(model, state), *state[1:]))
        if steps:
            said["steps"] = jax.tree_util.tree_map(lambda *parts: jnp.concatenate(parts), *steps)
        return said

    def _finalized(self, model, state):
        """What fit does to the weights at its end, as averaging them."""
        keras = self._first.kit.keras
        mapping = [*zip(model.trainable_variables, state[0]), *zip(model.optimizer.variables, state[2])]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            model.optimizer.finalize_variable_values(model.trainable_variables)
        told = [scope.get_current_value(variable) for variable in model.trainable_variables]
        return [before if now is None else now for before, now in zip(state[0], told)]

    def _fits(self, answered):
        """How many seeds are trained at once: what is told of them fits the memory, and what a step changes the cache.

        answered: how many numbers a measurement asks for.
        """
        import jax

        sizes = [int(np.prod(variable.shape)) for variable in self._first.model.variables]
        told = (len(self.epochs) + 2) * (sum(sizes) + answered)
        told += 0 if self._in_order else self._rows * self._job["scenario"]["epochs"]
        steps = self._watched * self.steps_an_epoch * sum(sizes)
        batch = sum(int(np.prod(np.shape(take_first(part, self._size)))) for part in _flat(self._fed))
        chunk = MEMORY // (BYTES * (4 * told + steps + 64 * batch))
        if jax.default_backend() == "cpu":
            chunk = min(chunk, max(LEAST, CACHE // (BYTES * 4 * sum(sizes))))
        return int(max(1, min(chunk, MOST)))


BYTES = 4  # of a number
MEMORY = 1.5 * 2**30  # bytes that the seeds trained at once may take together
CACHE = 4 * 2**20  # bytes near a core, which weights, gradients and an optimizer's state had better not exceed
LEAST, MOST = 16, 1000  # seeds at once: fewer waste a core, more gain nothing


def take_first(x, rows):
    """Return the first rows of an array, or of each array in a list."""
    return take(x, slice(0, rows))


def _outputs(answer):
    """Several outputs as a list, in the order of adapters/toolkit.py."""
    return (
        list(answer.values() if isinstance(answer, dict) else answer)
        if isinstance(answer, (dict, tuple, list))
        else answer
    )


def _flat(fed):
    return [array for part in fed for array in (part if isinstance(part, list) else [part])]


def _placed(jnp, part):
    return [jnp.asarray(array) for array in part] if isinstance(part, list) else jnp.asarray(part)


def _by_seed(part, seeds):
    """A list of arrays of shape (seeds, ...) as a list, a seed each, of lists; an array as it is."""
    import jax

    if isinstance(part, list):
        return [jax.tree_util.tree_map(lambda array, at=i: array[at], part) for i in range(seeds)]
    return part
