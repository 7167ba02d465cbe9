"""Which value of a metric is the better one, by its name."""

import pytest

from seedluck.config.composer import composed
from seedluck.config.direction import better


@pytest.mark.parametrize(
    "metric", ["val_accuracy", "valAccuracy", "test R2", "f1", "macro-F1", "mean_return", "AUC", "hit_rate"]
)
def test_more_is_better_of_accuracies_and_their_like(metric):
    assert better(metric) == "higher"


@pytest.mark.parametrize(
    "metric", ["loss", "val_mse", "accuracy_loss", "top1_error", "neg_log_likelihood", "score", "maps", "recalled"]
)
def test_less_is_better_of_all_others(metric):
    assert better(metric) == "lower"


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        (["scenario.metric=val_accuracy"], "higher"),
        (["scenario.metric=loss"], "lower"),
        (["scenario.metric=val_accuracy", "scenario.better=lower"], "lower"),
    ],
)
def test_a_script_is_judged_by_it_unless_told_otherwise(words, direction):
    assert composed(["scenario=script", "scenario.script=a.py", *words]).scenario.better == direction
