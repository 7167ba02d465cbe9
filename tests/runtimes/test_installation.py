"""A runtime is installed once, whole or not at all, and is what its lock says."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from seedluck.basics.errors import Mistake
from seedluck.basics.project import PROJECT
from seedluck.config import locks
from seedluck.runtimes import installation, interpreters
from tests.conftest import call


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A runtime of one small package, in a project folder of the test's own."""
    lock = (PROJECT / "runtimes" / "tf2_15.lock").read_text()
    (tmp_path / "tiny.lock").write_text(re.search(r"^six==.*?(?=^\w)", lock, re.M | re.S)[0])
    monkeypatch.setattr(installation, "RUNTIMES", tmp_path / ".runtimes")
    monkeypatch.setattr(locks, "PROJECT", tmp_path)
    return {
        "name": "tiny", "python": locks.OWN_PYTHON, "lock": "tiny.lock", "backend": "tensorflow",
        "packages": {"keras": "six"},
        "features": [],
    }  # fmt: skip


def version(interpreter):
    asked = [interpreter, "-c", "import six; print(six.__version__)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def test_it_is_installed_on_first_use_and_not_again(tiny, capfd):
    assert installation.installed(tiny) is None
    interpreter = installation.ensure(tiny)
    assert version(interpreter) == installation.locked(tiny)["six"]
    assert installation.installed(tiny)["bytes"] > 0
    assert "installing runtime tiny: 1 packages" in capfd.readouterr().err
    assert installation.ensure(tiny) == interpreter
    assert capfd.readouterr().err == ""


def test_what_was_cut_off_is_begun_again(tiny):
    (installation.folder(tiny) / "bin").mkdir(parents=True)
    (installation.folder(tiny) / "bin" / "python").write_text("half of an installation")
    assert version(installation.ensure(tiny)) == installation.locked(tiny)["six"]


def test_a_lock_whose_hashes_do_not_match_is_no_runtime(tiny, tmp_path):
    text = (tmp_path / "tiny.lock").read_text()
    (tmp_path / "tiny.lock").write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", text))
    with pytest.raises(installation.Broken, match="tiny could not be installed"):
        installation.ensure(tiny)
    assert installation.installed(tiny) is None


def test_a_runtime_that_does_not_import_what_it_offers_is_no_runtime(tiny):
    with pytest.raises(installation.Broken, match="cannot import keras"):
        installation.ensure({**tiny, "packages": {"keras": "keras"}})
    assert installation.installed(tiny) is None


def test_two_at_once_install_it_once(tiny, capfd):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(installation.ensure, [tiny, tiny])
    assert first == second
    assert capfd.readouterr().err.count("installing runtime") == 1


def test_another_lock_is_another_environment(tiny, tmp_path):
    before = installation.folder(tiny)
    (tmp_path / "tiny.lock").write_text((tmp_path / "tiny.lock").read_text() + "\n# changed\n")
    assert installation.folder(tiny) != before


def test_a_version_that_is_nowhere_is_answered_with_what_to_install(capfd):
    for fetch in (False, True):
        with pytest.raises(Mistake, match=r"Python 3\.99 is not on this machine.*pyenv install 3\.99"):
            interpreters.python("3.99", fetch)
    assert capfd.readouterr().err == "Python 3.99 is not on this machine; uv is asked for it\n"


def test_uv_is_asked_for_a_version_that_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(interpreters, "_candidates", lambda version: [])
    fake = tmp_path / "uv"
    fake.write_text(f'#!/bin/sh\n[ "$2" = find ] && echo {sys.executable}; exit 0\n')
    fake.chmod(0o755)
    monkeypatch.setattr(interpreters, "uv", lambda: str(fake))
    assert interpreters.python(locks.OWN_PYTHON, fetch=True) == sys.executable


def test_an_explicit_setting_is_taken_or_refused(monkeypatch):
    monkeypatch.setenv(f"SEEDLUCK_PYTHON_{locks.OWN_PYTHON.replace('.', '_')}", sys.executable)
    assert interpreters.python(locks.OWN_PYTHON) == sys.executable
    monkeypatch.setenv("SEEDLUCK_PYTHON_3_7", sys.executable)
    with pytest.raises(Mistake, match=r"SEEDLUCK_PYTHON_3_7 is .*allowed"):
        interpreters.python("3.7")


def test_the_list_shows_every_runtime():
    done = call(module="src.runtimes")
    assert done.returncode == 0, done.stderr
    for path in (PROJECT / "conf" / "runtime").glob("*.yaml"):
        assert any(line.startswith(path.stem + " ") for line in done.stdout.splitlines())
    assert "tensorflow 1.13.1, keras 2.2.4" in done.stdout


def test_an_unknown_runtime_is_refused_with_the_nearest():
    done = call("install", "tf1_3", module="src.runtimes")
    assert done.returncode == 2
    assert "'tf1_3'" in done.stderr
    assert "the nearest valid choice is tf1_13" in done.stderr
