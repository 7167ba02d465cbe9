"""A linear autoencoder whose decoder is meant to use the encoder's kernel, transposed."""

import numpy as np

from seedluck_worker.scenarios import Data, Scenario


class TiedAutoencoder(Scenario):
    """Dense(1) and back: 16 rows of 51 uniform numbers, squeezed through one unit.

    Variants:
        frozen_copy: the decoder takes a transposed copy when it is built, as the question did.
        tied_call: the decoder transposes the encoder's kernel at each call and has a bias of its own.
        transposable: one layer, called forwards and then backwards, with a bias for each way.
    """

    def __init__(self, rows, columns, data_seed):
        self.rows, self.columns, self.data_seed = rows, columns, data_seed
        self._first = self._now = None  # kernels before training, and at the last measurement

    def data(self):
        x = np.random.RandomState(self.data_seed).rand(self.rows, self.columns).astype("float32")
        return Data(x, x)

    def model(self, kit, variant):
        layers, ops = kit.keras.layers, kit.ops
        kernel_initializer = kit.initializer("glorot_uniform")

        class Untied(layers.Layer):
            """The decoder of the question: transposes once, in build."""

            def __init__(self, encoder, units, **kwargs):
                super().__init__(**kwargs)
                self.encoder, self.units = encoder, units

            def build(self, input_shape):
                self.kernel = ops.transpose(self.encoder.kernel)
                self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
                self.built = True

            def call(self, inputs):
                return ops.matmul(inputs, self.kernel) + self.bias

            def compute_output_shape(self, input_shape):
                return (input_shape[0], self.units)

        class Tied(Untied):
            """Transposes at every call."""

            def build(self, input_shape):
                self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
                self.built = True

            def call(self, inputs):
                return ops.matmul(inputs, ops.transpose(self.encoder.kernel)) + self.bias

        class Transposable(layers.Layer):
            """A dense layer that can be called backwards."""

            def __init__(self, columns, **kwargs):
                super().__init__(**kwargs)
                self.columns = columns

            def build(self, input_shape):
                self.kernel = self.add_weight(name="kernel", shape=(self.columns, 1), initializer=kernel_initializer)
                self.bias = self.add_weight(name="bias", shape=(1,), initializer="zeros")
                self.bias_back = self.add_weight(name="bias_back", shape=(self.columns,), initializer="zeros")
                self.built = True

            def call(self, inputs, backwards=False):
                if backwards:
                    return ops.matmul(inputs, ops.transpose(self.kernel)) + self.bias_back
                return ops.matmul(inputs, self.kernel) + self.bias

            def compute_output_shape(self, input_shape):
                return (input_shape[0], 1 if input_shape[-1] == self.columns else self.columns)

        inputs = layers.Input(shape=(self.columns,), name="samples")
        if variant == "transposable":
            layer = Transposable(self.columns, name="encoder")
            outputs = layer(layer(inputs), backwards=True)
        else:
            encoder = layers.Dense(1, kernel_initializer=kernel_initializer, name="encoder")
            decoder = {"frozen_copy": Untied, "tied_call": Tied}[variant](encoder, self.columns, name="decoder")
            outputs = decoder(encoder(inputs))
        return kit.Model(inputs, outputs)

    def measure(self, kit, model, data):
        probes = np.vstack([np.zeros((1, self.columns)), np.eye(self.columns)]).astype("float32")
        answers = kit.predict(model, np.vstack([data.x, probes]))
        encoder, decoder = self._now = self._kernels(kit, model, answers[len(data.x) :].astype("float64"))
        if self._first is None:
            self._first = self._now
        return {
            "reconstruction_mse": np.mean((answers[: len(data.x)] - data.y) ** 2),
            "encoder_moved": np.max(np.abs(encoder - self._first[0])),
            "decoder_moved": np.max(np.abs(decoder - self._first[1])),
        }

    def invariants(self, kit, model):
        encoder, decoder = self._now
        return {"decoder_kernel_is_encoder_kernel_transposed": np.max(np.abs(decoder - encoder))}

    @staticmethod
    def _kernels(kit, model, answers):
        """The encoder's kernel as stored and the decoder's as it acts, each of shape (columns,).

        answers: the model's to zero and to every unit vector, shape (1 + columns, columns).

        What a layer calls its kernel need not be what it multiplies with, so the decoder's is read off the answers. The
        model is affine: its answer to a unit vector, less its answer to zero, is that entry of the encoder's kernel
        times the decoder's kernel; least squares over all entries gives the latter.
        """
        encoder = kit.weights(model)["encoder/kernel"][:, 0].astype("float64")
        return encoder, encoder.dot(answers[1:] - answers[0]) / encoder.dot(encoder)
