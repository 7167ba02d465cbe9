"""Reading all runs below a parent, of which a sweep may have thousands.

A database is read by MLflow's client. A server takes seconds to write a page of a thousand runs as JSON, and the client
as long to turn it into messages and those into objects. So a server is asked for several small pages at a time, by its
REST API, and the JSON is taken as it is.
"""

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request, verify_rest_response

from seedluck.basics.passwords import opened

SEARCH = "/api/2.0/mlflow/runs/search"
MOST = 1000  # runs in a page of a database
FEW = 100  # runs in the first page of a server; where there are more, the rest is asked for in parts
PARTS = "0123456789abcdef"  # a run's id is drawn, so that as many begin with one of these as with any other
KINDS = ("tags", "params", "metrics")
AT_ONCE = 4  # parts that a server is asked for at the same time


def runs_below(client: MlflowClient, uri: str, experiment: str, parent: str) -> list:
    """Return the runs whose parent a run is, oldest first, as far as seedluck.tracking.reader.child reads them.

    Raises what MLflow's client raises.
    """
    below = f"tags.`mlflow.parentRunId` = '{parent}'"
    with _uncollected():
        found = _of_server(uri, experiment, below) if uri.startswith("http") else _of(client, experiment, below)
        return sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))


def _of(client, experiment, below):
    found, token = [], None
    while True:
        page = client.search_runs([experiment], below, max_results=MOST, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _of_server(uri, experiment, below):
    credentials = get_default_host_creds(opened(uri))

    def page(words, most, token=None):
        asked = {"experiment_ids": [experiment], "filter": words, "max_results": most}
        asked.update({"page_token": token} if token else {})
        answer = verify_rest_response(http_request(credentials, SEARCH, "POST", json=asked), SEARCH).json()
        return answer.get("runs", []), answer.get("next_page_token")

    def part(beginning):
        found, token = page(f"{below} and attributes.run_id LIKE '{beginning}%'", MOST)
        while token:
            more, token = page(f"{below} and attributes.run_id LIKE '{beginning}%'", MOST, token)
            found += more
        return found

    found, more = page(below, FEW)
    if more:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = [run for runs in threads.map(part, PARTS) for run in runs]
    return [_run(told) for told in found]


def _run(told):
    """A run as MLflow's client would give it, of the JSON that its server tells."""
    info = SimpleNamespace(**{key: told["info"].get(key) for key in ("run_id", "status", "start_time", "artifact_uri")})
    data = {kind: {entry["key"]: entry.get("value", "") for entry in told["data"].get(kind, [])} for kind in KINDS}
    data["metrics"] = {name: float(value) for name, value in data["metrics"].items()}
    return SimpleNamespace(info=info, data=SimpleNamespace(**data))


@contextmanager
def _uncollected():
    """Without garbage collection, which looks at everything again and again while a page becomes objects by the
    hundred thousand: two thirds of the time of reading 2000 runs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
