"""Which warm parent serves a configuration."""

import sys
from pathlib import Path

import pytest

from src.execution import local as warm


@pytest.fixture
def parents(monkeypatch):
    """Parents that start no process, one for every environment that is asked for."""

    class Parent:
        alive = True

        def __init__(self, *key):
            self.key = key

    monkeypatch.setattr(warm, "Warm", Parent)
    monkeypatch.setattr(warm, "_running", {})
    monkeypatch.setattr(warm, "ensure", lambda runtime: f"{runtime['lock']}/python")
    return warm.warm


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


def test_the_password_of_a_store_does_not_reach_a_worker(composed, monkeypatch, train):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    parent = warm.Warm(sys.executable, ["json"], {})
    try:
        assert b"s3cret" not in Path(f"/proc/{parent._process.pid}/environ").read_bytes()
    finally:
        parent.close()
