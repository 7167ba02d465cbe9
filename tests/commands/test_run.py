"""The command line: what it answers to a wrong configuration, to --help and to a sweep."""

import subprocess
import sys
from pathlib import Path

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import call

BAD = {
    "scenario=tied_a": ("'tied_a'", "embedding", "tied_ae"),
    "framework=kera": ("'kera'", "custom_loop", "keras"),
    "scenario=gpd framework=keras": ("keras", "custom_loop", "train_step"),
    "variant=tie_call": ("'tie_call'", "frozen_copy", "tied_call"),
    "scenario.epochs=-1": ("-1", "1 epoch or more", "is 1."),
    "scenario.epochs=1.5": ("1.5", "Integer", "scenario.epochs"),
    "scenario.batch_size=0": ("0", "1 row or more", "is 1."),
    "device=gpu": ("'gpu'", "cpu", "device=cpu"),
    "seed.value=-2": ("-2", "0 to 4294967295", "is 0."),
    "seed.value=abc": ("'abc'", "Integer", "seed.value"),
    "seed=globl": ("'globl'", "per_op", "global"),
    "optimizer.lr=0.1": ("'optimizer.lr'", "optimizer.name", "optimizer.learning_rate"),
    "optimizer.learning_rate=nan": ("nan", "above 0", "null"),
    "optimizer.settings.momentum=0.9": ("momentum", "+optimizer.settings.momentum", "allowed"),
    "epochs=3": ("'epochs'", "scenario", "scenario.epochs"),
    "optim=sgd": ("'optim'", "optimizer", "is optimizer."),
    "scenario.settings.rowz=3": ("rowz", "scenario.settings.columns", "scenario.settings.rows"),
    "scenario.settings.rows=many": ("'many'", "a whole number", "16"),
    "framework.shuffle=sometimes": ("'sometimes'", "each_epoch", "none"),
    "framework.steps_per_execution=0": ("0", "1 step or more", "is 1."),
    "job.timeout=-3": ("-3.0", "seconds above 0", "null"),
    "tracking=server": ("tracking.uri", "not given", "tracking.uri=VALUE"),
    "tracking.uri=http://127.0.0.1:9": ("http://127.0.0.1:9", "Connection refused", "tracking=local"),
    "tracking.uri=[1": ("[1", "command line", "cannot be read"),
    "runtime=tf1_13 framework=train_step": ("train_step", "estimator", "is"),
    "runtime=tf2_4 framework=keras": ("keras", "tf_keras", "is tf_keras"),
    "runtime=tf1_13 scenario=gpd framework=custom_loop": ("gpd", "tensorflow-probability", "tf1_13"),
    "runtime=tf1_13 framework.execution=eager": ("tf1_13", "framework.execution=eager", "offers"),
    "framework=keras framework.package=tf_keras": ("'tf_keras'", "keras", "is keras."),
    "framework.variables=reference": ("current", "framework.variables", "offers"),
    "hydra/launcher=3": ("hydra/launcher is 3", "the name of an option", "is hydra/launcher=warm."),
    "tracking=[nan]": ("tracking is [nan]", "server", "is "),
    "seed=3": ("seed is 3", "per_op", "is seed.value=3."),
    "device=CPU": ("'CPU'", "gpu", "is cpu."),
    "scenario.epoch=3": ("'scenario.epoch'", "scenario.batch_size", "is scenario.epochs."),
    "seed.value=0,1": ("seed.value=0,1", "-m before", "is -m seed.value=0,1."),
    "sweep.dry_run=true": ("sweep.dry_run", "-m before", "is -m sweep.dry_run"),
    "~variant": ("variant", "taken out", "leave out ~variant"),
    "runtime.lock=nope": ("'nope'", "a file of locked packages", "leave it out"),
    "tracking.uri=postgresql://a/b": ("postgresql://a/b", "sqlite:///FILE", "tracking=local"),
    "runtime.python=1e309": ("runtime.python", "3.11", "null"),
    "runtime.python=3.11.2": ("'3.11.2'", "a version such as 3.11", "is null."),
    "optimizer=sgd +scenario.optimizer_settings.clipvalue=1": ("takes no part", "+optimizer.settings.clipvalue=1"),
    "optimizer=adam scenario.learning_rate=0.3": ("takes no part", "optimizer.learning_rate=0.3"),
    "framework.shuffle_buffer=3": ("takes no part", "framework.shuffle=buffer"),
    "scenario.metric=reconstruction_ms": ("'reconstruction_ms'", "decoder_moved", "is reconstruction_mse."),
    "+optimizer.settings.momentu=0.9": ("'momentu'", "nesterov", "is momentum."),
    "device.instructions=sse5": ("'sse5'", "null", "allowed here"),
    "runtime=tf2_4 device.instructions=sse4": ("'sse4'", "tf2_4", "is null."),
    "framework=ensemble ensemble.chunk=0": ("0", "1 seed or more", "is 1."),
    "framework=keras ensemble.chunk=7": ("7", "null", "framework=ensemble"),
    "scenario._target_=nowhere.Thing": ("'nowhere.Thing'", "import path", "package.module.Class"),
}


