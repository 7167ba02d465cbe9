"""Reading an MLflow store: a job's run as an object, the newest sweeps, how long runs took."""

import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from mlflow.exceptions import MlflowException

from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import hidden
from seedluck.config.place import Place
from seedluck.tracking.connection import close_orphans, connect, is_text, no_store, there

SWEEPS = "tags.kind = 'sweep'"
SHORT = 8  # characters of a run's id


class Gone(Mistake):
    """A run is in the store, a file of it is not."""


@dataclass
class Child:
    """What a job came to at a seed, as its record has it. outcome: NaN where it was not finite or not reached."""

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
    reason: str = ""  # why it did not finish
    not_held: tuple[str, ...] = ()  # layers whose draws were not held, and in words what else was not
    start: tuple[str, ...] = ()  # digests of the initial variables that were drawn; empty: none, or not known
    numbers: tuple[tuple[str, float], ...] = ()  # where and what: all that go by the metric's name, the one taken first
    ended: str = ""  # digest of the final weights; empty: not seen
    generators: dict[str, str] = field(
        default_factory=dict
    )  # global generators drawn from → digests of where they ended
    draws_nothing: bool = False  # whether nothing is drawn in its training, for all that was seen
    wrote: tuple[str, ...] = ()  # files elsewhere that it wrote, and another run may write too
    read_inputs: bool = False  # whether inputs.json says what it read besides its configuration
    inside: str = ""  # where in the run's folder its weights and graph are: seeds/3/, of a job of several

    @property
    def place(self) -> Place:
        """What tells it from every other of the sweep."""
        return Place(self.role, self.side, self.seed, self.copy)

    @property
    def of_script(self) -> bool:
        """Whether a script was trained, and no scenario."""
        return self.params.get("scenario.script") not in (None, "None")

    @property
    def kept_weights(self) -> bool:
        """Whether its training was seen inside; of some scripts only the outcome is."""
        return self.params.get("resolved.given.trainings") != "0"

    @property
    def layers_not_held(self) -> list[str]:
        """Names of the layers whose draws were not held."""
        return [name for name in self.not_held if " " not in name]

    def packed_as(self, other: "Child") -> bool:
        """Return whether both were trained with one package in one runtime."""
        keys = ("framework.package", "resolved.package", "runtime.name")
        return all(self.params.get(key) == other.params.get(key) for key in keys)

    def draws_as(self, other: "Child") -> bool:
        """Return whether layers whose draws were not held draw alike: one package, one runtime, as many of them."""
        return self.packed_as(other) and len(self.not_held) == len(other.not_held)

    def starts_as(self, other: "Child") -> bool:
        """Return whether both began from the same initial weights, as far as one has variables that the other has."""
        mine, others = {*self.start}, {*other.start}
        return bool(mine) and bool(others) and (mine <= others or others <= mine)


def whole_id(client, beginning: str) -> str:
    """Return the id of the one run that begins so; the text itself where there is none. Raises Mistake for several."""
    if len(beginning) >= 32 or not re.fullmatch(r"[0-9a-f]{4,}", beginning):
        return beginning
    every = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(every, f"attributes.run_id LIKE '{beginning}%'", max_results=3)
    if len(runs) > 1:
        raise Mistake(
            f"{beginning!r} begins the ids of several runs; allowed: more of it; the nearest valid choice is "
            f"{runs[0].info.run_id}."
        )
    return runs[0].info.run_id if runs else beginning


def put_initial_weights(uri: str, run_id: str, seed: int, folder: Path):
    """Write the initial weights of a run, at one of its seeds, into a folder as ``start.npz``.

    Raises Mistake if the store has no such run, or the run has no such weights.
    """
    client = connect(uri)
    try:
        run_id = whole_id(client, run_id)
        several = "," in client.get_run(run_id).data.tags.get("seed", "")
        with tempfile.TemporaryDirectory() as scratch:
            path = (f"seeds/{seed}/" if several else "") + "weights/initial.npz"
            shutil.copyfile(client.download_artifacts(run_id, path, scratch), folder / "start.npz")
    except (MlflowException, OSError) as error:
        raise Mistake(
            f"seed.start is {run_id!r}, and the store at {hidden(uri)} has no initial weights of such a run; allowed: "
            "the id of a run that began to train; the nearest valid choice is to leave it out."
        ) from error


def newest_sweep(tracking: dict, plan: str, finished: bool = True) -> str | None:
    """Return the run of the newest sweep of this plan that is finished, or else that broke off; None if there is none.

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
    at_fault: str = ""  # who computes wrongly, where that was asked and found
    since: str = ""  # which release brought it, which cured it

    @property
    def short(self) -> str:
        """As much of the run's id as every command takes."""
        return self.run_id[:SHORT]


