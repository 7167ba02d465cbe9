"""Which paths a runtime and a scenario can take follows from what each says of itself."""

import pytest
import yaml

from seedluck import config as configuration
from seedluck.basics.project import PROJECT
from seedluck.config.paths import framework_path, framework_paths, with_runtime

PATHS = framework_paths([])


def read(group, name):
    return {"cannot": [], **yaml.safe_load((PROJECT / "conf" / group / f"{name}.yaml").read_text())}


@pytest.mark.parametrize(
    ("runtime", "paths"),
    [
        ("current", {"custom_loop", "keras", "tf_keras", "train_step", "train_on_batch"}),
        ("tf1_13", {"custom_loop", "estimator", "keras", "tf_keras", "train_on_batch"}),
        ("tf2_0", {"custom_loop", "estimator", "tf_keras", "train_on_batch"}),
        ("tf2_15", {"custom_loop", "estimator", "tf_keras", "train_step", "train_on_batch"}),
        ("keras3_0_1", {"custom_loop", "keras", "train_step", "train_on_batch"}),
        ("keras_jax", {"ensemble", "keras", "reference", "train_on_batch"}),
        ("keras_torch", {"keras", "train_on_batch"}),
    ],
)
def test_a_runtime_takes_the_paths_whose_needs_it_offers(runtime, paths):
    assert {name for name, path in PATHS.items() if not path.missing(read("runtime", runtime))} == paths


@pytest.mark.parametrize(
    ("scenario", "paths"),
    [
        ("embedding", set(PATHS) - {"script"}),
        ("tied_ae", set(PATHS) - {"estimator", "script"}),
        ("gpd", {"custom_loop", "ensemble", "reference", "train_step"}),
        ("averaging", {"ensemble", "keras", "reference"}),
    ],
)
def test_a_scenario_takes_the_paths_that_ask_nothing_impossible_of_it(scenario, paths):
    assert {name for name, path in PATHS.items() if not path.impossible(read("scenario", scenario))} == paths


@pytest.mark.parametrize(
    ("typed", "runtime"),
    [
        (["framework=ensemble"], "keras_jax"),
        (["framework=reference", "seed.value=1"], "keras_jax"),
        (["framework=ensemble", "runtime=current"], None),
        (["framework=keras"], None),  # which several runtimes offer
        (["framework=ensemble,keras"], None),
        (["experiment=nadam", "framework=ensemble"], None),
        (["framework=nothing"], None),
    ],
)
def test_a_path_takes_along_the_one_runtime_that_can_train_it(typed, runtime):
    assert with_runtime(typed) == typed + ([f"runtime={runtime}"] if runtime else [])


def test_every_path_of_the_configuration_describes_itself():
    assert set(PATHS) == set(configuration.groups()["framework"])


def test_a_path_of_ones_own_is_found_beside_its_configuration(tmp_path):
    (tmp_path / "framework").mkdir()
    (tmp_path / "framework" / "mine.yaml").write_text("name: mine\n")
    (tmp_path / "mine.py").write_text('PACKAGES = ["keras"]\nNEEDS = ["jax"]\n')
    assert framework_paths([str(tmp_path)])["mine"].missing(read("runtime", "current")) == ["jax"]
    assert framework_path("mine", [str(tmp_path)]).module == "mine"


@pytest.mark.parametrize("name", ["nothing", "fit", "../fit", ""])
def test_what_is_no_path_is_none(name):
    assert framework_path(name, []) is None