@pytest.mark.parametrize("overrides", BAD)
def test_a_bad_input_is_answered_in_one_sentence(overrides, tmp_path):
    store = [] if "tracking" in overrides else [f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"]
    done = call(*overrides.split(), f"hydra.run.dir={tmp_path}/run", *store)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.strip().endswith(".")
    for part in BAD[overrides]:
        assert part in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []  # neither a folder nor a store: no run was created


def test_a_folder_that_cannot_be_written_is_said(store):
    for words in ([f"hydra.run.dir={__file__}/run"], ["-m", "seed.value=0,1", f"hydra.sweep.dir={__file__}/sweep"]):
        done = call(*words, *store)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "which cannot be written (Not a directory); allowed: a folder that can" in done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("epocs: 3", "in scenario/mine.yaml, 'scenario.epocs' is not a setting; allowed: scenario._target_, "),
        ("epochs: many", "in scenario/mine.yaml, scenario.epochs is wrong: Value 'many' of type 'str' could not be"),
    ],
)
def test_what_is_wrong_in_a_scenarios_file_is_named(tmp_path, store, line, said):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "mine.yaml").write_text(f"_target_: mine.Mine\nname: mine\n{line}\n")
    done = call(f"--config-dir={tmp_path}", "scenario=mine", *store)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert "nearest valid choice is scenario.epochs" in done.stderr or "many" in line


def test_a_name_with_a_quote_is_a_name(store, tmp_path):
    words = ["-m", "scenario=tokens", 'scenario.name="Gauss\' line"', "seed.value=0,1", "sweep.dry_run=true"]
    done = call(*words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr


def test_a_yaml_that_cannot_be_read_is_said(tmp_path, store):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "mine.yaml").write_text("name: mine\nvariants: [plain\nepochs: 3\n")
    for words, module in ((["scenario=mine"], "src.run"), (["scenario=mine", "variant=a,b"], "src.explain")):
        done = call(f"--config-dir={tmp_path}", *words, *store, module=module)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "line 3, column 7 of" in done.stderr
        assert "mine.yaml is no YAML" in done.stderr


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    done = call("variant=x", "scenario.epochs=-1", "device=gpu", f"hydra.run.dir={tmp_path}/run")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3


def test_help_lists_the_groups_and_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "src.run", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    for group in (PROJECT / "conf").iterdir():
        if group.is_dir() and group.name != "hydra":
            assert f"{group.name}: " in done.stdout
            for option in group.iterdir():
                assert option.stem in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {"tensorflow", "keras", "mlflow", "numpy", "matplotlib", "rich", "pandas"}


def test_cfg_job_shows_every_setting_of_the_scenario():
    done = call("--cfg", "job", "scenario=input_shape")
    assert done.returncode == 0
    assert "variant: ${scenario.variants.0}" in done.stdout
    assert "window: 1000" in done.stdout


def test_a_sweep_trains_every_combination_and_a_failed_job_stops_no_other(tmp_path, store):
    own = PROJECT / "tests" / "own"
    done = call(
        f"--config-dir={own}", "-m", "scenario=faults", "framework=custom_loop", "variant=raises,healthy,nan",
        "sweep.evidence=[]", f"hydra.sweep.dir={tmp_path}", *store,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "the third measurement fails" in done.stderr
    assert "kernel_sum not finite, diverged" in done.stderr
    assert sorted(Path(p).parent.name for p in tmp_path.glob("*/result.json")) == ["0", "1", "2"]
