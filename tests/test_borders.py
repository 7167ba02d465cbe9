"""The control plane never imports a framework; the worker plane never imports the control plane."""

import ast
import re
import sys

import pytest

from seedluck.basics.project import SOURCES

WORKER = sorted((SOURCES / "seedluck_worker").rglob("*.py"))
CONTROL = sorted((SOURCES / "seedluck").rglob("*.py"))
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "tensorflow_probability", "jax", "torch"}


def imported(path):
    """Top-level names of all modules that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        else:
            continue
        yield from (name.split(".")[0] for name in names)


@pytest.mark.parametrize("path", WORKER, ids=lambda path: path.name)
def test_the_worker_plane_imports_numpy_the_framework_and_itself(path):
    besides = {"cloudpickle"} if path.name == "pipe.py" else set()  # carries functions from a script into another
    assert set(imported(path)) <= set(sys.stdlib_module_names) | FRAMEWORKS | {"seedluck_worker", "numpy"} | besides


def test_training_leaves_no_framework_in_the_control_process(train):
    train("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    assert not FRAMEWORKS & set(sys.modules)


def test_nothing_is_unpickled_but_what_a_job_tells_itself_through_a_pipe():
    for path in [*WORKER, *CONTROL]:
        if path.name == "pipe.py":
            continue
        source = path.read_text()
        for harmless in ("cloudpickle", "allow_pickle=False"):  # a package's name, and what forbids it
            source = source.replace(harmless, "")
        assert "pickle" not in source, path


ASKS = re.compile(r"graph_mode|hasattr\([\w.]*keras, .ops.\)|backend(\"\])? (==|!=) .(tensorflow|jax|torch)")


def test_only_adapters_ask_which_framework_this_is():
    """A scenario may, as anybody's: it is the user's code, and writes its model as users do."""
    asking = {path.relative_to(SOURCES).parts[1] for path in WORKER if ASKS.search(path.read_text())}
    assert asking <= {"adapters", "scenarios"}
    assert "scenarios" in asking  # so that the pattern still finds what it looks for
