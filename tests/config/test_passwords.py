"""Passwords of stores: neither shown nor stored, and still used."""

import os

import pytest

from src.config import passwords
from tests.conftest import call


@pytest.fixture(autouse=True)
def _no_password(monkeypatch):
    monkeypatch.setenv(passwords.PASSWORD, "")
    monkeypatch.delenv(passwords.PASSWORD)


def test_a_password_is_kept_in_the_environment_and_put_back():
    shown = passwords.kept("postgresql://user:s3cret@host:5432/db")
    assert shown == "postgresql://user:***@host:5432/db"
    assert os.environ[passwords.PASSWORD] == "s3cret"
    assert passwords.opened(shown) == "postgresql://user:s3cret@host:5432/db"
    assert passwords.kept(shown) == shown
    assert os.environ[passwords.PASSWORD] == "s3cret"


@pytest.mark.parametrize("text", ["sqlite:///a:b.db", "http://127.0.0.1:5000", "user:word@host", ""])
def test_what_holds_no_password_stays(text):
    assert passwords.kept(text) == passwords.hidden(text) == text
    assert passwords.PASSWORD not in os.environ


@pytest.mark.parametrize("module", ["src.run", "src.verdict", "src.explain"])
def test_no_answer_shows_it(module, tmp_path):
    words = {"src.run": [f"hydra.run.dir={tmp_path}/run"], "src.verdict": [], "src.explain": ["sweep=abc"]}[module]
    done = call("tracking.uri=postgresql://user:s3cret@127.0.0.1:9/db", *words, module=module)
    assert done.returncode == 2
    assert "s3cret" not in done.stdout + done.stderr
    assert "user:***@127.0.0.1" in done.stderr
