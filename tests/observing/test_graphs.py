"""What is told of a model's layers."""

from types import SimpleNamespace

from seedluck_worker.observing.graphs import settings


def layer(name, **config):
    return SimpleNamespace(name=name, get_config=lambda: config)


def test_what_decides_how_a_layer_computes_is_told():
    norm = layer("norm", axis=[1], momentum=0.1, epsilon=1e-5, trainable=True, renorm=False)
    initializer = {"class_name": "HeNormal", "module": "keras", "config": {"seed": None}}
    dense = layer("dense", units=3, kernel_initializer=initializer, bias_regularizer=None)
    assert settings(SimpleNamespace(layers=[norm, dense])) == {
        "norm": {"momentum": "0.1", "epsilon": "1e-05"},
        "dense": {"units": "3", "kernel_initializer": "HeNormal()"},
    }


def test_a_layer_that_does_not_describe_itself_is_left_out():
    def fails():
        raise NotImplementedError

    assert settings(SimpleNamespace(layers=[SimpleNamespace(name="own", get_config=fails)])) == {}
