"""The control plane never imports a framework; the worker plane never imports the control plane."""

import ast
import sys

import pytest

from src.config import PROJECT

FOLDERS = ("worker", "scripts", "formulas", "instruments", "frameworks", "scenarios", "shared")
WORKER = sorted(path for folder in FOLDERS for path in (PROJECT / "src" / folder).rglob("*.py"))
CONTROL = sorted(set((PROJECT / "src").rglob("*.py")) - set(WORKER))
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "tensorflow_probability", "jax", "torch"}


def imported(path):
    """Top-level names of outside modules, and full names of the project's own, wherever a file imports them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield ".".join(name.split(".")[:2]) if name.startswith("src") else name.split(".")[0]


@pytest.mark.parametrize("path", WORKER, ids=lambda path: path.name)
def test_the_worker_plane_imports_numpy_the_framework_and_itself(path):
    own = {f"src.{name}" for name in FOLDERS}
    besides = {"cloudpickle"} if path.name == "pipe.py" else set()  # carries functions from a script into another
    assert set(imported(path)) <= set(sys.stdlib_module_names) | FRAMEWORKS | own | {"numpy"} | besides


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
