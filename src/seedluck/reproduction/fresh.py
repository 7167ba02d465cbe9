"""What a script needs, and its run in an environment that has nothing else."""

import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from seedluck.basics.errors import Unfinished
from seedluck.basics.passwords import for_children
from seedluck.config.locks import OWN_PYTHON, locked, over
from seedluck.runtimes import interpreters
from seedluck.runtimes.releases import runtime_packages

SECONDS = 900
PROVIDED = {"numpy": "numpy", "tensorflow_probability": "tensorflow-probability", "tf_keras": "tf-keras"}


def python(runtime: dict) -> str:
    """Return the version of Python that a runtime has, such as ``3.7``."""
    return runtime["python"] or OWN_PYTHON


def pins(runtime: dict, text: str) -> list[str]:
    """Return what to install for a script, as ``tensorflow==2.0.0``: versions of the runtime, those laid over it first.

    text: the script's; of the runtime's packages it gets those that the runtime names itself, as far as it uses them.
    """
    versions = {**locked(runtime), **over(runtime)}
    named = [name for name in runtime_packages(runtime) if name not in (*PROVIDED.values(), "cloudpickle", "optax")]
    named += [package for module, package in PROVIDED.items() if re.search(rf"\b{module}\b", text)]
    if "tensorflow-probability" in named and "tf-keras" in versions and "tf-keras" not in named:
        named.append("tf-keras")  # which it imports where TensorFlow's Keras is version 3
    return [f"{name}=={versions[name]}" for name in dict.fromkeys(named) if name in versions]


def run(text: str, runtime: dict, wanted: list[str]) -> tuple[int, str]:
    """Return a script's exit code and output in an environment that was made for it; Unfinished if that fails."""
    with made(runtime, wanted) as script:
        return script(text)


@contextmanager
def made(runtime: dict, wanted: list[str]):
    """Make an environment, and yield a function: a script's text → its exit code and output.

    Raises Unfinished if the environment cannot be made.
    """
    with tempfile.TemporaryDirectory() as folder:
        place, file = Path(folder) / "venv", Path(folder) / "reproduce.py"
        base, interpreter = interpreters.python(python(runtime), fetch=True), str(place / "bin" / "python")
        uv = interpreters.uv()
        if uv:
            ways = [[uv, "venv", "--quiet", "--python", base, str(place)]]
            ways.append([uv, "pip", "install", "--quiet", "--python", interpreter, *wanted])
            done = _first_failure(ways)
        if not uv or done.returncode:  # pip reaches registries that only pip is told of
            shutil.rmtree(place, ignore_errors=True)
            ways = [[base, "-m", "venv", str(place)], [interpreter, "-m", "pip", "install", "--quiet", *wanted]]
            done = _first_failure(ways)
            if done.returncode:
                said = " ".join(done.stderr.split())[-300:]
                raise Unfinished(
                    f"{' '.join(wanted)} could not be installed together ({said}), so that the script was not tried "
                    "in a fresh environment and is not handed out"
                )
        clean = {key: value for key, value in for_children().items() if not key.startswith(("PYTHON", "KERAS", "TF_"))}
        clean.update(KERAS_BACKEND=runtime["backend"], KERAS_HOME=folder, TF_CPP_MIN_LOG_LEVEL="2")

        def script(text):
            file.write_text(text, encoding="utf-8")
            how = {"cwd": folder, "env": clean, "capture_output": True, "timeout": SECONDS}
            try:
                done = subprocess.run([interpreter, str(file)], text=True, encoding="utf-8", **how)
            except subprocess.TimeoutExpired as error:
                raise Unfinished(
                    f"the script took longer than {SECONDS} seconds in a fresh environment, and is not handed out"
                ) from error
            return done.returncode, done.stdout + (done.stderr[-2000:] if done.returncode not in (0, 1) else "")

        yield script


def _first_failure(commands):
    """Run commands until one fails; what became of the last that ran."""
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            break
    return done
