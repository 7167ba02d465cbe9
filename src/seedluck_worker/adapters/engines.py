"""What computes: TensorFlow, JAX or PyTorch, below whichever Keras.

Every engine has the methods of :class:`Engine`. An adapter asks its engine for what Keras leaves to it: the process's
seed, devices and threads, how a gradient is taken, and the numbers that masks are drawn from.
"""

import functools
import sys

import numpy as np

from seedluck_worker.adapters import seeding
from seedluck_worker.adapters.shuffles import Shuffles
from seedluck_worker.randomness import counters
from seedluck_worker.system import machine


class Engine:
    """An engine that runs operations as they come, and of which Keras holds what it needs.

    Attributes:
        modules: names of the packages whose import brings it up.
        numbers: whole numbers for random numbers that are counted, one of randomness/counters.py.
    """

    modules = ()
    numbers = None

    @classmethod
    def watch(cls, module, hooks):
        """Seed a module that was just imported with the run's seed, and tell hooks (hooks.py) of its generator."""

    def settle(self, device, variables):
        """Settle device, threads and kind of variables, before the first operation; return whether there is a GPU.

        device: of the job. variables: ``framework.variables``.
        """
        raise NotImplementedError

    def seed(self, value):
        """Seed the engine's global generator, where Keras does not."""

    def describe(self):
        """Return name → text of what decides how this engine rounds sums."""
        return {}

    def kind_of_variables(self, variables):
        """Return ``reference`` or ``resource``, of an engine that has these kinds; otherwise None."""
        return None

    def takes_gradient(self, training):
        """Return whether a gradient is taken of a model that is called now. training: what it is told, or None."""
        return False

    def takes_gradient_of_losses(self):
        """Return whether a gradient is taken of a loss that is computed now."""
        return False

    def outside_of_graphs(self, work):
        """Do work at once, though a function may be traced just now."""
        work()

    def traced(self):
        """Return the graph into which operations go just now; None where they run as they come."""
        return None

    def tell_from_graph(self, tell, tensors, variables):
        """Have ``tell(*values)`` called at every execution of the graph, once the variables were written."""
        raise NotImplementedError

    def rows_of(self, tensor):
        """Return how many rows a tensor of a graph has, a tensor itself."""
        raise NotImplementedError

    def steps(self, model, loss_of, optimizer, compiled, jit_compile):
        """Return a function that trains on batches one after another, for a loop outside of the model.

        loss_of: (targets, predictions, weights) → scalar tensor. compiled: whether the batches given together are one
        graph. jit_compile: True or False, or None for the engine's default. The function takes a list of (x, y) or
        (x, y, weights), arrays, and returns their losses.
        """
        raise NotImplementedError

    def trace(self, folder):
        """Start to follow what is traced; return a function that ends that and writes it for TensorBoard, or None."""
        return None

    def in_float64(self, compute):
        """Return the float that ``compute(wrap)`` stands for, where wrap makes a float64 tensor of an array.

        None if the engine has no float64 or refuses.
        """
        return None

    def size_of_draw(self, x, asked):
        """Return how many numbers are drawn, and a function that shapes them.

        x: the tensor that they are for, or None. asked: their shape, with None where that of x decides; or None.
        """
        shape = tuple(x.shape) if asked is None else tuple(x.shape[i] if n is None else n for i, n in enumerate(asked))
        return int(np.prod(shape)), lambda drawn: drawn.reshape(shape)

    def as_type_of(self, x, mask):
        """Return a mask in the type of a tensor."""
        return mask.astype(x.dtype)

    def functions(self):
        """Return ``sqrt``, ``log`` and ``cos`` of tensors."""
        raise NotImplementedError


