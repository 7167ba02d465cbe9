"""A sweep in MLflow: one parent run with the verdict, a child for each job; and how both are read again."""

import json
import os
import shutil
import tempfile
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
from mlflow.entities import DatasetInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import hidden
from seedluck.basics.strict_json import text
from seedluck.config.place import OUTCOME
from seedluck.tracking import inputs
from seedluck.tracking.connection import close_orphans, connect, control, experiment, files_of, no_store
from seedluck.tracking.description import Description
from seedluck.tracking.job_run import LONGEST_PARAM, LONGEST_TAG, allowed, named
from seedluck.tracking.pages import runs_below
from seedluck.tracking.reader import Child, Gone, child, newest_said, of_seed, whole_id

MOST_STORED = 1000  # runs of one configuration that are looked at
MOST_TOGETHER = 20  # jobs of several seeds that are looked at for what was trained before


class SweepRun:
    """The parent run, open from before the first job to the verdict.

    kind: the tag that tells such runs from others, and the name of the artifact that describes them. Raises Mistake
    where no store answers, or the run is of another kind.
    """

    kind = "sweep"
    reuses = True  # whether what is stored may stand for what would be trained

    def __init__(self, uri: str, run_id: str):
        self._client = connect(uri)
        self.uri, self._uri, self._fetched = hidden(uri), uri, None
        self._places = {}  # id of a run → where its files are
        self._curves = {}  # id of a run → its table of curves, or None
        self.unchecked = set()  # in words, what could not be checked of stored runs that were taken
        try:
            self.run_id = whole_id(self._client, run_id)
            self._run = self._client.get_run(self.run_id)
        except (MlflowException, OSError) as error:
            if getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise Mistake(
                    f"the {self.kind} is {run_id!r}, and the store at {self.uri} has no such run; allowed: the id of a "
                    f"{self.kind}'s parent run, or its beginning{newest_said(self._client)}."
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
                client.update_run(given, name=named(name))
            else:
                place = below.experiment if below else experiment(client, tracking)
                tags = {"mlflow.parentRunId": below.run_id} if below else {}
                given = client.create_run(place, run_name=named(name), tags=tags).info.run_id
        except (MlflowException, OSError) as error:
            raise no_store(tracking["uri"], error) from error
        return cls(tracking["uri"], given)

    @property
    def experiment(self) -> str:
        """The id of the experiment that it belongs to."""
        return self._run.info.experiment_id

    @property
    def place(self) -> str:
        """Where people find it: its address in the pages of a server, or its id and store."""
        if self._uri.startswith("http"):
            return f"{self.uri.rstrip('/')}/#/experiments/{self.experiment}/runs/{self.run_id}"
        return f"{self.run_id} in {self.uri}"

    @property
    def tags(self) -> dict:
        """The run's tags, as they are now."""
        return self._client.get_run(self.run_id).data.tags

    def reproduced(self, file: Path):
        """Store a script that shows the sweep's difference by itself."""
        self._client.log_artifact(self.run_id, str(file))
        self.tag({"reproduction": file.name})

    def reproduction(self) -> str | None:
        """Return the text of that script; None if there is none."""
        name = self.tags.get("reproduction")
        return self.artifact(self.run_id, name).read_text(encoding="utf-8") if name else None

    def changed(self, run: Child, script: str | None) -> list[str]:
        """Return in words what a run read and is otherwise now; script: as of seedluck.tracking.inputs.changed."""
        try:
            return inputs.changed(self._inputs(run), script) if run.read_inputs else []
        except Gone:
            return [f"{inputs.FILE} of a run is gone"]

    def _inputs(self, run):
        return inputs.read(self.artifact(run.run_id, inputs.FILE))

    def set_aside(self, run: Child, why: list[str]):
        """Let a finished run count no more, as what it read has changed. why: of :meth:`changed`."""
        self._client.set_tag(run.run_id, "status", "stale")
        self._client.set_tag(run.run_id, "reason", "; ".join(why)[:LONGEST_TAG])

    def fingerprinted(self, fingerprint: str, roles: tuple[str, ...] = (), script: str | None = None) -> Child | None:
        """Return the newest finished run of this experiment that trained this very job, whoever asked for it.

        roles: of which the run must have one; none: any will do. script: that would be trained now; a run that read
        what is otherwise now is none of this job's.
        """
        if not self.reuses:
            return None
        runs = self._client.search_runs(
            [self.experiment],
            f"tags.fingerprint = '{fingerprint}' and tags.status = 'finished'",
            max_results=50,
            order_by=["attributes.start_time DESC"],
        )
        candidates = [candidate for candidate in map(child, runs) if not roles or candidate.role in roles]
        return next((candidate for candidate in candidates if self._is_as_now(candidate, script)), None)

    def _is_as_now(self, run, script):
        """Whether a stored run may stand for one trained now; what of it cannot be checked is kept, to be said."""
        if self.changed(run, script):
            return False
        if run.read_inputs:
            self.unchecked.update(inputs.unchecked(self._inputs(run)))
        return True

    def outcomes_of(self, configuration: str, script: str | None = None) -> dict[int, Child]:
        """Return seed → the oldest finished run of this experiment that trained a configuration at it, for its outcome.

        configuration: Job.configuration. Runs of one seed each; at most MOST_STORED of them. script:
        as of :meth:`fingerprinted`.
        """
        asked = f"tags.configuration = '{configuration}' and tags.status = 'finished' and tags.role = '{OUTCOME}'"
        oldest = ["attributes.start_time ASC"]
        runs = self._client.search_runs([self.experiment], asked, max_results=MOST_STORED, order_by=oldest)
        found = {}
        for one in map(child, (run for run in runs if "," not in run.data.tags.get("seed", ""))):
            if one.seed not in found and self._is_as_now(one, script):
                found[one.seed] = one
        return found

    def trained_together(self, configuration: str) -> dict[str, Child]:
        """Return fingerprint → what became of it, of all seeds that finished jobs of several seeds trained.

        configuration: Job.configuration. Only the newest jobs are looked at.
        """
        if not self.reuses:
            return {}
        asked = f"tags.configuration = '{configuration}' and tags.status = 'finished' and tags.seed LIKE '%,%'"
        newest = ["attributes.start_time DESC"]
        runs = self._client.search_runs([self.experiment], asked, max_results=MOST_TOGETHER, order_by=newest)
        fresh = [run for run in reversed(runs) if self._is_as_now(child(run), None)]
        return {one.fingerprint: one for run in fresh for one in self._of_job(run)}

    def run(self, run_id: str) -> Child:
        """Return any run of this store; the beginning of its id will do."""
        return child(self._client.get_run(whole_id(self._client, run_id)))

    def curves(self, run: Child):
        """Return the table ``curves.parquet`` of a job that trained many seeds together; None of any other.

        Raises Gone if it cannot be had.
        """
        if not run.inside:
            return None
        if run.run_id not in self._curves:
            import pandas

            names = {file.path for file in self._client.list_artifacts(run.run_id)}
            has = "curves.parquet" in names
            path = self.artifact(run.run_id, "curves.parquet") if has else None
            self._curves[run.run_id] = pandas.read_parquet(path) if has else None
        return self._curves[run.run_id]

    def seed_of(self, run_id: str, seed: str = "") -> Child:
        """Return what any run of this store came to; of a run of several seeds, at the seed that is named.

        Raises Mistake if there is no such finished run, or it has no such seed.
        """
        try:
            run = self._client.get_run(whole_id(self._client, run_id))
        except MlflowException as error:
            raise Mistake(
                f"run is {run_id!r}, and the store has no such run; allowed: the id of a finished run, or its first "
                f"characters{newest_said(self._client)}."
            ) from error
        seeds = {str(one.seed): one for one in self._of_job(run) if one.status == "finished"}
        if "kind" in run.data.tags or not seeds or ((seed or len(seeds) > 1) and seed not in seeds):
            some = ", ".join([*seeds][:5]) or "none finished"
            raise Mistake(
                f"run is {run_id + (':' + seed if seed else '')!r}; allowed: a finished run of one seed, or RUN:SEED "
                f"of a run of several, whose seeds are {some}{' and more' if len(seeds) > 5 else ''}."
            )
        return seeds.get(seed) or next(iter(seeds.values()))

    def begin(self, known: dict, tags: dict):
        """Mark the run as under way and say what it is going to train. known: name → text, kept as parameters."""
        try:
            self._client.update_run(self.run_id, status="RUNNING")
        except (MlflowException, OSError) as error:
            raise no_store(self.uri, error) from error
        close_orphans(self._client, self._run.info.experiment_id)
        if "reason" in self._run.data.tags:
            self._client.delete_tag(self.run_id, "reason")
        self.tag({**tags, "kind": self.kind, "status": "running", "seedluck.control": control(os.getpid())})
        self._client.log_batch(self.run_id, params=[Param(name, text[:LONGEST_PARAM]) for name, text in known.items()])

    def describe(self, content: dict):
        """Store what the run is, as the JSON file that is named after its kind."""
        self._client.log_text(self.run_id, text(content), f"{self.kind}.json")

    def description(self) -> Description:
        """Return what the sweep is. Raises Mistake if the run is none of a sweep's."""
        if self._run.data.tags.get("kind") != self.kind:
            raise Mistake(
                f"the {self.kind} is {self.run_id!r}, which is a run of another kind; allowed: the id of a "
                f"{self.kind}'s parent run{newest_said(self._client)}."
            )
        return Description.read(json.loads(self.artifact(self.run_id, f"{self.kind}.json").read_text(encoding="utf-8")))

    def explanations(self) -> list[dict]:
        """Return the contents of explanation.json of all that explains the sweep; the cause is the first."""
        names = self._client.get_run(self.run_id).data.tags.get("explanations", "").split("|")
        return [
            json.loads(self.artifact(self.run_id, name).read_text(encoding="utf-8"))
            for name in sorted(filter(None, names))
        ]

    def children(self, description: Description | None = None) -> list[Child]:
        """Return what every job came to, a Child for each of its seeds, oldest first.

        An explanation is a child of the run too, and no job's. description: names in ``borrowed`` the runs that others
        trained and that stand in a place of this sweep.
        """
        borrowed = [self._borrowed(*borrowed) for borrowed in (description.borrowed if description else [])]
        below = runs_below(self._client, self._uri, self.experiment, self.run_id)
        self._places.update({run.info.run_id: run.info.artifact_uri for run in below})
        return borrowed + [of for run in below if "kind" not in run.data.tags for of in self._of_job(run)]

    def _of_job(self, run):
        """A Child for each seed of a job's run."""
        whole = child(run)
        if "," not in run.data.tags.get("seed", ""):
            return [whole]
        try:
            results = json.loads(self.artifact(whole.run_id, "results.json").read_text(encoding="utf-8"))
        except Gone:  # of a job that did not come to its end
            return [whole]
        return [of_seed(whole, result) for result in results]

    def _borrowed(self, place, run_id):
        return replace(self.run(run_id), **place._asdict())

    def artifact(self, run_id: str, path: str) -> Path:
        """Return a file or folder of any run, as a path on this machine. Raises Gone if it cannot be had."""
        try:
            if run_id not in self._places:
                self._places[run_id] = self._client.get_run(run_id).info.artifact_uri
            return Path(files_of(self._uri, self._places[run_id]).download_artifacts(path, self._scratch))
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
        entries = [Metric(allowed(name), float(value), now, 0) for name, value in values.items() if np.isfinite(value)]
        for i in range(0, len(entries), 1000):
            self._client.log_batch(self.run_id, metrics=entries[i : i + 1000])

    def files(self, folder: Path, place: str | None = None):
        """Store all files of a folder; place: a folder among the artifacts."""
        self._client.log_artifacts(self.run_id, str(folder), place)

    def rename(self, name: str):
        """Give the run another name."""
        self._client.update_run(self.run_id, name=named(name))

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
