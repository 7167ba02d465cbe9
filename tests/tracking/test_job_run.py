"""What a run leaves in MLflow, and what happens when the store goes away."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from seedluck.basics.project import PROJECT
from seedluck.config import NO_FACTORS, leaves
from seedluck.execution.backends.local import Local
from seedluck.execution.under_way import UnderWay
from seedluck.tracking import job_run as tracking_run
from tests.conftest import as_typed, call, job_of


@pytest.fixture(scope="module")
def run(train):
    return train("variant=tied_call", "framework=keras", "scenario.epochs=3", "seed.value=11")


@pytest.fixture
def stored(run, client):
    return client.get_run(run.result["run_id"])


def test_every_factor_is_a_parameter(run, stored):
    for name, value in leaves(run.config).items():
        if name.partition(".")[0] not in NO_FACTORS:
            assert stored.data.params[name] == str(value)


def test_tags_say_what_ran_where_and_from_which_source(stored):
    tags = stored.data.tags
    assert (tags["scenario"], tags["variant"], tags["framework"]) == ("tied_ae", "tied_call", "keras")
    assert (tags["runtime"], tags["seed"]) == ("current", "11")
    assert tags["version.tensorflow"].startswith("2.21")
    assert tags["version.keras"].startswith("3.15")
    assert tags["version.numpy"].startswith("2.")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True).stdout.strip()
    assert tags["mlflow.source.git.commit"] == head
    assert tags["git.dirty"] in ("True", "False")
    assert len(tags["fingerprint"]) == 64


def test_metrics_are_there_by_epoch(run, stored, client):
    for name, first in (("loss", 1), ("reconstruction_mse", 0), ("decoder_moved", 0)):
        assert [point.step for point in client.get_metric_history(run.result["run_id"], name)] == list(range(first, 4))
    final = stored.data.metrics
    assert final["outcome"] == final["reconstruction_mse"] == run.result["outcome"]
    assert final["converged"] == 0
    assert final["gap/decoder_kernel_is_encoder_kernel_transposed"] < 1e-6
    assert {f"seconds/{phase}" for phase in ("import", "setup", "training", "logging")} <= set(final)


def test_a_long_curve_is_thinned_and_complete_in_the_artifact(train, client, monkeypatch):
    monkeypatch.setattr(tracking_run, "MOST_EPOCHS", 100)
    run = train("framework=custom_loop", "scenario.epochs=250")
    steps = [point.step for point in client.get_metric_history(run.result["run_id"], "loss")]
    assert steps == [*range(3, 250, 3), 250]
    assert [event["epoch"] for event in run.events if event["event"] == "metrics"] == list(range(251))


def test_weights_graphs_configuration_and_result_are_artifacts(run, client, tmp_path):
    where = Path(client.download_artifacts(run.result["run_id"], "", str(tmp_path)))
    with np.load(where / "weights" / "final.npz", allow_pickle=False) as final:
        assert {name: value.shape for name, value in final.items()} == {
            "encoder/kernel": (51, 1),
            "encoder/bias": (1,),
            "decoder/bias": (51,),
        }
    assert (where / "weights" / "initial.npz").exists()
    assert "Tied" in (where / "graph" / "summary.txt").read_text()
    assert json.loads((where / "graph" / "model.json").read_text())["layers"]
    assert (where / "graph" / "model.png").read_bytes().startswith(b"\x89PNG")
    (trace,) = (where / "graph" / "train_function").iterdir()
    assert "tfevents" in trace.name
    assert trace.stat().st_size > 1000
    assert json.loads((where / "result.json").read_text())["run_id"] == run.result["run_id"]
    shared = {node["name"]: node["weights"] for node in json.loads((where / "graph" / "nodes.json").read_text())}
    assert "encoder/kernel" in [weight["name"] for weight in shared["decoder"]]


def test_the_data_is_an_input_with_a_digest_that_depends_on_the_rows_alone(run, stored, train, client):
    same, other = (
        train("framework=custom_loop", "scenario.epochs=1", *more) for more in ([], ["scenario.settings.data_seed=1"])
    )
    digests = [
        client.get_run(one.result["run_id"]).inputs.dataset_inputs[0].dataset.digest for one in (run, same, other)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_the_note_reproduces_the_run(run, stored):
    note = stored.data.tags["mlflow.note.content"]
    command = note.split("```")[1].strip()
    assert shlex.split(command)[:3] == ["python", "-m", "src.run"]
    assert "seed.value=11" in command
    assert stored.data.tags["mlflow.source.git.commit"] in note


@pytest.fixture
def server(tmp_path):
    """Starts and stops an MLflow tracking server on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = []

    def start():
        with open(tmp_path / "server.log", "ab") as log:
            processes.append(
                subprocess.Popen(
                    [
                        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
                        "--workers", "1", "--backend-store-uri", f"sqlite:///{tmp_path}/server.db",
                        "--artifacts-destination", str(tmp_path / "served"),
                    ],
                    env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                    stdout=log, stderr=log, start_new_session=True,
                )
            )  # fmt: skip
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                return f"http://127.0.0.1:{port}"
            except OSError:
                time.sleep(0.1)
        raise AssertionError((tmp_path / "server.log").read_text())

    def stop():
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    yield start, stop
    stop()


@pytest.mark.processes
def test_a_server_that_goes_away_loses_nothing(composed, server, tmp_path):
    start, stop = server
    uri, epochs, folder = start(), 400, tmp_path / "run"
    words = ["framework=custom_loop", f"scenario.epochs={epochs}", "tracking=server", f"tracking.uri={uri}"]
    job, said = UnderWay(job_of(composed(*words), folder, words), Local()), []
    while not any(event["event"] == "metrics" and event["epoch"] for event in said):
        said += job.look()
    stop()
    while not job.ended:
        job.look()
        time.sleep(0.01)
    found = job.finish()[0]
    assert found["status"] == "failed"
    assert "stopped answering" in found["reason"]
    assert found["epochs"] == epochs  # the training itself went on to its end
    assert json.loads((folder / "result.json").read_text())["lost"]

    done = call(str(folder), module="src.deliver")
    assert done.returncode == 2
    assert "no MLflow store answers" in done.stderr

    start()
    done = as_typed(found["reason"].rpartition("once it is back: ")[2])
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "result.json").read_text())
    assert (result["status"], result["lost"]) == ("finished", None)
    client = MlflowClient(uri)
    stored = client.get_run(found["run_id"])
    assert stored.info.status == "FINISHED"
    assert stored.data.metrics["outcome"] == result["outcome"]
    history = client.get_metric_history(found["run_id"], "loss")
    assert [point.step for point in history] == list(range(1, epochs + 1))
    assert "result.json" in [artifact.path for artifact in client.list_artifacts(found["run_id"])]

    secret = uri.replace("://", "://somebody:s3cret@")
    words = ["scenario.epochs=1", "tracking=server", f"tracking.uri={secret}", f"hydra.run.dir={tmp_path}/secret"]
    done = call(*words)
    assert done.returncode == 0, done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert "somebody:***@" in done.stdout
    for path in (tmp_path / "secret").rglob("*"):
        assert path.is_dir() or b"s3cret" not in path.read_bytes(), path
    assert b"s3cret" not in (tmp_path / "server.db").read_bytes()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    done = call(str(tmp_path), module="src.deliver")
    assert done.returncode == 2
    assert "holds no job.json" in done.stderr
