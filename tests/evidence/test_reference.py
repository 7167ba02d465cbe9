"""Which side departs from its reference: on arrays whose distances are known, then on sweeps with planted faults."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from seedluck.evidence import reference
from tests.conftest import OWN, PROJECT, call

EXACT = {step: {"kernel": np.array([1.0 + 0.1 * step, 2.0])} for step in range(5)}


def moved(by, since=0):
    """The same training, whose kernel is off by so much from a step on."""
    return {step: {"kernel": one["kernel"] + by * (step >= since)} for step, one in EXACT.items()}


ROUNDED = [moved(1e-7, since=1)]


def test_what_rounding_explains_is_no_departure():
    content = reference.held(EXACT, [moved(5e-7, since=1)], EXACT, ROUNDED, {})
    assert not content["departs"]
    assert content["first"] is None
    assert [point["step"] for point in content["curve"]] == [1, 2, 3, 4]


def test_the_first_step_and_variable_that_depart_are_named():
    content = reference.held(EXACT, [moved(1e-3, since=3)], EXACT, ROUNDED, {})
    assert content["departs"]
    assert (content["first"]["step"], content["first"]["variable"]) == (3, "kernel")
    assert content["first"]["times_floor"] == pytest.approx(1e4, rel=0.01)


def test_a_departure_that_is_little_of_what_sets_the_sides_apart_explains_nothing():
    apart = {step: {"kernel": 1.0} for step in EXACT}
    assert not reference.held(EXACT, [moved(0.05, since=1)], EXACT, ROUNDED, apart)["departs"]
    assert reference.held(EXACT, [moved(0.2, since=1)], EXACT, ROUNDED, apart)["departs"]


def test_a_race_shows_in_one_of_several_trainings():
    assert reference.held(EXACT, [moved(0), moved(0.1, since=2)], EXACT, ROUNDED, {})["first"]["step"] == 2


def test_where_rounding_itself_overflows_nothing_is_told():
    overflowed = [{step: {"kernel": one["kernel"] * (np.inf if step > 2 else 1)} for step, one in EXACT.items()}]
    assert not reference.held(EXACT, overflowed, EXACT, overflowed, {})["departs"]


def test_a_side_that_overflows_a_step_before_its_copies_has_not_departed():
    early, late = ({s: {"kernel": np.full(2, np.inf if s >= since else 1.0 * s)} for s in range(5)} for since in (3, 4))
    exact = {step: {"kernel": np.full(2, 1.0 * step)} for step in range(5)}
    assert not reference.held(exact, [early], exact, [late], {})["departs"]
    finite = {step: {"kernel": np.full(2, 1.0 * step)} for step in range(5)}
    assert reference.held(exact, [early], exact, [finite], {})["departs"]


def test_another_start_or_another_variable_cannot_be_held_against_it():
    assert reference.held(EXACT, [moved(0.1)], EXACT, ROUNDED, {}) is None
    other = {step: {"kernel": one["kernel"], "bias": np.zeros(1)} for step, one in EXACT.items()}
    assert reference.held(EXACT, [other], EXACT, ROUNDED, {}) is None


@pytest.fixture(scope="module")
def swept(store, tmp_path_factory):
    """Train a sweep; return its comparisons, and the command that ended."""

    def sweep(*words):
        folder = tmp_path_factory.mktemp("sweep")
        asked = ["-m", f"--config-dir={OWN}", "seed.value=range(6)", *words, *store, f"hydra.sweep.dir={folder}"]
        done = call(*asked)
        assert done.returncode == 0, done.stderr
        return json.loads((folder / "verdict.json").read_text())["comparisons"], done

    return sweep


@pytest.mark.stacks
def test_the_side_with_the_fault_is_named_though_it_may_end_better(swept):
    (one,), done = swept("scenario=wrong", "variant=wrong_clipping,right", "++optimizer.settings.clipnorm=0.05")
    assert_at_fault(one, "baseline", done)


@pytest.mark.stacks
def test_a_reference_answers_for_every_side(swept):
    words = ["scenario=wrong", "variant=right,right_too,wrong_dropout,wrong_momentum,wrong_tensorflow"]
    (luck, dropout, momentum, rebuilt), done = swept(*words, "++optimizer.settings.momentum=0.9")
    assert luck["verdict"] == "seed_luck"
    assert (luck["at_fault"], luck["at_fault_reason"]) == (None, "no real difference was found")
    assert luck["evidence"]["reference"]["at_fault"] is None  # whose baseline has a reference for the others' sake
    assert_at_fault(dropout, "variant", done)
    assert_at_fault(momentum, "variant", done)
    assert (rebuilt["verdict"], rebuilt["at_fault"]) == ("true_bug", None)
    assert "its reference failed" in rebuilt["at_fault_reason"]
    assert "tensorflow" in rebuilt["at_fault_reason"]


def assert_at_fault(one, side, done):
    """One side of a comparison, ``baseline`` or ``variant``, computes wrongly from its first steps on."""
    assert one["verdict"] == "true_bug"
    assert one["at_fault"] == side, one["sentence"]
    assert one["at_fault_reason"] is None
    assert f"{one[side]} computes wrongly" in done.stdout
    assert one["evidence"]["reference"][side]["first"]["step"] <= 2


@pytest.mark.stacks
def test_sides_that_were_told_otherwise_are_both_right(swept):
    (one,), done = swept("scenario=wrong", "variant=right", "optimizer.learning_rate=0.05,0.01")
    assert one["verdict"] == "real_difference"
    assert (one["at_fault"], one["evidence"]["reference"]["told"]) == ("neither", ["optimizer.learning_rate"])
    assert "neither computes wrongly" in done.stdout.lower()


@pytest.mark.processes
def test_a_machine_that_cannot_have_the_reference_still_has_its_verdict(tmp_path):
    words = ["-m", f"--config-dir={OWN}", "scenario=wrong", "variant=right,wrong_momentum", "seed.value=range(6)"]
    words += ["++optimizer.settings.momentum=0.9", f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"]
    done = subprocess.run(
        [sys.executable, "-m", "src.run", *words, f"tracking.artifacts={tmp_path}/a", f"hydra.sweep.dir={tmp_path}/s"],
        cwd=PROJECT,
        env={**os.environ, "SEEDLUCK_PYTHON_3_11": "/nowhere", "SEEDLUCK_RUNTIMES": str(tmp_path / "runtimes")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdict = json.loads((tmp_path / "s" / "verdict.json").read_text())
    (one,) = verdict["comparisons"]
    assert (one["verdict"], one["at_fault"]) == ("true_bug", None)
    assert "SEEDLUCK_PYTHON_3_11 is '/nowhere'" in one["at_fault_reason"]
    assert verdict["missing"] == []
