"""Passwords of stores: neither shown nor stored, and still used."""

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from seedluck.basics import passwords
from tests.conftest import OWN, Command, call, descendants

PLANTED = "s3cr/t@w?rd"  # in a typed address as it is, where an address would need it encoded


@pytest.fixture(autouse=True)
def _no_password(monkeypatch):
    monkeypatch.setattr(passwords, "_typed", {})
    monkeypatch.setenv(passwords.PASSWORD, "")
    monkeypatch.delenv(passwords.PASSWORD)


@pytest.mark.parametrize(
    ("typed", "shown", "whole"),
    [
        ("postgresql://user:s3cret@host:5432/db", "postgresql://user:***@host:5432/db", None),
        ("http://user:p@ss@host:5000", "http://user:***@host:5000", "http://user:p%40ss@host:5000"),
        ("http://user:p/ss@host", "http://user:***@host", "http://user:p%2Fss@host"),
        ("http://user:pa ss@host/x", "http://user:***@host/x", "http://user:pa%20ss@host/x"),
        ("http://user:p%40ss@host", "http://user:***@host", None),
        ("mysql+pymysql://u:p:q@h/db", "mysql+pymysql://u:***@h/db", "mysql+pymysql://u:p%3Aq@h/db"),
        ("postgresql://u:p?ss@h:1/db", "postgresql://u:***@h:1/db", "postgresql://u:p%3Fss@h:1/db"),
        ("http://u:x?a=b@host/db", "http://u:***@host/db", "http://u:x%3Fa%3Db@host/db"),
        ("postgresql://h/db?password=p@ss&x=1", "postgresql://h/db?password=***&x=1", "postgresql://h/db?password=p%40ss&x=1"),
        ("postgresql:///db?host=/x&sslpassword=abc", "postgresql:///db?host=/x&sslpassword=***", None),
    ],
)  # fmt: skip
def test_a_password_is_hidden_however_it_is_spelled_and_put_back_as_an_address_needs_it(typed, shown, whole):
    assert passwords.kept(typed) == shown
    assert passwords.opened(shown) == (whole or typed)
    assert passwords.kept(shown) == shown  # which does not forget it
    assert passwords.opened(shown) == (whole or typed)
    (word,) = passwords.address(typed).secrets
    assert word.reveal() in typed
    assert word.reveal() not in f"{word} {word!r} {[word]} {passwords.address(typed)}"


@pytest.mark.parametrize(
    "text",
    ["sqlite:///a:b@c.db", "http://127.0.0.1:5000", "http://h:1/a?x=y@z", "http://u:@host", "user:word@host", ""],
)
def test_what_holds_no_password_stays(text):
    assert passwords.kept(text) == passwords.hidden(text) == passwords.opened(text) == text
    assert passwords.PASSWORD not in os.environ


def test_an_address_that_was_stored_is_opened_with_what_the_environment_has(monkeypatch):
    monkeypatch.setenv(passwords.PASSWORD, "p@ss%41")
    assert passwords.opened("http://user:***@host") == "http://user:p%40ss%2541@host"


def test_a_secret_cannot_be_stored():
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(passwords.Secret("word"))
    with pytest.raises(TypeError):
        json.dumps(passwords.Secret("word"))


def test_whatever_was_typed_is_found_in_any_text():
    passwords.kept(f"http://user:{PLANTED}@host")
    said = passwords.hidden(f"no user {PLANTED!r} and none s3cr%2Ft%40w%3Frd at http://user:other@host")
    assert said == "no user '***' and none *** at http://user:***@host"


def test_no_process_that_is_started_is_given_one(monkeypatch):
    passwords.kept("http://user:word@host")
    assert os.environ[passwords.PASSWORD] == "word"  # for the processes of Hydra's own launchers
    assert passwords.for_children(A="b")["A"] == "b"
    assert passwords.PASSWORD not in passwords.for_children()


COMMANDS = {
    "src.run": ["hydra.run.dir={folder}/run"],
    "src.verdict": ["gate=true_bug"],
    "src.explain": ["sweep=abc"],
    "src.reproduce": ["sweep=abc"],
    "src.hunt": ["hunt.only=metrics", "runtime=current", "hydra.run.dir={folder}/hunt"],
}


@pytest.mark.parametrize("module", ["src.run", "src.verdict", "src.explain", "src.reproduce"])
def test_no_answer_of_a_store_that_is_away_shows_it(module, tmp_path):
    words = [word.format(folder=tmp_path) for word in COMMANDS[module]]
    done = call(f"tracking.uri=postgresql://user:{PLANTED}@127.0.0.1:9/db", *words, module=module)
    assert done.returncode == 2
    assert not _leaked(done.stdout + done.stderr)
    assert "user:***@127.0.0.1" in done.stderr


def _leaked(text):
    return any(spelled in text for spelled in (PLANTED, "s3cr", "w%3Frd"))


@pytest.fixture
def server(tmp_path):
    """The address of an MLflow server that asks for no password, with one in it, and the server's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = tmp_path / "server"
    place.mkdir()
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{place}/store.db", "--artifacts-destination", str(place / "files")]
    with open(tmp_path / "server.log", "ab") as log:  # which has each request's address, and no header of it
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    for _ in range(600):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            break
        time.sleep(0.1)
    yield f"http://user:{PLANTED}@127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.processes
def test_nothing_that_a_command_leaves_or_starts_has_it(server, tmp_path):
    """Finished, failed and interrupted: outputs, files, the store's tables and artifacts, arguments of processes."""
    store, left, said = f"tracking.uri={server}", tmp_path / "left", []
    sweep = ["-m", "scenario=tied_ae", "variant=tied_call,frozen_copy", "seed.value=0,1", "scenario.epochs=2"]
    done = call(*sweep, store, f"hydra.sweep.dir={left}/sweep")
    assert done.returncode == 0, done.stderr
    said.append(done)
    run_id = json.loads((left / "sweep" / "verdict.json").read_text())["run_id"]
    failing = [f"--config-dir={OWN}", "scenario=faults", "variant=raises", f"hydra.run.dir={left}/failed"]
    said += [
        call(*failing, store),
        call(store, f"sweep={run_id}", module="src.verdict"),
        call(store, "gate=true_bug", module="src.verdict"),
        call("hunt.only=operations", "framework=keras", "runtime=current", "hunt.scripts=false", store,
             f"hydra.run.dir={left}/hunt", module="src.hunt"),
    ]  # fmt: skip
    words = [store, f"sweep={run_id}", f"hydra.run.dir={left}/why"]
    interrupted = Command(left / "why", words, "src.explain")
    while not list((left / "why").rglob("events.jsonl")) and interrupted.process.poll() is None:
        time.sleep(0.05)
    started = descendants(interrupted.process.pid)
    seen = {pid: _read(f"/proc/{pid}/cmdline") + _read(f"/proc/{pid}/environ") for pid in started}
    interrupted.process.send_signal(signal.SIGINT)
    code, out, err = interrupted.end()
    assert code == 130
    assert started
    assert not [pid for pid, text in seen.items() if _leaked(text)]
    assert not _leaked(out + err)
    assert "user:***@" in err  # in the way to go on
    assert not [one for one in said if _leaked(one.stdout + one.stderr)]
    files = [path for place in (left, tmp_path / "server") for path in place.rglob("*") if path.is_file()]
    assert not [path for path in files if _leaked(path.read_bytes().decode(errors="replace"))]
    assert any(path.name == "store.db" for path in files)


def _read(file):
    try:
        return Path(file).read_bytes().decode(errors="replace")
    except OSError:
        return ""