class TensorFlow(Engine):
    """TensorFlow 2, or 1 where it runs operations as they come."""

    modules = ("tensorflow",)

    @classmethod
    def watch(cls, module, hooks):
        seeding.hold_framework("tensorflow", module, hooks.seeds)
        hooks.follow("tensorflow", lambda: repr(_generator().getstate()).encode())
        settle_variables(module, hooks.job["framework"]["variables"])  # before TensorFlow's first operation
        if hooks.seeds.kind == "shared" and module.executing_eagerly():
            hooks.at_begin(Shuffles(module, hooks.seeds).restart)

    def __init__(self):
        import tensorflow

        self.tf, self.numbers = tensorflow, counters.TensorFlow()

    def settle(self, device, variables):
        settle_variables(self.tf, variables)
        self.tf.config.threading.set_intra_op_parallelism_threads(device["threads"] or 0)  # 0: its own choice
        seen = self.tf.config.experimental.list_physical_devices("GPU")
        if device["kind"] == "cpu":
            self.tf.config.experimental.set_visible_devices([], "GPU")
        return bool(seen)

    def seed(self, value):
        random = self.tf.random
        (random.set_seed if hasattr(random, "set_seed") else self.tf.compat.v1.set_random_seed)(value)

    def describe(self):
        return {"onednn": machine.onednn()}

    def kind_of_variables(self, variables):
        kinds = {type(getattr(variable, "_value", variable)).__name__ for variable in variables}
        return "reference" if "RefVariable" in kinds else "resource"

    def takes_gradient(self, training):
        if training in (False, 0):
            return False
        for name in ("record", "tape"):  # by release
            module = sys.modules.get("tensorflow.python.eager." + name)
            if hasattr(module, "could_possibly_record"):
                return module.could_possibly_record()
        return False

    def takes_gradient_of_losses(self):
        return self.takes_gradient(None)

    def outside_of_graphs(self, work):
        with self.tf.init_scope():
            work()

    def traced(self):
        return None if self.tf.executing_eagerly() else self.tf.compat.v1.get_default_graph()

    def tell_from_graph(self, tell, tensors, variables):
        module = sys.modules.get("tensorflow.python.ops.control_flow_util")
        in_xla = getattr(module, "GraphOrParentsInXlaContext", lambda graph: False)
        if in_xla(self.traced()):  # which can tell nothing on the way
            return
        read = [self.tf.identity(getattr(variable, "_value", variable)) for variable in variables]
        self.tf.py_function(tell, tensors + read, [])

    def rows_of(self, tensor):
        return self.tf.shape(tensor)[0]

    def steps(self, model, loss_of, optimizer, compiled, jit_compile):
        tf = self.tf

        def step(x, y, weights=None):
            with tf.GradientTape() as tape:
                loss = loss_of(y, model(x, training=True), weights)
                loss = tf.add_n([loss] + list(model.losses))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            return loss

        def steps(batches):
            return [step(*batch) for batch in batches]

        if compiled:
            steps = tf.function(steps, **({} if jit_compile is None else {"jit_compile": jit_compile}))

        def tensors(part):
            return [tf.constant(array) for array in part] if isinstance(part, list) else tf.constant(part)

        return lambda batches: steps([tuple(tensors(part) for part in batch) for batch in batches])

    def trace(self, folder):
        """As TensorFlow documents tf.summary.trace_on and trace_export."""
        tf = self.tf
        tf.summary.trace_on(graph=True)

        def export():
            writer = tf.summary.create_file_writer(folder)
            with writer.as_default():
                tf.summary.trace_export("train_function", step=0)
            writer.close()
            tf.summary.trace_off()

        return export

    def in_float64(self, compute):
        try:
            return self._number(compute(lambda array: self.tf.constant(array, "float64")))
        except (TypeError, ValueError, self.tf.errors.InvalidArgumentError):
            return None

    def _number(self, tensor):
        return float(tensor)

    def size_of_draw(self, x, asked):
        tf = self.tf
        if asked is None:
            shape = tf.shape(x)
        elif isinstance(asked, (tuple, list)):
            whole = None if x is None else tf.shape(x)
            shape = tf.stack([whole[i] if size is None else size for i, size in enumerate(asked)])
        else:
            shape = asked
        static = tf.TensorShape([getattr(n, "value", n) for n in x.shape]) if asked is None else None

        def reshape(drawn):
            drawn = tf.reshape(drawn, shape)
            if static is not None:
                drawn.set_shape(static)
            return drawn

        return tf.reduce_prod(shape), reshape

    def as_type_of(self, x, mask):
        return self.tf.cast(mask, x.dtype)

    def functions(self):
        return {"sqrt": self.tf.sqrt, "log": self.tf.math.log, "cos": self.tf.cos}


