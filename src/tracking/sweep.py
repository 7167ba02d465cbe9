"""A sweep in MLflow: one parent run with the verdict, a child for each job; and how both are read again."""

import gc
import json
import os
import re
import shutil
import tempfile
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlflow.entities import DatasetInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from src.mistakes import Mistake
from src.strict_json import text
from src.tracking.address import hidden
from src.tracking.record import LONGEST_PARAM, LONGEST_TAG, close_orphans, connect, control, experiment, no_store, there

SWEEPS = "tags.kind = 'sweep'"
SHORT = 8  # characters of a run's id


class Gone(Mistake):
    """A run is in the store, a file of it is not."""


@dataclass
class Child:
    """A job's run as its record has it. outcome: NaN where it was not finite or not reached."""

    run_id: str
    role: str
    side: str
    seed: int
    copy: int
    status: str
    outcome: float
    converged: bool
    diverged: bool
    invariants: dict  # name → held
    audits: dict  # name → (True, False or None, sentence)
    draws: bool  # whether a layer draws random numbers while it trains, as far as could be told
    params: dict
    seconds: dict
    folder: str
    fingerprint: str

    @property
    def place(self) -> tuple:
        """What tells its job from every other of the sweep."""
        return self.role, self.side, self.seed, self.copy


class SweepRun:
    """The parent run, open from before the first job to the verdict.

    kind: the tag that tells such runs from others, and the name of the artifact that describes them. Raises Mistake
    where no store answers, or the run is of another kind.
    """

    kind = "sweep"

    def __init__(self, uri: str, run_id: str):
        self._client = connect(uri)
        self.uri, self._fetched = hidden(uri), None
        try:
            self.run_id = whole_id(self._client, run_id)
            self._run = self._client.get_run(self.run_id)
        except (MlflowException, OSError) as error:
            if getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise Mistake(
                    f"the {self.kind} is {run_id!r}, and the store at {self.uri} has no such run; allowed: the id of a "
                    f"{self.kind}'s parent run, or its beginning{_newest(self._client)}."
                ) from error
            raise no_store(uri, error) from error

    @classmethod
    def create(cls, config: dict, name: str, given: str | None = None, below: "SweepRun | None" = None) -> "SweepRun":
        """Open a new parent, or fill the run that is given (under ``mlflow run``).

        below: a run of this kind of which the new one becomes a child.
        """
        tracking = config["tracking"]
        client = connect(tracking["uri"], make=True)
        try:
            if given:
                client.update_run(given, name=name)
            else:
                place = below.experiment if below else experiment(client, tracking)
                tags = {"mlflow.parentRunId": below.run_id} if below else {}
                given = client.create_run(place, run_name=name, tags=tags).info.run_id
        except (MlflowException, OSError) as error:
            raise no_store(tracking["uri"], error) from error
        return cls(tracking["uri"], given)

    @property
    def experiment(self) -> str:
        """The id of the experiment that it belongs to."""
        return self._run.info.experiment_id

    def fingerprinted(self, fingerprint: str, roles: tuple[str, ...] = ()) -> Child | None:
        """The newest finished run of this experiment that trained this very job, whoever asked for it.

        roles: of which the run must have one; none: any will do.
        """
        found = self._client.search_runs(
            [self.experiment],
            f"tags.fingerprint = '{fingerprint}' and tags.status = 'finished'",
            max_results=50,
            order_by=["attributes.start_time DESC"],
        )
        return next((one for one in map(child, found) if not roles or one.role in roles), None)

    def run(self, run_id: str) -> Child:
        """Any run of this store; the beginning of its id will do."""
        return child(self._client.get_run(whole_id(self._client, run_id)))

    def begin(self, description: dict, tags: dict):
        """Mark the run as under way and say what it is going to train."""
        close_orphans(self._client, self._run.info.experiment_id)
        self._client.update_run(self.run_id, status="RUNNING")
        if "reason" in self._run.data.tags:
            self._client.delete_tag(self.run_id, "reason")
        self.tag({**tags, "kind": self.kind, "status": "running", "seedluck.control": control(os.getpid())})
        known = {key: description[key] for key in ("scenario", "metric")}
        known.update(factors=", ".join(description["factors"]))
        known.update(sides=" | ".join(side["short"] for side in description["sides"]))
        self._client.log_batch(self.run_id, params=[Param(name, text[:LONGEST_PARAM]) for name, text in known.items()])
        self.describe(description)

    def describe(self, description: dict):
        """Store what the sweep is."""
        self._client.log_text(self.run_id, text(description), f"{self.kind}.json")

    def description(self) -> dict:
        """What the sweep is. Raises Mistake where the run is none of a sweep's."""
        if self._run.data.tags.get("kind") != self.kind:
            raise Mistake(
                f"the {self.kind} is {self.run_id!r}, which is a run of another kind; allowed: the id of a "
                f"{self.kind}'s parent run{_newest(self._client)}."
            )
        return json.loads(self.artifact(self.run_id, f"{self.kind}.json").read_text())

    def explanations(self) -> list[dict]:
        """What explained the sweep's difference, contents of explanation.json; the cause first, then what was asked
        along an order."""
        names = self._client.get_run(self.run_id).data.tags.get("explanations", "").split("|")
        return [json.loads(self.artifact(self.run_id, name).read_text()) for name in sorted(filter(None, names))]

    def children(self, description: dict | None = None) -> list[Child]:
        """Every job's run, oldest first; an explanation is a child too, and no job's.

        description: names in ``borrowed`` the runs that others trained and that stand in a place of this sweep.
        """
        found, token = [self._borrowed(*one) for one in (description or {}).get("borrowed", [])], None
        with _uncollected():
            while True:
                page = self._client.search_runs(
                    [self._run.info.experiment_id],
                    f"tags.`mlflow.parentRunId` = '{self.run_id}'",
                    max_results=1000,
                    order_by=["attributes.start_time ASC"],
                    page_token=token,
                )
                found += [child(run) for run in page if "kind" not in run.data.tags]
                token = page.token
                if not token:
                    return found

    def _borrowed(self, role, side, seed, copy, run_id):
        return replace(self.run(run_id), role=role, side=side, seed=seed, copy=copy)

    def artifact(self, run_id: str, path: str) -> Path:
        """A file or folder of any run, as a path on this machine. Raises Gone where it cannot be had."""
        try:
            return Path(self._client.download_artifacts(run_id, path, self._scratch))
        except (MlflowException, OSError) as error:
            self._client.get_run(run_id)  # raises where it is the store that is gone
            raise Gone(
                f"{path!r} of run {run_id} is not among its artifacts any more, though the store at {self.uri} knows "
                f"the run; allowed: runs whose artifacts are kept; the nearest valid choice is to put the folder back."
            ) from error

    def tag(self, tags: dict):
        """Set tags; None leaves one out."""
        entries = [RunTag(name, str(value)[:LONGEST_TAG]) for name, value in tags.items() if value is not None]
        for i in range(0, len(entries), 100):
            self._client.log_batch(self.run_id, tags=entries[i : i + 100])

    def metrics(self, values: dict):
        """Set metrics that are finite numbers."""
        now = int(np.datetime64("now", "ms").astype(int))
        entries = [Metric(name, float(value), now, 0) for name, value in values.items() if np.isfinite(value)]
        for i in range(0, len(entries), 1000):
            self._client.log_batch(self.run_id, metrics=entries[i : i + 1000])

    def files(self, folder: Path, place: str | None = None):
        """Store all files of a folder; place: a folder among the artifacts."""
        self._client.log_artifacts(self.run_id, str(folder), place)

    def rename(self, name: str):
        """Give the run another name."""
        self._client.update_run(self.run_id, name=name)

    def data_of(self, run_id: str):
        """Show the data set of another run, one of its jobs, as this run's own."""
        inputs = self._client.get_run(run_id).inputs.dataset_inputs
        if inputs and not self._client.get_run(self.run_id).inputs.dataset_inputs:
            self._client.log_inputs(self.run_id, [DatasetInput(inputs[0].dataset)])

    def table(self, columns: dict, name: str):
        """Store a table, name → list, as one that the UI shows."""
        self._client.log_table(self.run_id, columns, name)

    def finish(self, status: str):
        """Close the run: FINISHED, FAILED or KILLED."""
        self.tag({"status": status.lower()})
        self._client.set_terminated(self.run_id, status)

    @property
    def _scratch(self):
        if self._fetched is None:
            self._fetched = tempfile.mkdtemp()
            self._remove = weakref.finalize(self, shutil.rmtree, self._fetched, ignore_errors=True)
        return tempfile.mkdtemp(dir=self._fetched)

    def close(self):
        """Remove what was fetched; where nobody calls this, it is done once nothing refers to the run any more."""
        if self._fetched is not None:
            self._remove()
            self._fetched = None


