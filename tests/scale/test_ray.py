"""Sweeps on a Ray cluster of two nodes: the same outcomes, and nothing lost whatever goes."""

import os
import signal

import pytest

from tests.scale.conftest import processes

pytestmark = pytest.mark.scale


def slots():
    """Processes of actors that train."""
    return processes("ray::Slot")


def test_outcomes_are_those_of_this_machine_alone(ray_cluster, sweep, expected):
    on_ray = sweep(*ray_cluster.words)
    said = on_ray.end()
    assert on_ray.outcomes() == expected
    assert "lost" not in said


def test_a_node_that_goes_takes_nothing_with_it(ray_cluster, sweep, expected):
    on_ray = sweep(*ray_cluster.words)
    on_ray.until_finished(2)
    ray_cluster.remove_node(ray_cluster.second, allow_graceful=False)
    on_ray.end()
    assert on_ray.outcomes() == expected


def test_a_killed_actor_is_made_anew(ray_cluster, sweep, expected):
    on_ray = sweep(*ray_cluster.words)
    on_ray.until_finished(2)
    os.kill(slots()[0], signal.SIGKILL)
    said = on_ray.end()
    assert on_ray.outcomes() == expected
    assert "its place on the cluster was lost, and it is tried again" in said


def test_what_is_not_tried_again_is_marked_with_its_reason(ray_cluster, sweep, tmp_path):
    hold = tmp_path / "hold"
    on_ray = sweep(*ray_cluster.words, "job.retries=0", f"scenario.settings.hold={hold}")
    on_ray.until_held(hold, 2)
    for pid in slots():
        os.kill(pid, signal.SIGKILL)
    hold.unlink()
    said = on_ray.end(code=1)
    lost = [result for result in on_ray.results() if result["status"] == "killed"]
    assert lost
    assert {result["ended_by"] for result in lost} == {"node"}
    assert "its place on the cluster was lost once" in lost[0]["reason"]
    assert "sweep.resume=" in said


def test_after_ctrl_c_what_is_missing_is_trained(ray_cluster, sweep, expected):
    on_ray = sweep(*ray_cluster.words)
    on_ray.until_finished(2)
    on_ray.interrupt()
    on_ray.end(code=130)
    kept = on_ray.outcomes()
    assert 2 <= len(kept) < len(expected)
    again = sweep(*ray_cluster.words, f"sweep.resume={on_ray.run_id}")
    again.end()
    assert again.outcomes() == expected


@pytest.fixture
def without_python(tmp_path):
    """The environment of a node that has neither the runtime tf1_13 nor the Python that it needs.

    Its nodes' processes share this machine with the command, which has both, so they are told otherwise as they start.
    """
    runtimes = tmp_path / "runtimes"
    runtimes.mkdir()
    odd = {"SEEDLUCK_RUNTIMES": str(runtimes), "SEEDLUCK_PYTHON_3_7": "/nowhere/python"}
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import os\nos.environ.update({odd})\n")
    return {"PYTHONPATH": str(folder)}


def test_a_node_without_the_right_python_leaves_jobs_to_others(ray_alone, sweep, without_python):
    words = [*ray_alone.words, "runtime=tf1_13", "framework=tf_keras"]
    ray_alone.add_node(num_cpus=1, env_vars=without_python)
    alone = sweep(*words, "seed.value=0,1", name="alone")
    said = alone.end(code=1)
    results = alone.results()
    assert 2 <= len(results) <= 4  # no more are begun once both sides have failed for one reason
    assert {(result["status"], result["ended_by"]) for result in results} == {("failed", "environment")}
    assert all("SEEDLUCK_PYTHON_3_7 is '/nowhere/python'" in result["reason"] for result in results)
    assert "sweep.resume=" in said

    ray_alone.add_node(num_cpus=1)
    resumed = sweep(*words, "seed.value=0,1", f"sweep.resume={alone.run_id}", name="alone")
    resumed.end()
    assert len(resumed.outcomes()) == 4

    both = sweep(*words, "seed.value=0,1", name="both")
    said = both.end()
    assert both.outcomes() == resumed.outcomes()
    assert said.count("a node of the cluster cannot train it, so others are asked") == 1  # not for each job


def test_a_cluster_too_small_for_a_job_says_so(ray_alone, sweep):
    too_small = sweep(*ray_alone.words, "seed.value=0")
    too_small.end(code=1)
    reasons = {result["reason"] for result in too_small.results()}
    assert reasons == {"no node of the cluster has 1 CPU, which a job takes"}


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_no_cluster_is_said_in_one_sentence(sweep, address):
    on_ray = sweep("hydra/launcher=ray", f"hydra.launcher.address={address}")
    said = on_ray.end(code=2)
    assert f"hydra.launcher.address is '{address}', where no Ray cluster answers" in said
    assert "Traceback" not in said
