"""What a loss goes by."""

from seedluck.wording.spelling import same
from seedluck_worker.watching.own import said

LOSS = "resolved.framework.compile.loss"


class BinaryCrossentropy:
    """As Keras's: it tells all that it has."""

    def __init__(self, from_logits=False, label_smoothing=0.0, reduction="sum_over_batch_size", name="bce"):
        self._config = dict(vars(), fn="binary_crossentropy")
        del self._config["self"]

    def get_config(self):
        return self._config


class Weighted(BinaryCrossentropy):
    """It cannot be made without an argument."""

    def __init__(self, weight):
        super().__init__(True)
        self._config["weight"] = weight


def test_a_loss_goes_by_its_name_and_by_what_it_was_given():
    assert said(BinaryCrossentropy()) == said(BinaryCrossentropy(name="mine")) == "BinaryCrossentropy"
    assert said(BinaryCrossentropy(from_logits=True)) == "BinaryCrossentropy(from_logits=True)"
    assert said(["mse", BinaryCrossentropy(reduction="sum")]) == ["mse", "BinaryCrossentropy(reduction=sum)"]
    assert said(Weighted(2.0)) == "Weighted"
    assert said(BinaryCrossentropy) == "BinaryCrossentropy"


def test_a_default_that_is_spelled_out_is_the_default():
    assert same(LOSS, said(BinaryCrossentropy(False, 0.0)), "binary_crossentropy")
    assert not same(LOSS, said(BinaryCrossentropy(from_logits=True)), "bce")
