"""An explanation that is cut off, and the ways on that it prints."""

import json
import re
import shlex
import shutil
import signal
import time

import pytest

from tests.conftest import OWN, Command, as_typed, call


@pytest.mark.processes
def test_the_printed_ways_on_lead_to_the_cause(tmp_path):
    """Interrupted, gone on with until its store goes away, and then to the end."""
    store = [f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    sweep = [f"--config-dir={OWN}", "-m", "scenario=luck", "variant=plain,shifted", "seed.value=range(5)"]
    sweep += ["framework=custom_loop", "framework.execution=eager", "sweep.evidence=[repeat,replay]"]
    trained = call(*sweep, *store, f"hydra.sweep.dir={tmp_path}/sweep")
    assert trained.returncode == 0, trained.stderr
    run_id = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["run_id"]
    why = tmp_path / "why"

    first = after_two_runs(why, [f"sweep={run_id}", *store, f"hydra.run.dir={why}"])
    first.process.send_signal(signal.SIGINT)
    said = ended(first, 130)

    second = after_two_runs(why, shlex.split(way_on(said))[3:])
    shutil.move(tmp_path / "mlflow.db", tmp_path / "kept.db")
    said = ended(second, 1)
    shutil.move(tmp_path / "kept.db", tmp_path / "mlflow.db")
    sent = as_typed(re.search(r"once it is back: (python -m src\.deliver .*) and then the same command", said)[1])
    assert "Traceback" not in sent.stderr, sent.stderr

    third = as_typed(way_on(said))
    assert third.returncode == 0, third.stderr
    found = json.loads((why / "explanation.json").read_text())
    assert [factor["factor"] for factor in found["cause"]] == ["scenario.settings.shift"]


def after_two_runs(folder, words):
    """An explanation that is being trained, once two more of its runs have ended."""
    before = len(list(folder.rglob("result.json")))
    command = Command(folder, words, "src.explain")
    while len(list(folder.rglob("result.json"))) < before + 2:
        assert command.process.poll() is None, command.end()
        time.sleep(0.02)
    return command


def ended(command, expected):
    """What a command said that ended with an exit code."""
    code, _, said = command.end()
    assert code == expected, said
    assert "Traceback" not in said
    assert not command.left_behind()
    return said


def way_on(said):
    return re.search(r"to go on from here: (.*)$", said, re.M)[1]
