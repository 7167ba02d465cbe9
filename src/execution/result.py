"""What a job's events amount to: the content of ``result.json``."""

import math

from src.tracking.events import finite, number

PHASES = ("import", "setup", "training", "logging")


def result(config: dict, name: str, run_id: str, events: list[dict], unreadable: int = 0) -> dict:
    """Sum up a run, however it ended, from its job's events; numbers that are not finite become null.

    The control plane's last word is the event ``ended``: ``status`` (finished, failed, killed), ``ended_by`` (a code
    of src/execution/job.py), ``reason`` (a sentence, or null) and ``waited``, the seconds for which the job had to
    wait for its runtime. unreadable: how many lines of events could not be read.
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