def newest_sweeps(uri: str, last: int, scenario: str | None = None, verdict: str | None = None) -> list[Listed]:
    """Return the last sweeps, newest first. last: how many. scenario, verdict: only those with one; None: all.

    Raises NoStore if no store answers.
    """
    client = connect(uri)
    asked = SWEEPS + (f" and {is_text('tags.scenario', scenario)}" if scenario else "")
    asked += f" and tags.verdict LIKE '%{verdict}%'" if verdict else ""
    try:
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
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
            at_fault=tags.get("at_fault", ""),
            since=tags.get("since", ""),
        )
        for run in runs
        for tags in [run.data.tags]
    ]


def seconds_before(config: dict) -> float | None:
    """Median seconds that finished runs like this one took in a worker; None if the store has none."""
    if not there(config["tracking"]["uri"]):
        return None
    client = connect(config["tracking"]["uri"])
    wanted = {"scenario": config["scenario"]["name"]}
    wanted.update(framework=config["framework"]["name"], runtime=config["runtime"]["name"])
    try:
        experiment = client.get_experiment_by_name(config["tracking"]["experiment"])
        if experiment is None:
            return None
        asked = " and ".join(is_text(f"tags.{name}", value) for name, value in wanted.items())
        asked += f" and params.`scenario.epochs` = '{config['scenario']['epochs']}' and attributes.status = 'FINISHED'"
        runs = client.search_runs([experiment.experiment_id], asked, max_results=50)
    except (MlflowException, OSError) as error:
        raise no_store(config["tracking"]["uri"], error) from error
    spent = [run.data.metrics for run in runs if "seconds/training" in run.data.metrics]
    return (
        float(np.median([metrics["seconds/training"] + metrics["seconds/setup"] for metrics in spent]))
        if spent
        else None
    )


def of_seed(whole: Child, result: dict) -> Child:
    """Return what a job of several seeds came to at one of them. result: an entry of its ``results.json``."""
    return replace(
        whole,
        seed=result["seed"],
        inside=f"seeds/{result['seed']}/",
        fingerprint=result.get("fingerprint", whole.fingerprint),
        status=result["status"],
        outcome=float("nan") if result["diverged"] or result["outcome"] is None else result["outcome"],
        converged=result["converged"],
        diverged=result["diverged"],
        start=tuple(result.get("start", ())),
        numbers=_numbers([(one["where"], one["value"]) for one in result.get("numbers", ())]),
        ended=result.get("final", ""),
        generators=result.get("generators", {}),
        draws_nothing=result.get("draws_nothing", False),
        not_held=tuple(result["audits"].get("dropout", {}).get("not_held", ())),
        invariants={name: told["holds"] for name, told in result["invariants"].items()},
        audits={name: (told["ok"], told["says"]) for name, told in result["audits"].items()},
    )


def child(run) -> Child:
    """Return a job's run as MLflow gives it."""
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
        seed=int(tags.get("seed", "0").partition(",")[0]),
        copy=int(tags.get("copy", 0)),
        status=tags.get("status", run.info.status.lower()),
        outcome=float("nan") if diverged else metrics.get("outcome", float("nan")),
        converged=tags.get("converged") == "True",
        diverged=diverged,
        invariants={n.removeprefix("invariant."): v == "holds" for n, v in tags.items() if n.startswith("invariant.")},
        audits=audits,
        draws=tags.get("draws") != "False",
        not_held=tuple(filter(None, tags.get("not_held", "").split(","))),
        params=run.data.params,
        seconds={name.removeprefix("seconds/"): v for name, v in metrics.items() if name.startswith("seconds/")},
        folder=tags.get("folder", ""),
        fingerprint=tags.get("fingerprint", ""),
        reason=tags.get("reason", ""),
        start=tuple(filter(None, tags.get("start", "").split(","))),
        numbers=_numbers(json.loads(tags.get("numbers", "[]"))),
        ended=tags.get("ended", ""),
        generators=dict(told.split("=") for told in filter(None, tags.get("generators", "").split(","))),
        draws_nothing=tags.get("draws_nothing") == "True",
        wrote=tuple(filter(None, tags.get("wrote", "").split("\n"))),
        read_inputs="inputs" in tags,
    )


def _numbers(pairs):
    """The same, with NaN for what was not finite."""
    return tuple((where, float("nan") if value is None else float(value)) for where, value in pairs)


def newest_said(client) -> str:
    """Return a few words that name the newest sweep, for a sentence about a run that is none."""
    try:
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        runs = client.search_runs(experiments, SWEEPS, max_results=1, order_by=["attributes.start_time DESC"])
    except (MlflowException, OSError):
        return ""
    return f"; the nearest valid choice is {runs[0].info.run_id}, the newest" if runs else "; it holds none yet"
