"""The life cycle of a job: whatever happens, the run is closed and what was measured is kept."""

import json
import os
import signal

import pytest

from src.runtimes import warm
from tests.conftest import OWN, descendants

FOREVER = ("scenario=tied_ae", "framework=custom_loop", "scenario.epochs=10000000")
KEYS = {
    "status", "run_id", "scenario", "variant", "framework", "runtime", "seed", "outcome", "converged", "diverged",
    "metrics", "invariants", "seconds",
}  # fmt: skip


def test_a_finished_run_tells_all_that_the_contract_names(train, client):
    run = train("scenario=faults", "framework=custom_loop", "seed.value=3")
    assert run.result.keys() >= KEYS
    assert run.result["status"] == "finished"
    assert (run.result["scenario"], run.result["framework"], run.result["seed"]) == (
        "faults",
        "custom_loop",
        3,
    )
    assert run.result["seconds"].keys() == {"import", "setup", "training", "logging"}
    assert client.get_run(run.result["run_id"]).info.status == "FINISHED"


def test_a_folder_that_is_named_again_holds_the_later_run_alone(composed, tmp_path):
    from src.job import run

    config = composed("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    for _ in range(2):
        run(config, tmp_path, [], [str(OWN)])
    said = [json.loads(line)["event"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert said.count("ended") == said.count("result") == 1


def test_infinity_is_an_outcome(train, client):
    run = train("scenario=faults", "variant=nan", "framework=custom_loop")
    assert run.result["status"] == "finished"
    assert run.result["diverged"]
    assert not run.result["converged"]
    assert run.result["outcome"] is None
    history = client.get_metric_history(run.result["run_id"], "kernel_sum")
    assert len(history) == 5  # before training and after each of four epochs


@pytest.mark.parametrize("framework", ["keras", "custom_loop"])
def test_an_exception_in_the_scenario_fails_the_run_and_keeps_what_was_measured(train, client, framework):
    run = train("scenario=faults", "variant=raises", f"framework={framework}")
    assert run.result["status"] == "failed"
    assert run.result["reason"] == "RuntimeError: the third measurement fails"
    stored = client.get_run(run.result["run_id"])
    assert stored.info.status == "FAILED"
    assert stored.data.tags["reason"] == run.result["reason"]
    assert len(client.get_metric_history(run.result["run_id"], "kernel_sum")) == 2
    artifacts = {artifact.path for artifact in client.list_artifacts(run.result["run_id"])}
    assert artifacts >= {"traceback.txt", "events.jsonl", "result.json", "weights"}
    assert "faults.py" in (run.folder / "traceback.txt").read_text()


def test_a_job_that_takes_too_long_is_killed(train, client):
    run = train(*FOREVER, "job.timeout=3")
    assert run.result["status"] == "killed"
    assert run.result["reason"] == "it took longer than job.timeout=3 seconds"
    assert client.get_run(run.result["run_id"]).info.status == "KILLED"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, "killed"), (signal.SIGABRT, "failed")])
def test_a_worker_killed_from_outside_ends_its_run_alone(command, client, number, status):
    started = command(*FOREVER)
    worker = started.wait_for("started")["pid"]
    started.wait_for("metrics", epoch=1)
    os.kill(worker, number)
    code, out, err = started.end()
    assert code == 1, err
    assert started.result["status"] == status
    assert f"signal {number:d} ended" in started.result["reason"]
    assert started.result["metrics"]["loss"] > 0
    assert client.get_run(started.result["run_id"]).info.status == status.upper()
    assert not started.left_behind()


def test_the_parent_of_workers_killed_from_outside_is_noticed(command, client):
    started = command(*FOREVER)
    started.wait_for("metrics")
    worker = started.wait_for("started")["pid"]
    (parent,) = {pid for pid in started.seen if worker in descendants(pid)}
    os.kill(parent, signal.SIGKILL)
    code, out, err = started.end()
    assert code == 1, err
    assert "parent process ended with exit code -9" in started.result["reason"]
    assert client.get_run(started.result["run_id"]).info.status == "KILLED"
    assert not started.left_behind()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_interrupted_closes_its_run(command, client, sent, code):
    started = command(*FOREVER)
    started.wait_for("metrics")
    started.process.send_signal(sent)
    found, out, err = started.end()
    assert found == code
    assert "Traceback" not in err
    assert started.result["status"] == "killed"
    assert started.result["reason"] == "interrupted by the user"
    assert client.get_run(started.result["run_id"]).info.status == "KILLED"
    assert not started.left_behind()


def test_a_parent_that_died_is_replaced_for_the_next_job(train):
    healthy = ("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    train(*healthy)
    for parent in warm._running.values():
        os.kill(parent._process.pid, signal.SIGKILL)
        parent._process.wait()
    assert train(*healthy).result["status"] == "finished"


def test_a_command_killed_outright_leaves_no_process_and_no_run_that_seems_to_run(command, train, client):
    started = command(*FOREVER)
    started.wait_for("metrics")
    started.process.kill()
    started.end()
    assert not started.left_behind()
    train("scenario=tied_ae", "framework=custom_loop", "scenario.epochs=1")  # the next run in that experiment
    experiment = client.get_experiment_by_name("tied_ae")
    runs = client.search_runs([experiment.experiment_id])
    mine = [run for run in runs if run.data.tags.get("folder") == str(started.folder)]  # a sweep's own run has none
    assert [run.info.status for run in mine] == ["KILLED"]


def test_every_job_has_a_process_of_its_own_that_knows_no_control_plane(train):
    runs = [train("scenario=faults", "framework=custom_loop") for _ in range(2)]
    processes = {run.result["metrics"]["process"] for run in runs}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert [run.result["metrics"]["control_plane_imported"] for run in runs] == [0, 0]
