"""Releases that are laid over a runtime."""

import json

import pytest

from seedluck.basics.errors import Mistake
from seedluck.runtimes.releases import between
from seedluck.search.along.over import package_of, values, version_of
from tests.conftest import call

RUNTIME = {"python": "3.11", "lock": "runtimes/keras3_4_1.lock", "over": []}


def test_releases_are_in_the_order_of_their_numbers():
    assert between("3.9", "3.10.1", ["3.8.0", "3.9.0", "3.10.0", "3.10.1", "3.11.0"]) == ["3.9.0", "3.10.0", "3.10.1"]
    assert list(values("keras=3.10.0,3.9.1, 3.9.1", "keras", RUNTIME)) == ["3.9.1", "3.10.0"]


def test_a_release_takes_the_place_of_one_that_is_laid_over_already():
    laid = {**RUNTIME, "over": ["Keras==3.1.0", "h5py==3.10.0"]}
    assert version_of("keras", RUNTIME) == "3.4.1"
    assert version_of("keras", laid) == "3.1.0"
    assert values("keras=3.2.0", "keras", laid) == {"3.2.0": ["h5py==3.10.0", "keras==3.2.0"]}


def test_a_package_is_known_by_the_lock():
    assert package_of("keras", RUNTIME) == "keras"
    assert package_of("Keras=3.1.0", RUNTIME) == "keras"
    assert package_of("scenario.epochs=1,2", RUNTIME) is None
    assert package_of("runtime", RUNTIME) is None


@pytest.mark.parametrize("asked", ["keras=", "keras=3.x", "keras=3.1.0..", "keras=3.5.0..3.1.0", "keras=1..2..3"])
def test_what_is_no_release_is_said(asked):
    if asked == "keras=":
        assert values(asked, "keras", RUNTIME) == {}  # said where a level is lacking
        return
    with pytest.raises(Mistake, match=r"the nearest valid choice is over=keras, and the runtime has 3\.4\.1"):
        values(asked, "keras", RUNTIME)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ("['kears==3.5.0']", "runtime.over names 'kears'"),
        ("[keras]", "runtime.over gives keras the release ''"),
        ("['keras==new']", "runtime.over gives keras the release 'new'"),
    ],
)
def test_what_cannot_be_laid_over_is_said_before_anything_starts(over, says):
    done = call("scenario=tied_ae", "runtime=keras3_4_1", f"runtime.over={over}")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def trained_on(train, *words):
    run = train("scenario=accumulation", "variant=accumulated", "framework=keras", "scenario.epochs=2", *words)
    assert run.result["status"] == "finished", run.result["reason"]
    (told,) = (event for event in run.events if event["event"] == "environment")
    return told["versions"]["keras"], run.result["outcome"]


@pytest.mark.stacks
def test_a_release_that_is_laid_over_computes_as_an_environment_of_its_own(train):
    older = trained_on(train, "runtime=keras3_4_1")
    newer = trained_on(train, "runtime=keras3_5_0")  # whose lock differs in Keras alone
    laid = trained_on(train, "runtime=keras3_4_1", "runtime.over=['keras==3.5.0']")
    assert laid == newer
    assert laid != older


@pytest.mark.stacks
@pytest.mark.parametrize(
    ("over", "says"),
    [("['keras==3.99.0']", "could not be installed"), ("['numpy==1.4.1']", "numpy==1.4.1 could not be installed")],
)
def test_what_cannot_be_had_is_said(composed, tmp_path, over, says):
    uri = next(word for word in composed("scenario=tied_ae")["tracking"].items() if word[0] == "uri")[1]
    words = ["scenario=tied_ae", "runtime=keras3_4_1", f"runtime.over={over}", f"tracking.uri={uri}"]
    done = call(*words, f"hydra.run.dir={tmp_path}/run")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.stacks
def test_a_release_with_compiled_code_gets_an_environment_of_its_own(train):
    run = train("scenario=tied_ae", "runtime=keras3_4_1", "runtime.over=['numpy==1.26.3']", "scenario.epochs=1")
    assert run.result["status"] == "finished", run.result["reason"]
    assert run.result["versions"]["numpy"] == "1.26.3"
    assert run.result["versions"]["keras"] == "3.4.1"


@pytest.mark.stacks
def test_a_cause_that_is_the_runtime_is_followed_to_package_and_release(store, tmp_path):
    words = ["scenario=accumulation", "variant=accumulated", "runtime=keras3_4_1,keras3_5_0", "seed.value=range(6)"]
    done = call(*words, *store, f"hydra.run.dir={tmp_path}/why", module="src.explain")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "why" / "explanation.json").read_text())
    assert [factor["factor"] for factor in found["cause"]] == ["runtime"]
    assert found["releases"]["package"] == "keras"
    assert (found["first_seen"], found["gone_since"]) == (None, "3.5.0")
    assert found["at_fault"] == "baseline"
    assert found["sentence"].endswith("It is gone since keras 3.5.0.")


@pytest.mark.stacks
def test_the_release_that_mended_it_is_found(store, tmp_path):
    asked = ["experiment=accumulation", "over=keras=3.4.1..3.5.0", "seed.value=range(6)", *store]
    asked += ["sweep.evidence=[repeat,replay]"]
    done = call(*asked, f"hydra.run.dir={tmp_path}/why", module="src.explain")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "why" / "explanation.json").read_text())
    assert found["over"] == "keras"
    assert (found["status"], found["gone_since"]) == ("found", "3.5.0")
    states = {level["level"]: level["state"] for level in found["levels"]}
    assert states["3.4.1"] == "differs"
    assert states["3.5.0"] == "same"
