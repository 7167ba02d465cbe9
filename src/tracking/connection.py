"""The way into an MLflow store: a client, the experiment, and what to say where there is none."""

import re
import socket
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from src.config.errors import NoStore
from src.config.passwords import hidden, opened

KIND, MODEL_TRAINING = "mlflow.experimentKind", "custom_model_development"  # what page an experiment opens on
FULL = re.compile(r"database or disk is full|disk full|No space left on device|DiskFull", re.I)
SQLITE = re.compile(r"sqlite:///([^?]+)")


def connect(uri: str, make: bool = False) -> MlflowClient:
    """Return a client of the store at an address; raises NoStore if none answers.

    make: whether a database that is not there is made, as for a first run.
    """
    file = SQLITE.match(uri)
    try:
        if "://" not in uri or uri.startswith("file:"):
            raise OSError("that is the address of no database or server")
        if file and Path(file[1]).is_dir():  # which SQLAlchemy would try to open for two minutes
            raise OSError("that is a folder")
        if not (make or there(uri)):
            raise OSError("there is no such file")
        client = MlflowClient(tracking_uri=opened(uri))
        client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, SQLAlchemy, a database's driver that is lacking, or the network
        raise no_store(uri, error) from error
    return client


def there(uri: str) -> bool:
    """Return whether a store may answer at the address; a database in a file that nobody has made yet does not."""
    file = SQLITE.match(uri)
    return not file or Path(file[1]).exists()


def no_store(uri: str, error: Exception) -> NoStore:
    """Return what to say where a store does not answer."""
    return NoStore(
        f"tracking.uri is {hidden(uri)!r}, and no MLflow store answers there ({short(error)}); allowed: sqlite:///FILE "
        "or the address of a running server; the nearest valid choice is tracking=local, which needs no server."
    )


def short(error: Exception) -> str:
    """Return what is wrong in a few words, without what HTTP and database libraries wrap around it, or a password."""
    text = hidden(" ".join(str(error).split()))
    if FULL.search(text):
        return "its disk is full"
    inner = re.findall(r"\[Errno \d+\] [\w ]+|\(sqlite3\.\w+\) [\w ]+", text)
    return inner[-1].strip() if inner else text[:200]


def experiment(client, tracking):
    """Return the experiment's id; made if it is not there, which another process may do at the same time."""
    known = client.get_experiment_by_name(tracking["experiment"])
    if known is None:
        place = tracking["artifacts"] and Path(tracking["artifacts"]).absolute().as_uri()
        try:
            return client.create_experiment(tracking["experiment"], place, tags={KIND: MODEL_TRAINING})
        except MlflowException:
            known = client.get_experiment_by_name(tracking["experiment"])
            if known is None:
                raise
    if KIND not in known.tags:  # of an experiment that somebody else made
        client.set_experiment_tag(known.experiment_id, KIND, MODEL_TRAINING)
    return known.experiment_id


def control(pid):
    """Names a control process beyond the reuse of its number: host, pid and, where the system tells, its start."""
    try:
        began = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        began = "gone" if Path("/proc/self/stat").exists() else "?"
    return f"{socket.gethostname()} {pid} {began}"


def close_orphans(client, experiment):
    """Mark as killed what still counts as running although its control process on this host is gone."""
    here = socket.gethostname()
    for run in client.search_runs(
        [experiment], f"attributes.status = 'RUNNING' and tags.`seedluck.control` LIKE '{here} %'"
    ):
        known = run.data.tags["seedluck.control"]
        if known != control(int(known.split()[1])):
            client.set_tag(run.info.run_id, "status", "killed")
            client.set_tag(run.info.run_id, "reason", "the command that started it ended without a word")
            client.set_terminated(run.info.run_id, "KILLED")
