"""One run in MLflow, made from what its job says and leaves in its folder.

The folder is complete in itself. So a tracking server that goes away does not stop a training: the run is offered
again at the end, and if that fails too, ``python -m src.deliver FOLDER`` sends it whenever the server is back.
"""

import functools
import hashlib
import json
import os
import re
import time
from pathlib import Path

from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from seedluck.config import NO_FACTORS, leaves
from seedluck.tracking import inputs
from seedluck.tracking.connection import (
    close_orphans,
    connect,
    connect_again,
    control,
    experiment,
    files_of,
    no_store,
    short,
)
from seedluck.tracking.events import number

LONGEST_NAME = 250  # characters, of a run or a key
METRICS_A_BATCH, PARAMS_A_BATCH, TAGS_A_BATCH = 1000, 100, 100  # MLflow's own bounds
LONGEST_PARAM, LONGEST_TAG = 6000, 5000  # characters; MLflow cuts tags at 8000
SECONDS_BETWEEN_BATCHES = 5.0
LONGEST_NUMBERS = 1000  # characters, of the numbers that go by a metric's name
MOST_EPOCHS = 1000  # of a curve; a chart of MLflow's shows fewer still, and events.jsonl has every one
STATUS = {"finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}


class Record:
    """Writes one run; ``lost`` tells why the store no longer takes it, None while it does.

    ``seconds`` counts what is sent. Opening the store is not in it: that happens while the worker imports its
    framework, and waits for nothing.

    config: the resolved configuration. folder: the job's. run_id: a run that exists and is to be filled, as under
    ``mlflow run``; None creates one. Raises Mistake if no store answers.
    """

    def __init__(self, config: dict, folder: Path, name: str, tags: dict, run_id: str | None = None):
        self.seconds, self.lost = 0.0, None
        self._config, self._folder = config, folder
        self._one_seed = "," not in str(tags.get("seed", ""))
        self._metrics, self._params, self._tags, self._told, self._next_batch = [], [], [], set(), 0.0
        tags = {**tags, "seedluck.control": control(os.getpid())}
        try:
            self._client = connect_again(config["tracking"]["uri"])
            if run_id is None:
                place = self._place(tags.get("mlflow.parentRunId"))
                short = {allowed(key): str(value)[:LONGEST_TAG] for key, value in tags.items()}
                run = self._client.create_run(place, run_name=named(name), tags=short)
            else:
                self._client.update_run(run_id, name=named(name), status="RUNNING")
                self._tag(tags)
                run = self._client.get_run(run_id)
            self._files = files_of(config["tracking"]["uri"], run.info.artifact_uri)
        except (MlflowException, OSError) as error:
            raise no_store(config["tracking"]["uri"], error) from error
        self.run_id = run.info.run_id
        self._param(leaves({key: value for key, value in config.items() if key not in NO_FACTORS}))
        self._next_batch = time.monotonic() + SECONDS_BETWEEN_BATCHES  # a short job's is one batch

    def _place(self, parent):
        """The id of the experiment that the run belongs to: that of its parent, if it has one."""
        if parent:
            return _experiment_of(self._config["tracking"]["uri"], parent)
        place = experiment(self._client, self._config["tracking"])
        close_orphans(self._client, place)
        return place

    def take(self, event: dict):
        """Record what the job said."""
        kind = event["event"]
        if kind == "metrics" and self._one_seed:  # of several, events.jsonl has the curves
            epoch, epochs = event["epoch"], self._config["scenario"]["epochs"] or 1
            if epoch % -(-epochs // MOST_EPOCHS) and epoch != epochs:
                return
            values = {name: number(value) for name, value in event["metrics"].items()}
            values.update({f"gap/{name}": number(value) for name, value in event["gaps"].items()})
            self._metrics += [
                Metric(allowed(name), value, int(event["time"] * 1000), event["epoch"])
                for name, value in values.items()
            ]
        elif kind == "quantiles":
            self._metrics += [
                Metric(
                    allowed(f"{name}/q{100 * share:02.0f}"), number(value), int(event["time"] * 1000), event["epoch"]
                )
                for name, values in event["values"].items()
                for share, value in zip(event["of"], values, strict=True)
            ]
        elif kind == "environment":
            machine = event.get("machine", {})
            self._tag(
                {
                    **{f"version.{name}": version for name, version in event["versions"].items()},
                    **{f"machine.{name}": value for name, value in machine.items()},
                }
            )
            self._param(leaves(machine, "resolved.machine."))
        elif kind == "resolved":
            self._param(leaves(event["settings"], "resolved."))
        elif kind == "data":
            self._dataset(event["inputs"])
        if len(self._metrics) >= METRICS_A_BATCH or time.monotonic() >= self._next_batch:
            self._flush()

    def finish(self, result: dict, note: str):
        """Store what the run is judged by and all files of its folder, and close it."""
        final = {
            "converged": result["converged"],
            "diverged": result["diverged"],
            "outcome": result["outcome"],
        }
        final.update({f"seconds/{phase}": seconds for phase, seconds in result["seconds"].items()})
        epochs = result["epochs"]
        self._metrics += [
            Metric(name, float(value), int(result["ended"] * 1000), epochs)
            for name, value in final.items()
            if value is not None
        ]
        self._tag(
            {
                "status": result["status"],
                "converged": result["converged"],
                "diverged": result["diverged"],
                "mlflow.note.content": note,
                "ended_by": result["ended_by"],
                "draws": result["audits"].get("dropout", {}).get("draws"),  # or None: not known
                "not_held": ",".join(result["audits"].get("dropout", {}).get("not_held", [])),
                "start": ",".join(result["start"]),
                "numbers": as_tag(result["numbers"]),
                "ended": result["final"],
                "draws_nothing": result["draws_nothing"],
                "generators": ",".join(f"{name}={digest}" for name, digest in sorted(result["generators"].items())),
                **{f"audit.{name}": _audited(told) for name, told in result["audits"].items()},
                **{f"invariant.{name}": _holds(told) for name, told in result["invariants"].items()},
                **({"reason": result["reason"]} if result["reason"] else {}),
                **({"workdir": result["workdir"]} if result["workdir"] else {}),
                **({"wrote": "\n".join(result["wrote_elsewhere"])} if result["wrote_elsewhere"] else {}),
                **({"inputs": inputs.FILE} if (self._folder / inputs.FILE).exists() else {}),
            }
        )
        self._flush()
        self._try(lambda: self._files.log_artifacts(str(self._folder)))
        self._try(lambda: self._client.set_terminated(self.run_id, STATUS[result["status"]]))

    def outlive(self):
        """Let the run stay as running when this process ends, since its job goes on."""
        self._tag({"seedluck.control": "none"})
        self._flush()

    def abandon(self, reason: str):
        """Close a run whose job could not be handed over."""
        self._tag({"status": "failed", "reason": reason})
        self._flush()
        self._try(lambda: self._client.set_terminated(self.run_id, STATUS["failed"]))

    def _param(self, values):
        for name, value in values.items():
            if (key := allowed(name)) not in self._told:  # which every seed of a job tells, and MLflow takes once
                self._told.add(key)
                self._params.append(Param(key, str(value)[:LONGEST_PARAM]))

    def _tag(self, values):
        self._tags += [RunTag(allowed(name), str(value)[:LONGEST_TAG]) for name, value in values.items()]

    def _flush(self):
        """Send what waits, in as few calls as MLflow takes."""
        self._next_batch = time.monotonic() + SECONDS_BETWEEN_BATCHES
        while self._metrics or self._params or self._tags:
            params, self._params = self._params[:PARAMS_A_BATCH], self._params[PARAMS_A_BATCH:]
            tags, self._tags = self._tags[:TAGS_A_BATCH], self._tags[TAGS_A_BATCH:]
            room = METRICS_A_BATCH - len(params) - len(tags)  # the bound is on all of them together
            metrics, self._metrics = self._metrics[:room], self._metrics[room:]
            self._try(lambda a=metrics, b=params, c=tags: self._client.log_batch(self.run_id, a, b, c))

    def _dataset(self, arrays):
        digest = hashlib.sha256("".join(array["sha256"] for array in arrays.values()).encode()).hexdigest()
        tensors = [
            {
                "name": name,
                "type": "tensor",
                "tensor-spec": {"dtype": a["dtype"], "shape": [-1, *a["shape"][1:]]},
            }
            for name, a in arrays.items()
        ]
        dataset = Dataset(
            name=self._config["scenario"]["name"],
            digest=digest[:32],  # MLflow takes 36 characters
            source_type="code",
            source=json.dumps({"scenario": self._config["scenario"]["_target_"]}),
            schema=json.dumps({"mlflow_tensorspec": {"features": json.dumps(tensors), "targets": None}}),
            profile=json.dumps({name: a["shape"] for name, a in arrays.items()}),
        )
        self._try(lambda: self._client.log_inputs(self.run_id, [DatasetInput(dataset)]))

    def _try(self, send):
        if self.lost:
            return
        since = time.perf_counter()
        try:
            send()
        except (MlflowException, OSError) as error:
            self.lost = short(error)
        self.seconds += time.perf_counter() - since


@functools.lru_cache(maxsize=8)
def _experiment_of(uri, run_id):
    return connect(uri).get_run(run_id).info.experiment_id


def allowed(name: str) -> str:
    """Return a layer's, side's or metric's name as MLflow takes it for a key.

    Letters, digits and ``_-. :/`` stay, the rest become underscores; of a long name its beginning stays, and a digest.
    """
    key = re.sub(r"[^\w\-. :/]", "_", name)
    return (
        key
        if len(key) <= LONGEST_NAME
        else f"{key[: LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    )


def named(name: str) -> str:
    """Return the name of a run as MLflow's databases take it."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def as_tag(numbers):
    """Return numbers as compact JSON, pairs of where and value; of very many the first ones."""
    told = [[one["where"], one["value"]] for one in numbers]
    while len(text := json.dumps(told, separators=(",", ":"))) > LONGEST_NUMBERS:
        told.pop()
    return text


def _holds(invariant):
    epoch = invariant["first_broken_epoch"]
    return "holds" if invariant["holds"] else f"broken since epoch {epoch}"


def _audited(audit):
    return {True: "ok: ", False: "wrong: ", None: "unknown: "}[audit["ok"]] + audit["says"]