class ExplanationRun(SweepRun):
    """The parent run of all that is trained to explain a difference."""

    kind = "explanation"


def whole_id(client, beginning: str) -> str:
    """The id of the one run that begins so; the text itself where there is none. Raises Mistake for several."""
    if len(beginning) >= 32 or not re.fullmatch(r"[0-9a-f]{4,}", beginning):
        return beginning
    every = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(every, f"attributes.run_id LIKE '{beginning}%'", max_results=3)
    if len(found) > 1:
        raise Mistake(
            f"{beginning!r} begins the ids of several runs; allowed: more of it; the nearest valid choice is "
            f"{found[0].info.run_id}."
        )
    return found[0].info.run_id if found else beginning


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


def newest_sweep(tracking: dict, plan: str, finished: bool = True) -> str | None:
    """The run of the newest sweep of this plan that is finished, or else that broke off; None where there is none.

    tracking: of a configuration.
    """
    if not there(tracking["uri"]):
        return None
    client = connect(tracking["uri"])
    try:
        place = client.get_experiment_by_name(tracking["experiment"])
        asked = f"{SWEEPS} and tags.plan = '{plan}' and attributes.status "
        asked += "= 'FINISHED'" if finished else "!= 'FINISHED' and attributes.status != 'RUNNING'"
        if place and not finished:
            close_orphans(client, place.experiment_id)
        runs = place and client.search_runs(
            [place.experiment_id], asked, max_results=1, order_by=["attributes.start_time DESC"]
        )
    except (MlflowException, OSError) as error:
        raise no_store(tracking["uri"], error) from error
    return runs[0].info.run_id if runs else None


