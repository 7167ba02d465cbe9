"""The path ``train_step``: fit, with the step itself written by hand.

Who does what: this path gives the model a ``train_step`` of its own; compiling, feeding and observing are those of the
path ``keras``.
"""

from seedluck_worker.paths.fit import compile_and_fit, prepare, rehearse

PACKAGES = ["tf_keras", "keras"]
NEEDS = ["tensorflow", "train_step"]
TAKES = ["sample_weight", "class_weight", "validation", "callbacks", "jit_compile", "input", "batch"]
NEEDS_AS_GIVEN = ["datasets"]
# The same by hand, for src.reproduce: config/paths.py says what stands in braces.
SOURCE = """\
class OwnStep(type(m)):
    def train_step(self, data):
        with tf.GradientTape() as tape:
            error = {loss_of}(data[1], self(data[0], training=True)){added}
        gradients = tape.gradient(error, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {{'loss': error}}
m.__class__ = OwnStep
m.compile(optimizer={optimizer}{eager})
m.fit({fed_as_arrays}, epochs=EPOCHS, verbose=0{shuffle})"""

__all__ = ["prepare", "rehearse", "train"]


def train(kit, scenario, model, data, job, recorder):
    model.__class__ = _with_own_step(kit, scenario, type(model), data, job)
    compile_and_fit(kit, model, data, job, recorder)


def _with_own_step(kit, scenario, base, data, job):
    """A class like the model's, as somebody would have written it with a train_step."""
    import tensorflow as tf

    loss_of = kit.loss(scenario)
    mean_loss = kit.keras.metrics.Mean(name="loss")
    given_rank = getattr(data.y, "ndim", None)
    targets = job["framework"]["targets"]

    class OwnStep(base):
        def train_step(self, data):
            x, y, weights = data if len(data) == 3 else (data[0], data[1], None)
            if targets == "as_given" and given_rank == 1:
                y = tf.reshape(y, [-1])
            elif targets == "expanded" and given_rank == 1:
                y = tf.reshape(y, [-1, 1])
            with tf.GradientTape() as tape:
                loss = loss_of(y, self(x, training=True), weights)
                loss = tf.add_n([loss] + list(self.losses))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
            rows = tf.shape(y[0] if isinstance(y, (list, tuple)) else y)[0]
            mean_loss.update_state(loss, sample_weight=rows)
            return {"loss": mean_loss.result()}

        @property
        def metrics(self):
            return [mean_loss]

    OwnStep.__name__ = base.__name__
    return OwnStep
