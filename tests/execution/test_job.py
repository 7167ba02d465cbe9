"""The life cycle of a job: whatever happens, the run is closed and what was measured is kept."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from seedluck.basics.errors import Mistake
from seedluck.execution.backends import local
from seedluck.execution.backends.local import Local
from seedluck.execution.under_way import UnderWay
from tests.conftest import descendants, job_of, still_running, trained

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
    config = composed("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    for _ in range(2):
        trained(job_of(config, tmp_path))
    said = [json.loads(line)["event"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert said.count("ended") == said.count("result") == 1


def test_no_weights_of_a_run_before_are_passed_on(composed, tmp_path, client):
    words = ["scenario=faults", "framework=custom_loop"]
    trained(job_of(composed(*words, "job.weights_every=1"), tmp_path))
    found = trained(job_of(composed(*words), tmp_path))
    kept = ["final.npz", "initial.npz"]
    assert sorted(path.name for path in (tmp_path / "weights").iterdir()) == kept
    assert sorted(Path(one.path).name for one in client.list_artifacts(found["run_id"], "weights")) == kept


def test_a_folder_whose_run_waits_to_be_delivered_is_not_used_again(composed, tmp_path):
    (tmp_path / "result.json").write_text('{"lost": "Connection refused"}')
    with pytest.raises(Mistake, match=r"has not got yet.*src\.deliver"):
        trained(job_of(composed("scenario=faults", "framework=custom_loop"), tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_runtime_that_cannot_import_is_broken_and_not_killed(composed, tmp_path, client):
    config = composed("scenario=faults", "framework=custom_loop")
    config["runtime"]["backend"] = "no_such_backend"  # which is imported first
    found = trained(job_of(config, tmp_path))
    assert (found["status"], found["ended_by"]) == ("failed", "environment")
    assert "does not start: ModuleNotFoundError: No module named 'no_such_backend'" in found["reason"]
    assert client.get_run(found["run_id"]).info.status == "FAILED"


def test_the_machine_is_recorded(train, client):
    run = train("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    stored = client.get_run(run.result["run_id"]).data
    for name in ("processor", "instruction_sets", "cores", "memory_gb", "threads", "onednn"):
        assert stored.tags[f"machine.{name}"] == stored.params[f"resolved.machine.{name}"] != "None"
    assert run.result["machine"]["cores"] == len(os.sched_getaffinity(0))


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


@pytest.fixture
def under_way(composed, tmp_path):
    """A job that trains for ever, after its first measurement, and its worker's process."""
    job = UnderWay(job_of(composed(*FOREVER), tmp_path), Local())
    said = []
    while not any(event["event"] == "metrics" and event["epoch"] for event in said):
        said += job.look()
    yield job, next(event["pid"] for event in said if event["event"] == "started")
    if not job.ended:
        job.stop("the test failed")


def ended(job):
    while not job.ended:
        job.look()
        time.sleep(0.01)
    return job.finish()[0]


@pytest.mark.parametrize(
    ("number", "status", "by"), [(signal.SIGKILL, "killed", "signal"), (signal.SIGABRT, "failed", "crash")]
)
def test_a_worker_killed_from_outside_ends_its_run_alone(under_way, train, client, number, status, by):
    job, worker = under_way
    os.kill(worker, number)
    found = ended(job)
    assert (found["status"], found["ended_by"]) == (status, by)
    assert f"signal {number:d} ended" in found["reason"]
    assert found["metrics"]["loss"] > 0
    assert client.get_run(found["run_id"]).info.status == status.upper()
    assert train("scenario=faults", "framework=custom_loop", "scenario.epochs=1").result["status"] == "finished"


def test_the_parent_of_workers_killed_from_outside_is_noticed(under_way, client):
    job, worker = under_way
    (parent,) = {one._process.pid for one in local._parents.values() if worker in descendants(one._process.pid)}
    os.kill(parent, signal.SIGKILL)
    found = ended(job)
    assert (found["status"], found["ended_by"]) == ("killed", "parent")
    assert "parent process ended with exit code -9" in found["reason"]
    assert client.get_run(found["run_id"]).info.status == "KILLED"


def test_a_worker_that_holds_the_interpreter_ends_with_its_parent(composed, tmp_path):
    (tmp_path / "a.py").write_text("print('begun', flush=True)\nsum(range(10**13))")  # in which no other thread runs
    config = composed("scenario=script", f"scenario.script={tmp_path}/a.py", "scenario.metric=loss")
    job = UnderWay(job_of(config, tmp_path / "job"), Local())
    while not (log := tmp_path / "job" / "worker.log").exists() or "begun" not in log.read_text():
        job.look()
        time.sleep(0.01)
    parent = local.warm(config)._process.pid
    below = descendants(parent)
    assert len(below) == 2  # the worker and its keeper
    os.kill(parent, signal.SIGKILL)
    assert ended(job)["ended_by"] == "parent"
    assert not still_running(below)


def test_a_job_whose_worker_is_stopped_is_killed_in_time(under_way):
    job, worker = under_way
    os.kill(worker, signal.SIGSTOP)
    job.stop("the test says so")
    assert ended(job)["reason"] == "the test says so"
    assert not still_running({worker})


@pytest.mark.processes
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
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


@pytest.mark.processes
def test_a_parent_that_died_is_replaced_for_the_next_job(train):
    healthy = ("scenario=faults", "framework=custom_loop", "scenario.epochs=1")
    train(*healthy)
    for parent in [one for one in local._parents.values() if one.alive]:
        os.kill(parent._process.pid, signal.SIGKILL)
        parent._process.wait()
    assert train(*healthy).result["status"] == "finished"


@pytest.mark.processes
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
