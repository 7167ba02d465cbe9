"""A regression in no time, whose variants differ in ways that are known."""

import os
import time

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Luck(Scenario):
    """One dense layer on eight rows.

    Variants:
        plain, same: the same model twice.
        shifted: its answer is 10 too high, which three epochs do not mend; ``shift`` says otherwise.
        unused: a variable that changes nothing. silent: dropout that is told that nothing trains.

    pause: seconds for every measurement. fault: a file; while it holds anything, measurements fail. hold: a file; every
    measurement adds a dot to it, and waits until the file is gone. fails: how many of four seeds, told by what they end
    with, have an error of a million.
    """

    def __init__(self, pause, fault, shift, hold, fails):
        self.pause, self.fault, self.shift, self.hold, self.fails = pause, fault, shift, hold, fails

    def data(self):
        x = np.random.RandomState(0).rand(8, 2).astype("float32")
        return Data(x, x.sum(axis=1, keepdims=True))

    def settled(self, variant):
        return {"shift": self.shift if self.shift is not None else 10.0 * (variant == "shifted")}

    def model(self, kit, variant):
        layers = kit.keras.layers
        inputs = layers.Input(shape=(2,), name="rows")
        line = layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="line")
        outputs = line(inputs)
        if self.settled(variant)["shift"]:
            outputs = outputs + self.settled(variant)["shift"]
        if variant == "silent":
            outputs = kit.dropout(0.5, name="dropped")(outputs, training=False)
        if variant == "unused":
            aside = layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="aside")
            outputs = outputs + 0.0 * aside(inputs)
        return kit.Model(inputs, outputs)

    def measure(self, kit, model, data):
        time.sleep(self.pause)
        if self.hold and os.path.exists(self.hold):
            with open(self.hold, "a") as held:
                held.write(".")
            while os.path.exists(self.hold):
                time.sleep(0.05)
        if self.fault and os.path.getsize(self.fault):
            raise RuntimeError("the file says so")
        error = np.mean((kit.predict(model, data.x) - data.y) ** 2)
        return {"error": 1e6 if int(1e5 * error) % 4 < self.fails else error}
