"""What a job may say, kind by kind: fields and types of its events, checked where they enter the control plane.

Numbers that are not finite are the words "nan", "inf" and "-inf", as observing/events.py writes them.
"""

from typing import Literal

import msgspec

Number = float | Literal["nan", "inf", "-inf"]


class Event(msgspec.Struct, kw_only=True, tag_field="event"):
    """Of every kind. time: seconds since the epoch. seed: which one of a job's it is of; of none, it is of all."""

    time: float
    seed: int | None = None


class Started(Event, tag="started"):
    """The process of the job runs. pid: its number."""

    pid: int


class Environment(Event, tag="environment"):
    """What the job runs in. versions: of every package; None where it is not installed."""

    versions: dict[str, str | None]
    machine: dict[str, object] = {}


class Resolved(Event, tag="resolved"):
    """How settings were resolved, nested."""

    settings: dict[str, object]


class Array(msgspec.Struct):
    """What is told of an array. shape: with None for a length that is not known."""

    sha256: str
    dtype: str
    shape: list[int | None]


class Data(Event, tag="data"):
    """What the training is given. inputs: name → array."""

    inputs: dict[str, Array]


class Begin(Event, tag="begin"):
    """Training begins. steps: of an epoch. start: digests of the initial variables that were drawn.

    training: its number, of a script that may train several times; so of the events below that have one.
    """

    epochs: int | None
    steps: int | None
    start: list[str]
    training: int | None = None


class Carried(Event, tag="carried"):
    """Initial weights were taken over. not_matched: names of those that were not."""

    weights: list[str]
    not_matched: list[str]


class NotDescribed(Event, tag="not_described"):
    """The model could not describe itself. why: the framework's words."""

    why: str


class Progress(Event, tag="progress"):
    """Within an epoch, counted from 0, so many steps are done."""

    epoch: int
    step: int


class Metrics(Event, tag="metrics"):
    """What was measured at the end of an epoch. updates: made until then, where an epoch may have any number."""

    epoch: int
    metrics: dict[str, Number]
    gaps: dict[str, Number]
    updates: int | None = None
    training: int | None = None


class Step(Event, tag="step"):
    """The loss over all rows after a step of a replay."""

    step: int
    loss: Number | None
    training: int | None = None


class Quantiles(Event, tag="quantiles"):
    """Of a metric, over the seeds of a job. of: shares."""

    epoch: int
    of: list[float]
    values: dict[str, list[Number]]


class Seconds(Event, tag="seconds"):
    """How long a phase of the job took."""

    phase: Literal["import", "setup", "training", "logging"]
    seconds: float


class SeedsDone(Event, tag="seeds"):
    """So many of the seeds that a job trains together are done."""

    done: int
    of: int


class Invariant(msgspec.Struct):
    """What became of an invariant. gap: the largest so far."""

    holds: bool
    gap: Number
    first_broken_epoch: int | None


class Audit(msgspec.Struct):
    """What an audit found. ok: None where it could not be made."""

    ok: bool | None
    says: str


class Numbered(msgspec.Struct):
    """A number that goes by the name of the metric. where: printed, logged and so on."""

    where: str
    value: Number


class Result(Event, tag="result"):
    """What the run is judged by. ended: digest of the final weights. The rest is as in execution/result.py."""

    outcome: Number
    converged: bool
    diverged: bool
    metrics: dict[str, Number]
    invariants: dict[str, Invariant]
    audits: dict[str, Audit]
    ended: str = ""
    generators: dict[str, str] = {}
    draws_nothing: bool = False
    numbers: list[Numbered] = []


class Workdir(Event, tag="workdir"):
    """How a script's working folder is its own. why: of each better way that could not be gone, why not."""

    how: Literal["overlay", "copy", "here"]
    why: list[str]


class Wrote(Event, tag="wrote"):
    """Files elsewhere that the job wrote, and another run may write too. paths: absolute."""

    paths: list[str]


class LeftBehind(Event, tag="left_behind"):
    """Processes that the job started, and that were ended after it. processes: their command lines."""

    processes: list[str]


class Error(Event, tag="error"):
    """What was raised. says: the sentence of an error that has one."""

    traceback: str
    kind: str
    message: str
    says: str | None = None
    errno: int | None = None


class Exit(Event, tag="exit"):
    """Said by a backend, at a process's end."""

    code: int
    by: str | None
    reason: str | None
    waited: float


class Ended(Event, tag="ended"):
    """Said by the control plane, when it closes the job."""

    status: Literal["finished", "failed", "killed"]
    ended_by: str
    reason: str | None
    waited: float


class Rehearsed(Event, tag="rehearsed"):
    """A rehearsal found all that it needs."""


class Mistaken(Event, tag="mistake"):
    """A rehearsal found that something is asked for which cannot be. says: the sentence."""

    says: str


KINDS = {kind.__struct_config__.tag: kind for kind in Event.__subclasses__()}


def wrong_with(event: dict) -> str | None:
    """Return in words what is wrong with an event; None if it is one that a job may say."""
    kind = event.get("event")
    if not isinstance(kind, str) or kind not in KINDS:  # a list is no key
        return f"an event of kind {kind!r}, which no job says"
    try:
        msgspec.convert(event, KINDS[kind])
    except msgspec.ValidationError as error:
        return f"its event {kind!r} is damaged: {error}"
    return None
