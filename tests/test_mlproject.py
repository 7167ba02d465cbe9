"""`mlflow run` trains in the run that it made itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mlflow.tracking import MlflowClient

from seedluck.basics.project import PROJECT


def test_the_entry_points_are_there():
    project = yaml.safe_load((PROJECT / "MLproject").read_text())
    assert set(project["entry_points"]) == {"main", "sweep", "explain", "ui"}
    assert (PROJECT / project["conda_env"]).exists()


@pytest.mark.processes
def test_mlflow_run_fills_the_run_it_made(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    overrides = f"framework=custom_loop scenario.epochs=2 hydra.run.dir={tmp_path}/run"
    done = subprocess.run(
        [
            sys.executable, "-m", "mlflow", "run", str(PROJECT), "--env-manager", "local", "-P", "scenario=tied_ae",
            "-P", f"overrides={overrides}",
        ],
        cwd=tmp_path,
        env={**os.environ, "MLFLOW_TRACKING_URI": uri, "VIRTUAL_ENV": str(Path(sys.executable).parents[1])},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    client = MlflowClient(uri)
    (run,) = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    assert run.info.run_id == json.loads((tmp_path / "run" / "result.json").read_text())["run_id"]
    assert run.info.status == "FINISHED"
    assert run.data.metrics["outcome"] > 0
    assert run.data.tags["scenario"] == "tied_ae"
