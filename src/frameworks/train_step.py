"""The path ``train_step``: fit, with the step itself written by hand.

Who does what: this path gives the scenario's classes a ``train_step`` of their own; compiling, feeding and
observing are those of the path ``keras``.
"""

from src.frameworks.fit import compile_and_fit

PACKAGES = ["tf_keras", "keras"]
NEEDS = ["tensorflow", "train_step"]
NEEDS_AS_GIVEN = ["datasets"]


def prepare(kit, scenario, data, job):
    """Give the classes that the scenario builds with a train_step of their own."""
    import tensorflow as tf

    loss_of = kit.loss(scenario)
    mean_loss = kit.keras.metrics.Mean(name="loss")
    given_rank = data.y.ndim
    targets = job["framework"]["targets"]

    def own(base):
        class OwnStep(base):
            def train_step(self, data):
                x, y = data
                if targets == "as_given" and given_rank == 1:
                    y = tf.reshape(y, [-1])
                elif targets == "expanded" and given_rank == 1:
                    y = tf.reshape(y, [-1, 1])
                with tf.GradientTape() as tape:
                    loss = loss_of(y, self(x, training=True))
                    loss = tf.add_n([loss] + list(self.losses))
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
                mean_loss.update_state(loss, sample_weight=tf.shape(y)[0])
                return {"loss": mean_loss.result()}

            @property
            def metrics(self):
                return [mean_loss]

        OwnStep.__name__ = base.__name__
        return OwnStep

    kit.Model, kit.Sequential = own(kit.Model), own(kit.Sequential)


def train(kit, scenario, model, data, job, recorder):
    compile_and_fit(kit, model, data, job, recorder)
