"""A script in an environment that was made for it."""

import pytest

from seedluck.basics.errors import Unfinished
from seedluck.reproduction import fresh

RUNTIME = {"python": None, "backend": "tensorflow", "lock": "requirements.lock", "over": []}


@pytest.mark.processes
def test_a_script_has_what_was_installed_for_it_and_nothing_else():
    text = (
        "import numpy, sys\nprint(numpy.__version__)\ntry:\n    import mlflow\nexcept ImportError:\n    sys.exit(1)\n"
    )
    wanted = [one for one in fresh.pins(RUNTIME, text) if one.startswith("numpy")]
    code, out = fresh.run(text, RUNTIME, wanted)
    assert code == 1
    assert out.strip() == wanted[0].partition("==")[2]


@pytest.mark.processes
def test_what_cannot_be_installed_is_said():
    with pytest.raises(Unfinished, match=r"numpy==0\.0\.1 could not be installed"):
        fresh.run("", RUNTIME, ["numpy==0.0.1"])
