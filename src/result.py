"""What a job's events amount to: the content of ``result.json``."""

import json
import math
from pathlib import Path

PHASES = ("import", "setup", "training", "logging")


def number(value) -> float:
    """A number as events spell it: "nan", "inf" and "-inf" are words there."""
    return float(value)


def finite(value):
    """The number, as events spell it, or None where it is not finite or not given."""
    value = math.nan if value is None else number(value)
    return value if math.isfinite(value) else None


def event_of(line: bytes | str) -> dict | None:
    """The event that a whole line tells; None where it cannot be read, as one that a killed worker cut off."""
    try:
        event = json.loads(line)
    except ValueError:  # of JSON, or of bytes that are no text
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def read_events(folder: Path) -> list[dict]:
    """What the job in the folder has said so far, without lines that cannot be read."""
    return [event for event in map(event_of, _lines(folder)) if event]


def count_unreadable(folder: Path) -> int:
    """How many lines of the job's events are whole and yet cannot be read."""
    return sum(event_of(line) is None for line in _lines(folder))


def _lines(folder):
    path = folder / "events.jsonl"
    *lines, _ = path.read_bytes().split(b"\n") if path.exists() else [b""]
    return [line for line in lines if line.strip()]


def result(config: dict, name: str, run_id: str, events: list[dict], unreadable: int = 0) -> dict:
    """Sum up a run, however it ended, from its job's events; numbers that are not finite become null.

    The control plane's last word is the event ``ended``: ``status`` (finished, failed, killed), ``ended_by`` (a code
    of src/job.py), ``reason`` (a sentence, or null) and ``waited``, the seconds for which the job had to wait for its
    runtime. unreadable: how many lines of events could not be read.
    """
    said = {event["event"]: event for event in events}
    final, last = said.get("result"), said.get("metrics")
    spent = dict.fromkeys(PHASES, 0.0)
    for event in events:
        if event["event"] == "seconds":
            spent[event["phase"]] += event["seconds"]
    if "begin" in said and not spent["training"]:
        spent["training"] = events[-1]["time"] - said["begin"]["time"]
    if final:
        invariants = final["invariants"]
    else:
        invariants = _so_far([event for event in events if event["event"] == "metrics"], config)
    ended = said["ended"]
    spent["import"] += ended["waited"]
    return {
        "status": ended["status"],
        "ended_by": ended["ended_by"],
        "reason": ended["reason"],
        "run_id": run_id,
        "name": name,
        "scenario": config["scenario"]["name"],
        "variant": config["variant"],
        "framework": config["framework"]["name"],
        "runtime": config["runtime"]["name"],
        "seed": config["seed"]["value"],
        "metric": config["scenario"]["metric"],
        "outcome": finite(final["outcome"]) if final else None,
        "converged": bool(final and final["converged"]),
        "diverged": bool(final and final["diverged"]),
        "epochs": last["epoch"] if last else 0,
        "metrics": {name: finite(value) for name, value in (last["metrics"] if last else {}).items()},
        "invariants": {name: {**found, "gap": finite(found["gap"])} for name, found in invariants.items()},
        "audits": final["audits"] if final else {},
        "seconds": spent,
        "versions": said.get("environment", {}).get("versions", {}),
        "machine": said.get("environment", {}).get("machine", {}),
        "unreadable": unreadable,
        "ended": ended["time"],
    }


def _so_far(measured, config):
    """The invariants of a run that did not reach its result."""
    found, tolerance = {}, config["scenario"]["invariant_tolerance"]
    for event in measured:
        for name, gap in event["gaps"].items():
            gap = number(gap)
            one = found.setdefault(name, {"holds": True, "gap": gap, "first_broken_epoch": None})
            if not gap <= one["gap"] and not math.isnan(one["gap"]):  # a gap that is not a number is the largest
                one["gap"] = gap
            if one["holds"] and not gap <= tolerance:
                one.update(holds=False, first_broken_epoch=event["epoch"])
    return found
