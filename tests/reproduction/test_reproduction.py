"""Scripts that show a difference by themselves: their text, and a sweep that becomes one."""

import ast
import json
import subprocess
import sys

import numpy as np
import pytest

from seedluck.basics.project import SOURCES
from seedluck.config.paths import framework_paths
from seedluck.reproduction import fresh, shrink
from seedluck.reproduction.path_text import lines
from seedluck.reproduction.source import plain, without_draws
from seedluck.reproduction.writing import LONGEST
from tests.conftest import OWN, call

SCENARIOS = {
    "embedding": "seedluck_worker.scenarios.embedding.Embedding",
    "ewma_rnn": "seedluck_worker.scenarios.ewma_rnn.MovingAverage",
    "gpd": "seedluck_worker.scenarios.gpd.ParetoFit",
    "input_shape": "seedluck_worker.scenarios.input_shape.InputShape",
    "linear": "seedluck_worker.scenarios.linear.LinearRegression",
    "tied_ae": "seedluck_worker.scenarios.tied_ae.TiedAutoencoder",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenarios_source_needs_the_framework_alone(name):
    tree, loss = plain({"_target_": SCENARIOS[name]}, [str(SOURCES)], "tensorflow", "tf")
    text = ast.unparse(without_draws(tree))
    compile(text, name, "exec")
    for gone in ("kit", "src.", "Scenario", '"""', "measure", "invariants"):
        assert gone not in text
    assert "def model(self, variant)" in text
    assert loss == (None if name == "gpd" else "mse")


def test_what_the_backend_decides_is_decided():
    tree, _ = plain({"_target_": SCENARIOS["gpd"]}, [str(SOURCES)], "tensorflow", "tf")
    assert "quantiles = _of_probability\n" in ast.unparse(tree)
    tree, _ = plain({"_target_": SCENARIOS["gpd"]}, [str(SOURCES)], "jax", "keras.ops")
    assert "quantiles = _of_formula()\n" in ast.unparse(tree)
    assert "keras.ops.sum" in ast.unparse(tree)


@pytest.mark.parametrize("graph_mode", [False, True])
@pytest.mark.parametrize("shuffle", ["none", "each_epoch"])
@pytest.mark.parametrize("name", [name for name, path in framework_paths([]).items() if path.source])
def test_every_path_is_code(composed, name, shuffle, graph_mode):
    config = composed("scenario=embedding")
    config["framework"].update(name=name, shuffle=shuffle, targets="expanded")
    code = lines(config, [], "keras.optimizers.SGD()", "'mse'", "keras.losses.get('mse')", graph_mode, 4)
    compile("def train():\n" + "\n".join(f"    {line}" for line in code), name, "exec")
    assert not [word for word in ("{", "ORDERS", "BATCH") if word in "\n".join(code).replace("{'loss'", "")]


def test_a_statement_is_left_out_and_a_body_is_never_empty():
    tree = ast.parse("def f():\n    a = 1\n    return g(b=2, c=3)\n")
    assert ast.unparse(shrink._without(tree, shrink._statements, {0})) == "def f():\n    pass"
    assert "g(c=3)" in ast.unparse(shrink._without(tree, shrink._keywords, {1}))
    assert "g(b=2, c=3)" in ast.unparse(tree)  # which is not changed


def test_what_is_installed_is_what_the_script_uses(composed):
    wanted = fresh.pins(composed("runtime=keras3_4_1")["runtime"], "import numpy as np")
    assert [one.partition("==")[0] for one in wanted] == ["tensorflow-cpu", "keras", "numpy"]
    laid = fresh.pins(composed("runtime=keras3_4_1", "runtime.over=['keras==3.5.0']")["runtime"], "")
    assert "keras==3.5.0" in laid


@pytest.fixture
def reproduced(store, tmp_path, monkeypatch):
    """Sweep, write the script of the sweep, and run it here; return its path and what it printed.

    A fresh environment takes a minute; tests/reproduction/test_fresh.py makes one.
    """
    ran = []

    def here(text, runtime, wanted):
        ran.append(wanted)
        (tmp_path / "tried.py").write_text(text)
        return run(tmp_path / "tried.py")

    monkeypatch.setattr(fresh, "run", here)

    def one(*words):
        sweep = call("-m", f"--config-dir={OWN}", *words, *store, f"hydra.sweep.dir={tmp_path}/sweep")
        assert sweep.returncode == 0, sweep.stderr
        verdict = json.loads((tmp_path / "sweep" / "verdict.json").read_text())
        asked = [f"sweep={verdict['run_id']}", store[0], f"folder={tmp_path}/script"]
        done = call(*asked, module="src.reproduce")
        assert done.returncode == 0, done.stderr
        assert ran
        return tmp_path / "script" / "reproduce.py", done.stdout, verdict

    return one


def run(file):
    done = subprocess.run([sys.executable, str(file)], cwd=file.parent, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.processes
def test_a_fault_becomes_a_script_that_ends_with_1_until_it_is_mended(reproduced, client):
    told = ("scenario.epochs=20", "++optimizer.settings.momentum=0.9", "seed.value=range(5)")
    words = ("variant=right,wrong_momentum", *told)
    file, said, verdict = reproduced("scenario=wrong", *words)
    text = file.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert "pip install" in text
    assert not [name for name in ("src.", "seedluck", "mlflow", "hydra") if name in text.lower()]
    code, out = run(file)
    assert code == 1
    assert out in said
    near = [float(line.rpartition(" ")[2]) for line in out.splitlines() if "from the reference" in line]
    assert near[0] < 1e-5 < near[1]  # the healthy side is the first

    file.with_name("mended.py").write_text(text.replace("train('wrong_momentum')", "train('right')"))
    assert run(file.with_name("mended.py"))[0] == 0

    artifacts = {entry.path for entry in client.list_artifacts(verdict["run_id"])}
    assert "reproduce.py" in artifacts
    page = client.download_artifacts(verdict["run_id"], "verdict.html")
    with open(page) as opened:
        assert 'download="reproduce.py"' in opened.read()


@pytest.mark.processes
def test_of_luck_the_script_shows_that_both_train_the_same(reproduced):
    file, said, _ = reproduced("scenario=wrong", "variant=right,right_too", "seed.value=0,1,2")
    assert run(file)[0] == 0
    assert "apart 0.0 " in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "nothing was given; allowed: one of sweep=RUN"),
        (["sweep=a", "run=b"], "sweep, run was given; allowed: one of sweep=RUN"),
        (["swep=a"], "the nearest valid choice is sweep"),
        (["sweep=00000000000000000000000000000000"], "has no such run"),
    ],
)
def test_what_was_typed_wrong_is_said_in_a_sentence(store, words, says):
    done = call(*words, store[0], module="src.reproduce")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.processes
def test_what_no_script_can_show_is_said(store, tmp_path):
    words = ("runtime=current", "variant=right", "scenario.epochs=1", "framework.dtype=float32,float64")
    sweep = call("-m", f"--config-dir={OWN}", "scenario=wrong", *words, "seed.value=0,1", *store,
                 f"hydra.sweep.dir={tmp_path}")  # fmt: skip
    assert sweep.returncode == 0, sweep.stderr
    run_id = json.loads((tmp_path / "verdict.json").read_text())["run_id"]
    done = call(f"sweep={run_id}", store[0], module="src.reproduce")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_numbers_are_cut_and_whole_ones_stay():
    cut = shrink._rounded([np.array([0.123, 0.456]), np.array([3, 4])], 1)
    np.testing.assert_array_equal(cut[0], [0.1, 0.5])
    assert cut[1].dtype.kind == "i"
