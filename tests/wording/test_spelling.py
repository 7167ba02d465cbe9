"""Two spellings of one thing are one thing; what computes otherwise stays a difference."""

import pytest

from seedluck.wording.spelling import canonical, same

KERNEL = "resolved.model.hidden.kernel_initializer"
LOSS = "resolved.framework.compile.loss"


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (KERNEL, "VarianceScaling(distribution=uniform, mode=fan_avg, scale=1.0)", "GlorotUniform(dtype=float32)"),
        (KERNEL, "VarianceScaling(distribution=uniform, mode=fan_in, scale=2.0)", "he_uniform"),
        (KERNEL, "VarianceScaling(distribution=normal, mode=fan_in, scale=2.0)", "HeNormal()"),
        (KERNEL, "VarianceScaling(distribution=truncated_normal, mode=fan_in, scale=1.0, seed=None)", "lecun_normal"),
        (KERNEL, "glorot_normal", "VarianceScaling(distribution=normal, mode=fan_avg, scale=1)"),
        (KERNEL, "RandomNormal(mean=0.0, stddev=0.05)", "RandomNormal(mean=0.0, stddev=0.05000000074505806)"),
        (KERNEL, "OrthogonalInitializer(gain=1.0)", "Orthogonal(gain=1.0, seed=None)"),
        (KERNEL, {"class_name": "GlorotUniform", "module": "keras", "config": {"seed": None}}, "glorot_uniform"),
        ("resolved.model.hidden.bias_initializer", "Zeros()", "Zeros(dtype=float32)"),
        ("resolved.model.hidden.bias_initializer", "zeros", "Constant(value=0)"),
        ("resolved.model.hidden.kernel_regularizer", "L1L2(l1=0.0, l2=0.009999999776482582)", "L2(l2=0.01)"),
        ("resolved.model.hidden.kernel_regularizer", None, "L1L2(l1=0.0, l2=0.0)"),
        ("resolved.model.hidden.activation", "linear", None),
        ("resolved.model.hidden.activation", "swish", "silu"),
        ("resolved.model.hidden.dtype", "float32", "DTypePolicy(name=float32)"),
        ("resolved.model.hidden.dtype", "PolicyV1(loss_scale=None, name=float32)", "<dtype: 'float32'>"),
        ("resolved.model.lstm.stateful", "False", None),
        ("resolved.floatx", "torch.float32", "float32"),
        (LOSS, "mse", "MeanSquaredError"),
        (LOSS, "mean_absolute_error", "mae"),
        (LOSS, "['mse', 'bce']", "['mean_squared_error', 'BinaryCrossentropy']"),
        (LOSS, "{'a': 'mse'}", {"a": "mean_squared_error"}),
        ("resolved.optimizer.learning_rate", "0.009999999776482582", "0.01"),
        ("resolved.optimizer.decay", "0.0", None),
        ("resolved.optimizer.amsgrad", None, "False"),
        ("resolved.optimizer.weight_decay", "None", "0"),
        ("resolved.optimizer.name", None, "SGD"),
        ("optimizer.settings.momentum", 0.0, None),
        (
            "resolved.optimizer.learning_rate",
            "{'class_name': 'ExponentialDecay', 'module': 'keras', 'config': {'decay_rate': 0.9, 'name': None}}",
            "{'class_name': 'ExponentialDecay', 'config': {'decay_rate': 0.8999999761581421}}",
        ),
        ("resolved.package", "keras", "keras.api._v2.keras"),
        ("resolved.package", "tensorflow.keras", "tensorflow.python.keras.api._v2.keras"),
    ],
)
def test_spellings_of_one_thing(name, one, other):
    assert same(name, one, other)
    assert same(name, other, one)
    hash(canonical(name, one))


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (KERNEL, "HeNormal()", "HeUniform()"),
        (KERNEL, "VarianceScaling(distribution=untruncated_normal, mode=fan_in, scale=2.0)", "he_normal"),
        (KERNEL, "RandomNormal(mean=0.0, stddev=0.05)", "TruncatedNormal(mean=0.0, stddev=0.05)"),
        (KERNEL, "GlorotUniform(seed=3)", "GlorotUniform(seed=4)"),
        (KERNEL, "Zeros()", None),
        ("resolved.model.hidden.kernel_regularizer", "L1(l1=0.01)", "L2(l2=0.01)"),
        ("resolved.model.hidden.activation", "relu", None),
        ("resolved.model.hidden.activation", "sigmoid", "hard_sigmoid"),
        ("resolved.model.hidden.dtype", "float32", "Policy(name=mixed_float16)"),
        (LOSS, "mse", "mae"),
        (LOSS, "mine (the script's own, 1f0a)", "mine (the script's own, 2f0a)"),
        ("resolved.optimizer.epsilon", "1e-07", "1e-08"),
        ("resolved.optimizer.momentum", "0.9", None),
        ("resolved.optimizer.class", "keras.optimizers.SGD", "tensorflow.keras.optimizers.SGD"),
        ("resolved.framework.fit.batch_size", "32", None),
        ("resolved.framework.fit.shuffle", "True", "False"),
        ("resolved.package", "keras", "tf_keras"),
        ("resolved.package", "tensorflow.python.keras.api._v1.keras", "tensorflow.python.keras.api._v2.keras"),
        ("resolved.data.x.sha256", "123456789012", "123456789013"),  # a digest is no number
        ("resolved.data.x.rows", "1e2345678901", "1e3345678901"),
        ("framework.given.loss", "A.py", "a.py"),
        ("scenario.settings.width", 64, 65),
    ],
)
def test_what_computes_otherwise_differs(name, one, other):
    assert not same(name, one, other)


def test_text_that_is_no_value_stands_for_itself():
    assert canonical("scenario.script", "a-b.py") == "a-b.py"
    assert canonical(KERNEL, "<function mine at 0x1>") == "<function mine at 0x1>"