@dataclass
class Listed:
    """A sweep in a list: what it asked and what came of it. began: seconds since the epoch. seeds: None if unknown."""

    run_id: str
    question: str
    verdict: str  # or the run's status, where it has none
    sentence: str
    cause: str
    began: float
    seeds: str | None

    @property
    def short(self) -> str:
        """As much of the run's id as every command takes."""
        return self.run_id[:SHORT]


def newest_sweeps(uri: str, last: int, scenario: str | None = None, verdict: str | None = None) -> list[Listed]:
    """The last so many sweeps, newest first; of one scenario and with one verdict among theirs, where these are given.

    Raises NoStore where no store answers.
    """
    client = connect(uri)
    asked = SWEEPS + (f" and tags.scenario = '{scenario}'" if scenario else "")
    asked += f" and tags.verdict LIKE '%{verdict}%'" if verdict else ""
    try:
        experiments = [one.experiment_id for one in client.search_experiments()]
        runs = client.search_runs(experiments, asked, max_results=last, order_by=["attributes.start_time DESC"])
    except (MlflowException, OSError) as error:
        raise no_store(uri, error) from error
    return [
        Listed(
            run_id=run.info.run_id,
            question=tags.get("experiment") or tags.get("question") or run.info.run_name,
            verdict=tags.get("verdict", tags["status"]),
            sentence=tags.get("sentence", ""),
            cause=tags.get("cause_sentence", ""),
            began=run.info.start_time / 1000,
            seeds=tags.get("seeds"),
        )
        for run in runs
        for tags in [run.data.tags]
    ]


def seconds_before(config: dict) -> float | None:
    """Median seconds that finished runs like this one took in a worker; None where the store has none."""
    if not there(config["tracking"]["uri"]):
        return None
    client = connect(config["tracking"]["uri"])
    wanted = {"scenario": config["scenario"]["name"]}
    wanted.update(framework=config["framework"]["name"], runtime=config["runtime"]["name"])
    try:
        found = client.get_experiment_by_name(config["tracking"]["experiment"])
        if found is None:
            return None
        asked = " and ".join(f"tags.{name} = '{value}'" for name, value in wanted.items())
        asked += f" and params.`scenario.epochs` = '{config['scenario']['epochs']}' and attributes.status = 'FINISHED'"
        runs = client.search_runs([found.experiment_id], asked, max_results=50)
    except (MlflowException, OSError) as error:
        raise no_store(config["tracking"]["uri"], error) from error
    spent = [run.data.metrics for run in runs if "seconds/training" in run.data.metrics]
    return float(np.median([one["seconds/training"] + one["seconds/setup"] for one in spent])) if spent else None


def child(run) -> Child:
    """A job's run as MLflow gives it."""
    tags, metrics = run.data.tags, run.data.metrics
    diverged = tags.get("diverged") == "True"
    words = {"ok": True, "wrong": False, "unknown": None}
    audits = {
        name.removeprefix("audit."): (words[value.partition(": ")[0]], value.partition(": ")[2])
        for name, value in tags.items()
        if name.startswith("audit.")
    }
    return Child(
        run_id=run.info.run_id,
        role=tags.get("role", "outcome"),
        side=tags.get("side", "all"),
        seed=int(tags.get("seed", 0)),
        copy=int(tags.get("copy", 0)),
        status=tags.get("status", run.info.status.lower()),
        outcome=float("nan") if diverged else metrics.get("outcome", float("nan")),
        converged=tags.get("converged") == "True",
        diverged=diverged,
        invariants={n.removeprefix("invariant."): v == "holds" for n, v in tags.items() if n.startswith("invariant.")},
        audits=audits,
        draws=tags.get("draws") != "False",
        params=run.data.params,
        seconds={name.removeprefix("seconds/"): v for name, v in metrics.items() if name.startswith("seconds/")},
        folder=tags.get("folder", ""),
        fingerprint=tags.get("fingerprint", ""),
    )


def _newest(client):
    try:
        experiments = [one.experiment_id for one in client.search_experiments()]
        runs = client.search_runs(experiments, SWEEPS, max_results=1, order_by=["attributes.start_time DESC"])
    except (MlflowException, OSError):
        return ""
    return f"; the nearest valid choice is {runs[0].info.run_id}, the newest" if runs else "; it holds none yet"
