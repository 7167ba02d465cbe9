"""Passwords of stores: neither shown nor stored, and still used."""

import os

import pytest

from src.tracking import address
from tests.conftest import call


@pytest.fixture(autouse=True)
def _no_password(monkeypatch):
    monkeypatch.setenv(address.PASSWORD, "")
    monkeypatch.delenv(address.PASSWORD)


def test_a_password_is_kept_in_the_environment_and_put_back():
    shown = address.kept("postgresql://user:s3cret@host:5432/db")
    assert shown == "postgresql://user:***@host:5432/db"
    assert os.environ[address.PASSWORD] == "s3cret"
    assert address.opened(shown) == "postgresql://user:s3cret@host:5432/db"
    assert address.kept(shown) == shown
    assert os.environ[address.PASSWORD] == "s3cret"


@pytest.mark.parametrize("text", ["sqlite:///a:b.db", "http://127.0.0.1:5000", "user:word@host", ""])
def test_what_holds_no_password_stays(text):
    assert address.kept(text) == address.hidden(text) == text
    assert address.PASSWORD not in os.environ


@pytest.mark.parametrize("module", ["src.run", "src.verdict", "src.explain"])
def test_no_answer_shows_it(module, tmp_path):
    words = {"src.run": [f"hydra.run.dir={tmp_path}/run"], "src.verdict": [], "src.explain": ["sweep=abc"]}[module]
    done = call("tracking.uri=postgresql://user:s3cret@127.0.0.1:9/db", *words, module=module)
    assert done.returncode == 2
    assert "s3cret" not in done.stdout + done.stderr
    assert "user:***@127.0.0.1" in done.stderr
