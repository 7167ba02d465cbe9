"""What is found in any run: on arrays whose answer is known, and in runs that were broken on purpose."""

import numpy as np
import pytest

from seedluck_worker.observing import audits

STEADY = {"draws": False, "agrees": True}


class Squares:
    loss = "mse"


def test_the_loss_is_recomputed_in_float64_with_targets_and_predictions_aligned():
    predictions, targets = np.array([[1.0], [2.0], [4.0]], "float32"), np.array([1.0, 1.0, 1.0], "float32")
    aligned = audits.aligned_loss(None, Squares, predictions, targets)
    assert aligned == pytest.approx((0 + 1 + 9) / 3)
    assert audits.aligned_loss(None, Squares, predictions, targets[:2]) is None
    table = np.mean((targets[None, :] - predictions) ** 2)  # what broadcasting makes of other targets
    assert audits.loss(float(table) + 1, aligned, STEADY)["ok"] is False
    assert audits.loss(aligned * (1 + 1e-6), aligned, STEADY)["ok"] is True
    assert audits.loss(float("nan"), aligned, STEADY)["ok"] is None
    assert audits.loss(None, aligned, STEADY)["ok"] is None
    for modes in ({"draws": True, "agrees": False}, {"draws": False, "agrees": False}, {"draws": None, "agrees": None}):
        assert audits.loss(float(table) + 1, aligned, modes)["ok"] is None


def test_shapes_that_broadcast_are_held_against_a_path_whose_loss_is_off():
    seen = ((None,), (None, 1))
    assert [audits.shapes(seen, right)["ok"] for right in (True, False, None)] == [True, False, None]
    assert "(rows,) meet predictions of shape (rows, 1)" in audits.shapes(seen, False)["says"]
    assert audits.shapes(((None, 1), (None, 1)), False)["ok"]


def of(train, *overrides):
    return train("scenario=luck", "framework=custom_loop", *overrides).result["audits"]


def test_a_healthy_run_passes_all(train):
    found = of(train)
    assert {name: one["ok"] for name, one in found.items()} == dict.fromkeys(
        ("loss", "shapes", "unmoved", "finite", "dropout"), True
    )


def test_a_variable_that_nothing_reads_never_moves(train):
    found = of(train, "variant=unused")["unmoved"]
    assert found["ok"] is False
    assert found["variables"] == ["aside/kernel", "aside/bias"]


def test_dropout_that_is_told_that_nothing_trains_is_inactive(train):
    assert of(train, "variant=silent")["dropout"]["ok"] is False


@pytest.mark.parametrize("framework", ["tf_keras", "keras", "custom_loop"])
def test_the_first_step_that_is_not_finite_is_named(train, framework):
    found = train("scenario=faults", "variant=nan", f"framework={framework}").result["audits"]["finite"]
    assert found["ok"] is False
    assert (found["epoch"], found["step"]) == (1, 1)


@pytest.mark.parametrize("framework", ["tf_keras", "keras"])
@pytest.mark.parametrize(
    ("variant", "draws"),
    [("plain", False), ("dropped", True), ("noisy", True), ("own", True), ("recurrent", True), ("normalized", False)],
)
def test_a_model_that_answers_otherwise_while_it_trains_is_not_accused(train, framework, variant, draws):
    found = train("scenario=classes", f"variant={variant}", f"framework={framework}", "scenario.settings.loss=mse",
                  "framework.shuffle=none").result["audits"]  # fmt: skip
    assert found["dropout"]["draws"] is draws
    assert found["dropout"]["ok"] is True
    assert found["loss"]["ok"] is (True if variant == "plain" else None), found["loss"]["says"]


@pytest.mark.stacks
def test_targets_that_broadcast_are_found_on_the_stack_where_they_do(train):
    broken = ["scenario=embedding", "runtime=tf1_13", "framework=custom_loop", "scenario.epochs=1"]
    found = train(*broken).result["audits"]
    assert found["loss"]["ok"] is False
    assert found["shapes"]["ok"] is False
    assert train(*broken, "framework.targets=expanded").result["audits"]["loss"]["ok"] is True


def test_rows_shuffled_away_from_their_place_are_found(train):
    lost = ["scenario=gpd", "scenario.epochs=2"]
    assert train(*lost).result["audits"]["loss"]["ok"] is False
    assert train(*lost, "framework.shuffle=none").result["audits"]["loss"]["ok"] is True
