"""Two scripts that differ by their code alone, and whose training nobody sees inside."""

import json

import pytest

from tests.conftest import call


@pytest.fixture
def scripts(tmp_path):
    """Two scripts that end ten apart."""
    for name, centre in (("a.py", 0.0), ("b.py", 10.0)):
        (tmp_path / name).write_text(f"import numpy as np\nprint('error:', {centre} + np.random.normal())\n")
    return tmp_path


@pytest.mark.parametrize("order", ["a.py,b.py", "b.py,a.py"])
def test_nothing_is_named_where_nothing_was_seen(scripts, store, order):
    words = [f"scenario.script={','.join(str(scripts / name) for name in order.split(','))}", "scenario.metric=error"]
    words += ["scenario=script", "seed.value=range(6)", "sweep.evidence=[repeat]", f"hydra.run.dir={scripts}/why"]
    done = call(*words, *store, module="src.explain")
    assert done.returncode == 0, done.stderr
    found = json.loads((scripts / "why" / "explanation.json").read_text())
    assert (found["verdict"], found["good"], found["bad"]) == ("true_bug", "a.py", "b.py")
    assert (found["status"], found["cause"]) == ("not_in_configuration", [])
    assert [factor["factor"] for factor in found["factors"]] == ["scenario.script"]
    assert found["cured"]["share"] == 1
    assert "The training of `a.py` was not seen inside. The training of `b.py` was not seen" in found["sentence"]
    assert "part at" not in found["sentence"]