class Graph(TensorFlow):
    """TensorFlow 1's own way: operations are declared first and run in a session, which is that of the Keras."""

    def __init__(self, keras):
        super().__init__()
        self._session = keras.backend

    def settle(self, device, variables):
        settle_variables(self.tf, variables)
        tf1 = self.tf.compat.v1
        settings = tf1.ConfigProto(intra_op_parallelism_threads=device["threads"] or 0)
        self._session.set_session(tf1.Session(config=settings))
        return self.tf.test.is_gpu_available()

    def outside_of_graphs(self, work):
        work()

    def traced(self):
        return None

    def trace(self, folder):
        return lambda: write_graph(self.tf.compat.v1.get_default_graph(), folder)

    def _number(self, tensor):
        return float(self._session.get_session().run(tensor))


class Jax(Engine):
    """JAX."""

    def __init__(self):
        self.numbers = counters.Jax()

    def settle(self, device, variables):
        import jax

        return jax.default_backend() == "gpu"

    def functions(self):
        import jax.numpy as jnp

        return {"sqrt": jnp.sqrt, "log": jnp.log, "cos": jnp.cos}


class Torch(Engine):
    """PyTorch. Its trainings are not seen inside yet: of an optimizer only that it is made, and with what."""

    modules = ("torch",)

    @classmethod
    def watch(cls, module, hooks):
        seeding.hold_framework("torch", module, hooks.seeds)
        hooks.follow("torch", lambda: module.get_rng_state().numpy().tobytes())
        original = module.optim.Optimizer.__init__

        @functools.wraps(original)
        def made(optimizer, *args, **kwargs):
            original(optimizer, *args, **kwargs)
            hooks.optimizer_made(optimizer)

        module.optim.Optimizer.__init__ = made

    def __init__(self):
        import torch

        self.torch, self.numbers = torch, counters.Torch()

    def settle(self, device, variables):
        if device["threads"] is not None:
            self.torch.set_num_threads(device["threads"])
        return self.torch.cuda.is_available()

    def takes_gradient(self, training):
        return bool(training)

    def takes_gradient_of_losses(self):
        return True

    def as_type_of(self, x, mask):
        return mask.to(x.dtype)

    def functions(self):
        return {"sqrt": self.torch.sqrt, "log": self.torch.log, "cos": self.torch.cos}


def settle_variables(tf, variables):
    """Settle which kind of variables TensorFlow makes. variables: ``framework.variables``."""
    if variables != "left_to_package":
        tf1 = tf.compat.v1
        (tf1.enable_resource_variables if variables == "resource" else tf1.disable_resource_variables)()


def _generator():
    """The generator of TensorFlow's eager context, which draws the seeds of what it draws outside of graphs.

    None where a release has none, or nothing was seeded yet.
    """
    module = sys.modules.get("tensorflow.python.eager.context")
    return getattr(getattr(module, "_context", None), "_rng", None)  # asked for, a context would be made


EAGER = {"tensorflow": TensorFlow, "jax": Jax, "torch": Torch}


def write_graph(graph, folder):
    """Write a TensorFlow graph for TensorBoard."""
    import tensorflow as tf

    with tf.Graph().as_default():  # the writer is for graph mode, whatever mode this is
        tf.compat.v1.summary.FileWriter(folder, graph).close()
