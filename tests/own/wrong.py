"""A small network with dropout, and variants whose framework computes wrongly, each in its own way.

The faults are planted where TensorFlow trains and nowhere else, as a framework's own would be.
"""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Wrong(Scenario):
    """Variants: right, right_too; wrong_dropout (never drops), wrong_clipping (does not), wrong_momentum (has none).

    wrong_tensorflow: as right, but squared, and built with TensorFlow alone.
    """

    def __init__(self, dropout):
        self.dropout = dropout

    def data(self):
        x = np.random.RandomState(1).randn(32, 4).astype("float32")
        return Data(x, (x.sum(axis=1, keepdims=True) + 1).astype("float32"))

    def model(self, kit, variant):
        layers, here = kit.keras.layers, kit.backend == "tensorflow"
        rate = 0.0 if variant == "wrong_dropout" and here else self.dropout
        inputs = layers.Input(shape=(4,), name="rows")
        hidden = layers.Dense(8, activation="tanh", name="hidden")(inputs)
        kept = layers.Dropout(rate, name="dropout")(hidden)
        answer = layers.Dense(1, name="answer")(kept)
        if variant == "wrong_tensorflow":
            import tensorflow as tf

            answer = layers.Lambda(lambda tensor: tf.square(tensor) - 20.0)(answer)
        model = kit.Model(inputs, answer)
        if here and variant in ("wrong_clipping", "wrong_momentum"):
            setting = {"wrong_clipping": "clipnorm", "wrong_momentum": "momentum"}[variant]
            compile_as_told = model.compile

            def compile_without(optimizer, **how):
                without = {**optimizer.get_config(), setting: None if setting == "clipnorm" else 0.0}
                return compile_as_told(optimizer=type(optimizer).from_config(without), **how)

            model.compile = compile_without
        return model

    def measure(self, kit, model, data):
        return {"final_mse": np.mean((kit.predict(model, data.x) - data.y) ** 2)}
