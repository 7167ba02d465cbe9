"""What a seed draws before and while a model of Keras on JAX trains, so that one program can do it for many seeds.

A model is made once while every number that seeds JAX's generators is written down. Such a number is one that Keras
takes from Python's generator, one of ``seed``'s own (randomness/seeds.py), or the model's own constant. Another
seed's numbers follow without making its model: they are what the same generators give for that seed.
"""

import random

import numpy as np

from seedluck_worker.randomness.batches import order_of_epochs
from seedluck_worker.randomness.seeds import Seeds
from seedluck_worker.shared.refusals import Mistake

LARGEST = int(1e9)  # what Keras takes from it: whole numbers from 1 to this
STATE = "seed_generator_state"  # Keras's name of the variable with which a layer draws while it trains


class Draws:
    """What every seed of a job draws.

    kit: Toolkit. build: kit → the scenario's model, built. Raises Mistake if the model draws in
    a way from which no other seed's draws follow.
    """

    def __init__(self, kit, build, job):
        self._kit, self._build, self._job = kit, build, job
        self._numbers, taken = [], []
        self._seeds = _Written(**job["seed"])
        _begin(job["seed"]["kind"], job["seed"]["value"])
        began, by_numpy = random.getstate(), np.random.get_state()

        def write_down(original, seed):
            if isinstance(seed, int) and seed not in self._numbers:
                self._numbers.append(seed)
            return original(seed)

        model = self._made(self._seeds, write_down, taken)
        self._states = {
            i: int(np.asarray(variable.value)[0])
            for i, variable in enumerate(model.variables)
            if variable.name == STATE
        }
        self._numbers += [number for number in self._states.values() if number not in self._numbers]
        ended, by_numpy_ended = random.getstate(), np.random.get_state()
        random.setstate(began)
        followed = [random.randint(1, LARGEST) for _ in taken] == taken and random.getstate() == ended
        if not followed or any(np.any(a != b) for a, b in zip(by_numpy, by_numpy_ended)):
            raise Mistake(
                f"scenario is {job['scenario']['name']!r}, whose model draws random numbers otherwise than by Keras's "
                "initializers and layers; allowed on the path framework=ensemble: those; the nearest valid choice is "
                "framework=keras."
            )
        self._sources = [
            ("python", taken.index(number))
            if number in taken
            else ("op", self._seeds.ops.index(number))
            if number in self._seeds.ops
            else ("constant", number)
            for number in self._numbers
        ]
        self._taken = len(taken)

    def of(self, seed):
        """Return name → array of what a seed draws.

        ``numbers``: uint32, shape (numbers,). ``values``: a list of initial values that NumPy drew. ``masks``: the
        key of held dropout masks, uint32.
        """
        held = Seeds(**dict(self._job["seed"], value=seed))
        _begin(held.kind, seed)
        taken = [random.randint(1, LARGEST) for _ in range(self._taken)]
        ops, made = [], []
        for asked in self._seeds.asked:
            if asked is None:
                ops.append(held.op())
            else:
                made.append(held.initial(*asked))
        chosen = {"python": taken.__getitem__, "op": ops.__getitem__, "constant": lambda number: number}
        return {
            "numbers": np.array([chosen[kind](at) for kind, at in self._sources], "uint32"),
            "values": [made[i](shape) for i, shape in self._seeds.used],
            "masks": np.uint32(held.masks() or 0),
        }

    def order(self, seed, rows):
        """Return the rows of every epoch as fit orders them: int32 of shape (epochs, rows)."""
        framework, scenario = self._job["framework"], self._job["scenario"]
        shuffle, held = framework["shuffle"], Seeds(**dict(self._job["seed"], value=seed))
        generator = held.batch_order()
        if held.kind != "shared":
            generator = np.random.RandomState(None if held.kind == "none" else seed)
            if shuffle == "each_epoch":
                generator.permutation(rows)  # fit takes a batch before it trains, to see its shapes
        epochs = np.empty((scenario["epochs"], rows), "int32")
        orders = order_of_epochs(rows, shuffle, framework["shuffle_buffer"], generator, scenario["batch_size"])
        for epoch in epochs:
            epoch[:] = next(orders)
        return epochs

    def built(self, drawn):
        """Return a seed's model, made while JAX traces. drawn: what :meth:`of` told, as tracers."""
        import jax.numpy as jnp

        given = {number: drawn["numbers"][i] for i, number in enumerate(self._numbers)}

        def state(number):
            return jnp.stack([given.get(number, jnp.uint32(number)), jnp.uint32(0)])

        seed = self._job["seed"]
        told = _Told(drawn["values"], **seed)
        _begin(seed["kind"], seed["value"])
        if self._kit.masks:
            self._kit.masks.restart(drawn["masks"])
        model = self._made(told, lambda original, number: state(number) if number in given else original(number))
        variables = model.variables
        for i, number in self._states.items():
            variables[i].assign(state(number))
        return model

    def _made(self, seeds, draw_seed, taken=None):
        """The model, made with these seeds while draw_seed stands for Keras's function of that name.

        taken: a list that receives what Keras takes from Python's generator meanwhile.
        """
        import keras.src.backend.jax.random as generators
        import keras.src.random.seed_generator as states

        original, default, kit = generators.draw_seed, generators.make_default_seed, self._kit
        held, kit.seeds = kit.seeds, seeds
        taken = [] if taken is None else taken

        def make_default_seed():
            taken.append(default())
            return taken[-1]

        generators.draw_seed = lambda seed: draw_seed(original, seed)
        generators.make_default_seed = states.make_default_seed = make_default_seed
        try:
            return self._build(kit)
        finally:
            generators.draw_seed, kit.seeds = original, held
            generators.make_default_seed = states.make_default_seed = default


class _Written(Seeds):
    """Seeds that write down what is asked of them: in ``asked`` None for a seed, or an initializer; ``ops``: the seeds
    given; ``used``: which initializer was called, and for which shape."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked, self.ops, self.used = [], [], []

    def op(self):
        given = super().op()
        self.asked.append(None)
        self.ops.append(given)
        return given

    def initial(self, name, config):
        number = sum(asked is not None for asked in self.asked)
        draw = super().initial(name, config)
        self.asked[-1:] = [(name, config)]  # in place of the seed that it has just asked for
        self.ops.pop()

        def initial(shape):
            self.used.append((number, tuple(shape)))
            return draw(shape)

        return initial


class _Told(Seeds):
    """Seeds whose initial values are told, in the order of their use."""

    def __init__(self, values, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._values = iter(values)

    def initial(self, name, config):
        self.op()
        return lambda shape: next(self._values)


def _begin(kind, seed):
    """Seed Python and NumPy as a training does that begins."""
    seed = None if kind == "none" else seed
    random.seed(seed)
    np.random.seed(seed)
