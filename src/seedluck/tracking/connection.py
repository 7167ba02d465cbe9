"""The way into an MLflow store: a client, the experiment, and what to say where there is none."""

import contextlib
import os
import re
import socket
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking import MlflowClient

from seedluck.basics.alone import alone, is_held
from seedluck.basics.errors import NoStore
from seedluck.basics.passwords import hidden, opened

KIND, MODEL_TRAINING = "mlflow.experimentKind", "custom_model_development"  # what page an experiment opens on
FULL = re.compile(r"database or disk is full|disk full|No space left on device|DiskFull", re.I)
_ANSWERED = set()  # addresses of servers
SQLITE = re.compile(r"sqlite:///([^?]+)")
QUOTE = "'"


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
        with _made_by_one(file):
            client = MlflowClient(tracking_uri=opened(uri))
            client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, SQLAlchemy, a database's driver that is lacking, or the network
        raise no_store(uri, error) from error
    return client


@contextlib.contextmanager
def _made_by_one(file):
    """Where a database in a file is not there yet, or is being made: one process makes its tables, others wait.

    file: the match of SQLITE, or None.
    """
    lock = file and Path(f"{file[1]}.lock")
    if not lock or not os.access(lock.parent, os.W_OK) or (Path(file[1]).exists() and not is_held(lock)):
        yield
        return
    with alone(lock, f"makes the tables of {file[1]}"):
        yield


def connect_again(uri: str) -> MlflowClient:
    """Return a client of a store that is to be written to; a server that answered this process before is not asked."""
    if uri.startswith("http") and uri in _ANSWERED:
        return MlflowClient(tracking_uri=opened(uri))
    client = connect(uri, make=True)
    _ANSWERED.add(uri)
    return client


def files_of(uri: str, place: str) -> ArtifactRepository:
    """Return where the files of a run are. uri: of the store. place: the run's artifact_uri.

    MLflow's own calls ask the store anew for this place, several times for each file.
    """
    return get_artifact_repository(place, tracking_uri=opened(uri))


def there(uri: str) -> bool:
    """Return whether a store may answer at the address; a database in a file that nobody has made yet does not."""
    file = SQLITE.match(uri)
    return not file or Path(file[1]).exists()


def is_text(field: str, text: str) -> str:
    """Return the part of a search by which a field is a text, whatever quotes that holds."""
    return f"{field} LIKE '{text.replace(QUOTE, '_')}'" if QUOTE in text else f"{field} = '{text}'"


def no_store(uri: str, error: Exception) -> NoStore:
    """Return what to say where a store does not answer, or does not let the user do this."""
    if refused := refusal(error):
        mine = "an experiment of the user's own, or one that the user may edit"
        known = "a user of that server, by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        allowed, close = (mine, "another tracking.experiment") if _forbidden(error) else (known, "to set both")
        return NoStore(
            f"tracking.uri is {hidden(uri)!r}, where {refused}; allowed: {allowed}; the nearest valid choice is "
            f"{close}."
        )
    return NoStore(
        f"tracking.uri is {hidden(uri)!r}, and no MLflow store answers there ({short(error)}); allowed: sqlite:///FILE "
        "or the address of a running server; the nearest valid choice is tracking=local, which needs no server."
    )


def refusal(error: Exception) -> str | None:
    """Return in a few words that a server with users does not let this one do it; None where that is not the error."""
    user = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if _forbidden(error):
        return f"the user {user!r} has no right to do this" if user else "the user has no right to do this"
    if _status(error) == 401:
        return f"the user {user!r} is not known with this password" if user else "a user's name and password are needed"
    return None


def _forbidden(error):
    return _status(error) == 403


def _status(error):
    """The HTTP status that MLflow's client or its transfer of files was answered with; None for other errors."""
    if isinstance(error, MlflowException):
        return error.get_http_status_code()
    return getattr(getattr(error, "response", None), "status_code", None)


def short(error: Exception) -> str:
    """Return what is wrong in a few words, without what HTTP and database libraries wrap around it, or a password."""
    if refused := refusal(error):
        return refused
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
        began = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
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
