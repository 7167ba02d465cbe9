"""A small regression that goes wrong on request."""

import os
import sys

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class Faults(Scenario):
    """Variants: healthy, nan (targets of infinity), raises (in the third measurement), gaps (0, NaN, then 1e-9)."""

    def __init__(self):
        self.asked = 0

    def data(self):
        x = np.random.RandomState(0).rand(8, 2).astype("float32")
        return Data(x, x.sum(axis=1, keepdims=True))

    def model(self, kit, variant):
        self.variant = variant
        layers = kit.keras.layers
        inputs = layers.Input(shape=(2,))
        dense = layers.Dense(1, kernel_initializer=kit.initializer("glorot_uniform"), name="line")
        outputs = dense(inputs)
        return kit.Model(inputs, outputs / 0.0 if variant == "nan" else outputs)

    def measure(self, kit, model, data):
        self.asked += 1
        if self.variant == "raises" and self.asked == 3:
            raise RuntimeError("the third measurement fails")
        return {
            "kernel_sum": kit.weights(model)["line/kernel"].sum(),
            "process": os.getpid(),
            "control_plane_imported": sum(name in sys.modules for name in ("hydra", "omegaconf", "mlflow")),
        }

    def invariants(self, kit, model):
        return {"steady": [0.0, float("nan"), 1e-9][min(self.asked - 1, 2)]} if self.variant == "gaps" else {}
