"""Which warm parent serves a configuration."""

import sys
from pathlib import Path

import pytest

from seedluck.execution.backends import local


@pytest.fixture
def parents(monkeypatch):
    """Parents that start no process, one for every environment that is asked for."""

    class Parent:
        alive = True

        def __init__(self, *key):
            self.key = key

    monkeypatch.setattr(local, "Warm", Parent)
    monkeypatch.setattr(local, "_parents", {})
    monkeypatch.setattr(local, "environment_of", lambda runtime: (f"{runtime['lock']}/python", []))
    return local.warm


def test_another_lock_is_another_parent(parents, composed):
    one, other = composed("runtime=tf2_15"), composed("runtime=tf2_15", "runtime.lock=runtimes/tf2_4.lock")
    assert parents(one) is parents(one)
    assert parents(one) is not parents(other)
    assert parents(other).key[0] == "runtimes/tf2_4.lock/python"


def test_another_limit_of_instructions_is_another_parent(parents, composed):
    one, other = composed(), composed("device.instructions=sse4")
    assert parents(one) is not parents(other)
    assert parents(other).key[2]["ONEDNN_MAX_CPU_ISA"] == "SSE41"
    assert "ONEDNN_MAX_CPU_ISA" not in parents(one).key[2]


def test_convolutions_take_channels_first_on_every_processor(parents, composed, monkeypatch, tmp_path):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert parents(composed()).key[2]["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert parents(composed("device.instructions=avx2")).key[2]["TF_ENABLE_ONEDNN_OPTS"] == "0"
    (tmp_path / "a.py").write_text("import keras")
    script = composed("scenario=script", f"scenario.script={tmp_path}/a.py")
    assert "TF_ENABLE_ONEDNN_OPTS" not in parents(script).key[2]  # as its owner runs it


def test_the_password_of_a_store_does_not_reach_a_worker(composed, monkeypatch, train):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    parent = local.Warm(sys.executable, ["json"], {})
    try:
        assert b"s3cret" not in Path(f"/proc/{parent._process.pid}/environ").read_bytes()
    finally:
        parent.close()


def test_what_ended_a_parent_can_be_asked_after_it_was_closed(tmp_path):
    parent = local.Warm(sys.executable, ["no_such_package"], {})
    parent.start(tmp_path, [])
    parent._process.wait()
    parent.close()  # as the next job does, which needs one that lives, before this job was asked
    (said,) = (event for event in parent.events(tmp_path) if event and event["event"] == "exit")
    assert "no_such_package" in said["reason"]


def test_jobs_at_once_are_one_a_core_or_one_a_gpu(monkeypatch):
    monkeypatch.setattr(local.os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(local, "gpus", lambda: 2)
    assert [local.Local().capacity("cpu"), local.Local().capacity("gpu"), local.Local(5).capacity("gpu")] == [3, 2, 5]
    monkeypatch.setattr(local, "gpus", lambda: 0)
    assert local.Local().capacity("gpu") == 1
