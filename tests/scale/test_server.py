"""A team's server: nothing lost or doubled, whoever writes and whatever stops; who may not, hears it in a sentence."""

import importlib
import json
import os
import shlex
import subprocess
import sys
import time

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import OWN
from tests.scale.conftest import ASKED
from tests.scale.server_here import ADMIN, Postgres, Server, free_port

pytestmark = pytest.mark.scale


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all tests that leave it running."""
    server = Server(tmp_path_factory.mktemp("server") / "kept")
    server.start()
    yield server
    assert server.stop() == 128 + 15


@pytest.fixture
def admin(monkeypatch):
    """This process may do everything on every server of these tests."""
    for name, value in {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": ADMIN}.items():
        monkeypatch.setenv(name, value)


def call(module, *words, **environment):
    """Run a command of the project; return its exit code and all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.returncode, done.stdout


def go_on(said, environment):
    """Run the commands that a sweep printed when its store was lost."""
    line = said.rpartition("once the store is back: ")[2].splitlines()[0]
    first, _, then = line.partition(" and then ")
    folder = shlex.split(first)[3].removesuffix("/*/")
    folders = [str(path.parent) for path in sorted((PROJECT / folder).glob("*/result.json"))]
    code, told = call("src.deliver", *folders, **environment)
    assert code == 0, told
    again = shlex.split(then.rpartition("what is missing: ")[2])
    code, told = call(again[2], *again[3:], **environment)
    assert code == 0, told
    return told


def finished(server, run_id):
    """(variant, seed) → outcome, by the store; each only once, and nothing left open."""
    client = server.client()
    place = client.get_run(run_id).info.experiment_id
    runs = client.search_runs([place], f"tags.`mlflow.parentRunId` = '{run_id}'", max_results=1000)
    assert not [run for run in runs if run.info.status == "RUNNING"]
    ended = [run for run in runs if run.data.tags["status"] == "finished"]
    told = {(run.data.tags["variant"], int(run.data.tags["seed"])): run.data.metrics["outcome"] for run in ended}
    assert len(told) == len(ended), "stored twice"
    return told


