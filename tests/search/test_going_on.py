"""An explanation that is cut off, and the way on that it prints."""

import json
import re
import shutil
import signal
import time

import pytest

from tests.conftest import OWN, Command, as_typed, call


@pytest.mark.processes
@pytest.mark.parametrize("fault", ["interrupted", "store gone"])
def test_the_printed_way_on_leads_to_the_cause(tmp_path, fault):
    store = [f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    sweep = [f"--config-dir={OWN}", "-m", "scenario=luck", "variant=plain,shifted", "seed.value=range(5)"]
    sweep += ["framework=custom_loop", "framework.execution=eager", "sweep.evidence=[repeat,replay]"]
    trained = call(*sweep, *store, f"hydra.sweep.dir={tmp_path}/sweep")
    assert trained.returncode == 0, trained.stderr
    run_id = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["run_id"]

    why = tmp_path / "why"
    cut_off = Command(why, [f"sweep={run_id}", *store, f"hydra.run.dir={why}"], "src.explain")
    while len(list(why.rglob("result.json"))) < 2:
        assert cut_off.process.poll() is None, cut_off.end()
        time.sleep(0.02)
    if fault == "interrupted":
        cut_off.process.send_signal(signal.SIGINT)
    else:
        shutil.move(tmp_path / "mlflow.db", tmp_path / "kept.db")
    code, _, said = cut_off.end()
    assert code == (130 if fault == "interrupted" else 1), said
    assert "Traceback" not in said
    assert not cut_off.left_behind()
    if fault == "store gone":
        shutil.move(tmp_path / "kept.db", tmp_path / "mlflow.db")
        sent = as_typed(re.search(r"once it is back: (python -m src\.deliver .*) and then the same command", said)[1])
        assert "Traceback" not in sent.stderr, sent.stderr
    again = as_typed(re.search(r"to go on from here: (.*)$", said, re.M)[1])
    assert again.returncode == 0, again.stderr
    found = json.loads((why / "explanation.json").read_text())
    assert [factor["factor"] for factor in found["cause"]] == ["scenario.settings.shift"]
