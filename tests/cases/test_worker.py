"""The worker of a hunt: every case is answered, whatever becomes of its process."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from seedluck.basics.project import PROJECT, SOURCES
from seedluck.hunt.stacks import numbers, share
from seedluck_worker.cases import FAMILIES, catalogue
from seedluck_worker.cases.case import departure, expected

NAMES = [
    f"operations {one} shapes=same" for one in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
]


@pytest.fixture(scope="module")
def answers():
    asked = {"cases": NAMES, "floatx": "float32", "draw": 0, "seconds": 1}
    done = subprocess.run(
        [sys.executable, "-m", "seedluck_worker.cases", "brittle"],
        input=json.dumps(asked) + "\n",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "tests" / "cases"), str(SOURCES)])},
        capture_output=True,
        text=True,
        check=True,
    )
    first, *lines = map(json.loads, done.stdout.splitlines())
    assert first == {"ready": "3.0.0"}
    assert [line["case"] for line in lines] == NAMES
    return {line["case"].split()[1]: line for line in lines}


def test_a_case_that_ends_its_process_or_never_ends_takes_no_other_with_it(answers):
    assert {name: answer["status"] for name, answer in answers.items()} == {
        "add": "crashes",
        "subtract": "hangs",
        "multiply": "computed",
        "divide": "computed",
        "maximum": "refused",
        "minimum": "crashes",
        "power": "absent",
    }
    assert answers["maximum"]["error"] == "ValueError: there is no maximum here"


def test_how_far_off_it_is_is_told_in_noise_floors_and_as_a_share(answers):
    assert answers["multiply"]["departure"] < 2
    assert answers["divide"]["departure"] > 1000
    wrong = numbers(answers["divide"]["values"]["y"]), numbers(answers["divide"]["wanted"]["y"])
    assert np.allclose(np.subtract(*wrong), 0.01, atol=1e-6)
    assert share(answers["divide"]) == pytest.approx(0.01 / max(wrong[1]), rel=1e-3)


@pytest.fixture(scope="module")
def cases():
    return catalogue()


def test_the_catalogue_is_large_and_every_family_says_what_it_leaves_out(cases):
    assert len(cases) >= 1000
    assert {case.family for case in cases.values()} == set(FAMILIES)
    for case in cases.values():
        assert json.loads(json.dumps(case.arguments)) == case.arguments
    for family in FAMILIES:
        assert sys.modules[f"seedluck_worker.cases.{family}"].LEFT_OUT.endswith(".")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_formula_agrees_with_itself_and_with_nothing_else(family):
    for case in catalogue([family]).values():
        for reading in expected(case):
            values = {name: value for name, (value, _) in reading.items()}
            assert departure(values, reading) == 0
            for value, floor in reading.values():
                assert np.isfinite(value).all(), case.name
                assert np.isfinite(floor).all(), case.name
                assert (floor > 0).all(), case.name
        other = {
            name: np.asarray(value) + 1e-2 * (1 + np.max(np.abs(value), initial=0)) for name, value in values.items()
        }
        assert departure(other, reading) > 30 or not any(np.size(value) for value in values.values()), case.name
        shorter = {name: np.zeros((7, 7, 7)) for name in values}
        assert departure(shorter, reading) == np.inf


def test_inputs_are_numbers_that_float32_holds(cases):
    for case in list(cases.values())[::7]:
        for name, array in case.inputs(**case.arguments).items():
            if array.dtype.kind == "f":
                assert array.dtype == "float32", (case.name, name)