def test_eight_writers_lose_and_double_nothing(server, admin, tmp_path):
    recorded = tmp_path / "recorded"
    own = [f"--config-dir={OWN}", "scenario=luck", "scenario.epochs=2"]
    code, told = call("src.run", *own, f"tracking.uri=sqlite:///{tmp_path}/a.db", f"hydra.run.dir={recorded}")
    assert code == 0, told
    backend = ["hydra.launcher.backend=benchmarks.driver.Nothing", f"+hydra.launcher.recorded={recorded}"]
    asked = ["-m", *own, *server.words, *backend, "variant=plain,same", "seed.value=range(10)", "sweep.evidence=[]"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "src.run", *asked, f"hydra.sweep.dir={tmp_path}/{number}"],
            cwd=PROJECT,
            env={**os.environ, **server.as_user()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(8)
    ]
    said = [writer.communicate(timeout=500)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8, said
    for number in range(8):
        run_id = json.loads((tmp_path / str(number) / "verdict.json").read_text())["run_id"]
        assert len(finished(server, run_id)) == 20


def test_a_server_that_is_killed_and_back(admin, sweep, expected, tmp_path):
    server = Server(tmp_path / "server")
    server.start()
    try:
        one = sweep(*server.words, environment=server.as_user())
        one.until_finished(2)
        assert "MLflow ended by itself" in server.kill()
        assert server.process.returncode == 1
        said = one.end(code=1)
        assert "the tracking store" in said
        assert "does not answer any more" in said
        server.start()
        go_on(said, server.as_user())
        assert one.outcomes() == expected
        assert finished(server, one.run_id) == expected
    finally:
        server.stop()


def test_a_database_that_is_stopped_and_back(admin, sweep, expected, tmp_path):
    postgres = Postgres(tmp_path / "postgres")
    server = Server(tmp_path / "server", postgres.start())
    server.start()
    try:
        patient = sweep(*server.words, environment=server.as_user(), name="patient")
        patient.until_finished(2)
        postgres.stop()
        time.sleep(0.5)  # for so short a time a command waits
        postgres.start()
        patient.end()
        assert finished(server, patient.run_id) == expected

        one = sweep(*server.words, environment=server.as_user())
        one.until_finished(2)
        postgres.stop()
        said = one.end(code=1)
        assert "does not answer any more" in said
        postgres.start()
        go_on(said, server.as_user())
        assert one.outcomes() == expected
        assert finished(server, one.run_id) == expected
    finally:
        server.stop()
        postgres.stop()


@pytest.fixture
def said(monkeypatch, capfd):
    """Run a command in this process, with variables set; return its exit code and all that it says."""

    def answer(module, words, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = importlib.import_module(module).main(list(words))
        return code, "".join(capfd.readouterr())

    return answer


def test_who_may_not_hears_it_in_one_sentence(server, admin, sweep, said):
    server.add("reader", "the-readers-password")
    reader = server.as_user("reader", "the-readers-password")
    one = sweep(*server.words, "tracking.experiment=secret plans", environment=server.as_user())
    one.end()
    asked = [f"tracking.uri={server.uri}", f"sweep={one.run_id}"]
    again = [*ASKED, *server.words, "tracking.experiment=secret plans", f"hydra.sweep.dir={one.folder}_again"]

    code, told = said("src.verdict", asked, reader)  # everybody reads, and only the owner writes
    assert code == 0, told
    assert "INCONCLUSIVE" in told  # four seeds, and nothing was asked but outcomes
    assert "not stored with its sweep: the user 'reader' has no right to do this" in told
    resumed = f"sweep.resume={one.run_id}"
    for words in (again, [*again, resumed]):
        code, told = said("src.run", words, reader)
        assert code == 2
        assert "where the user 'reader' has no right to do this" in told

    server.grant("reader", "secret plans", "DENY")
    code, told = said("src.verdict", [f"tracking.uri={server.uri}"], reader)
    assert code == 0
    assert one.run_id[:8] not in told
    for module, words in (("src.verdict", asked), ("src.explain", asked), ("src.run", again)):
        code, told = said(module, words, reader)
        assert code == 2
        assert told.count("\n") == 1
        assert "where the user 'reader' has no right to do this" in told

    for user, words in (
        ("reader", "the user 'reader' is not known with this password"),
        ("", "a user's name and pass"),
    ):
        environment = {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": "not-the-password"}
        for module, asked_of in (("src.verdict", asked), ("src.run", again)):
            code, told = said(module, asked_of, environment)
            assert code == 2
            assert words in told
            assert "not-the-password" not in told
            assert told.count("\n") == 1


def test_a_password_is_seen_by_nobody(server):
    for entry in ("users.ini", "secret-key"):
        assert (server.folder / entry).stat().st_mode & 0o077 == 0
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert ADMIN not in commands
    assert (server.folder / "secret-key").read_text() not in commands
    assert "postgresql+psycopg2:" not in commands


def test_what_cannot_be_started_is_said_in_one_sentence(server, tmp_path):
    port, folder = f"port={free_port()}", f"folder={tmp_path}/other"
    wrong = [
        ([f"port={server.port}", folder], {}, f"port is {server.port}, which cannot be listened on"),
        ([port, f"folder={server.folder}"], {}, "serves from it; allowed: "),
        (["port=0"], {}, "port is '0'; allowed: 1 to 65535"),
        (["prot=5000"], {}, "the nearest valid choice is port"),
        ([port, folder], {"SEEDLUCK_DATABASE": "mysql://me:s3cret@nowhere/x"}, "allowed: postgresql://"),
        (
            [port, folder],
            {"SEEDLUCK_DATABASE": f"postgresql://me:s3cret@127.0.0.1:{free_port()}/x"},
            "lets us in there",
        ),
    ]
    for words, environment, sentence in wrong:
        code, said = call("src.server", *words, **environment)
        assert code == 2, said
        assert sentence in said
        assert "s3cret" not in said
        assert said.count("\n") == 1
