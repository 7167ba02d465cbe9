"""What a job's events amount to: the content of ``result.json``, for each of its seeds."""

import math
import re
import statistics

from seedluck.tracking.events import finite, number

PHASES = ("import", "setup", "training", "logging")


def result(config: dict, name: str, run_id: str, events: list[dict], unreadable: int = 0) -> dict:
    """Return the content of result.json for one run, computed from the events of its job, however the run ended.

    Numbers that are not finite become None. The last event, ``ended``, is written by the control plane: ``status``
    (finished, failed, killed), ``ended_by`` (a code of execution/codes.py), ``reason`` (a sentence, or None) and
    ``waited`` (seconds until the runtime was ready). unreadable: how many lines of events could not be read.

    ``numbers``: every number that goes by the metric's name in a script, each ``{"where", "value"}``, the one that was
    taken first. ``final``: a digest of the final weights, "" where they were not seen. ``generators``: name → digest of
    the state in which it ended, of each global generator that a script drew from. ``draws_nothing``: whether nothing is
    drawn in its training, for all that was seen.
    ``workdir``: how a script's working folder was its own: overlay, copy or here. ``wrote_elsewhere``: files that it
    wrote outside of that, which another run may write too. ``left_behind``: command lines of processes that it left
    running and that were ended.
    """
    said = {event["event"]: event for event in events}
    final, last = said.get("result"), said.get("metrics")
    if final:
        invariants = final["invariants"]
    else:
        invariants = _so_far([event for event in events if event["event"] == "metrics"], config)
    ended = said["ended"]
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
        "numbers": _numbers(final.get("numbers", []) if final else []),
        "converged": bool(final and final["converged"]),
        "diverged": bool(final and final["diverged"]),
        "epochs": last["epoch"] if last else 0,
        "start": said.get("begin", {}).get("start", []),
        "final": final.get("ended", "") if final else "",
        "generators": final.get("generators", {}) if final else {},
        "draws_nothing": bool(final and final.get("draws_nothing")),
        "metrics": {name: finite(value) for name, value in (last["metrics"] if last else {}).items()},
        "invariants": {name: {**invariant, "gap": finite(invariant["gap"])} for name, invariant in invariants.items()},
        "audits": final["audits"] if final else {},
        "seconds": _seconds(said, events),
        "versions": said.get("environment", {}).get("versions", {}),
        "machine": said.get("environment", {}).get("machine", {}),
        "workdir": said.get("workdir", {}).get("how"),
        "wrote_elsewhere": said.get("wrote", {}).get("paths", []),
        "left_behind": said.get("left_behind", {}).get("processes", []),
        "unreadable": unreadable,
        "ended": ended["time"],
    }


def _seconds(said, events):
    """Phase → seconds, of a training that has not ended until its last event. said: kind → its last event."""
    spent = dict.fromkeys(PHASES, 0.0)
    for event in events:
        if event["event"] == "seconds":
            spent[event["phase"]] += event["seconds"]
    if "begin" in said and not spent["training"]:
        spent["training"] = max(0.0, events[-1]["time"] - said["begin"]["time"])
    spent["import"] += said["ended"]["waited"]
    return spent


def _numbers(every):
    return [{"where": one["where"], "value": finite(one["value"])} for one in every]


def results_of(
    config: dict, seeds: list[int], name: str, run_id: str, events: list[dict], unreadable: int = 0
) -> list[dict]:
    """Return the result of every seed of a job, in order; an event without a seed belongs to all of them.

    Arguments are those of :func:`result`; config: of the job.
    """
    said = {seed: [] for seed in seeds}  # in the order in which it was said, since a clock may be set back
    for event in events:
        for seed in seeds if event.get("seed") is None else {event["seed"]} & said.keys():
            said[seed].append(event)
    return [
        result({**config, "seed": {**config["seed"], "value": seed}}, name, run_id, said[seed], unreadable)
        for seed in seeds
    ]


def summary(results: list[dict]) -> dict:
    """Return one result for a whole job. A job of one seed: the result of that seed, unchanged.

    Of several seeds: the mean of the outcome and of each metric, None if one of them is None; ``converged`` if every
    seed converged, ``diverged`` if any diverged; an invariant holds if it holds on every seed. ``status``, ``ended_by``
    and ``reason`` are those of the first seed that did not finish, or of the first seed if all finished.
    """
    if len(results) == 1:
        return results[0]
    first = results[0]
    unfinished = [result for result in results if result["status"] != "finished"]
    return {
        **first,
        **{key: (unfinished or results)[0][key] for key in ("status", "ended_by", "reason")},
        "seeds": [result["seed"] for result in results],
        "outcome": _mean([result["outcome"] for result in results]),
        "converged": all(result["converged"] for result in results),
        "diverged": any(result["diverged"] for result in results),
        "epochs": min(result["epochs"] for result in results),
        "metrics": {name: _mean([result["metrics"].get(name) for result in results]) for name in first["metrics"]},
        "invariants": {
            name: _all_hold([result["invariants"][name] for result in results if name in result["invariants"]])
            for name in first["invariants"]
        },
        "seconds": dict(first["seconds"]),
    }


def left_behind(result: dict) -> str:
    """Return in words which processes of a job were ended after it; "" for none."""
    names = result.get("left_behind") or []
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    left = f"it left {len(names)} process{'es' * (len(names) != 1)} running, which were ended: "
    return f"{left}{', '.join(map(one_line, names[:3]))}{more}" if names else ""


def _mean(values):
    return None if None in values else sum(values) / len(values)


def _all_hold(invariants):
    broken = [invariant["first_broken_epoch"] for invariant in invariants if not invariant["holds"]]
    gaps = [invariant["gap"] for invariant in invariants]
    gap = None if None in gaps else max(gaps)
    return {"holds": not broken, "gap": gap, "first_broken_epoch": min(broken, default=None)}


def judged(result: dict) -> str:
    """Return ``converged``, ``not converged`` or ``diverged``."""
    return "diverged" if result["diverged"] else "converged" if result["converged"] else "not converged"


def judged_together(results: list[dict]) -> str:
    """Return how the seeds of one job ended: the median outcome of those that are finite, in the metric's units, and
    how many of them converged and diverged."""
    outcomes = [result["outcome"] for result in results if result["outcome"] is not None and not result["diverged"]]
    middle = f"{results[0]['metric']} {statistics.median(outcomes):.6g} in the median; " if outcomes else ""
    converged, diverged = (sum(result[name] for result in results) for name in ("converged", "diverged"))
    return f"{middle}of {len(results)} seeds {converged} converged and {diverged} diverged"


def said_unreadable(lines: int) -> str:
    """Return what to say of lines in a job's events that cannot be read."""
    return f"{lines} line{'s' * (lines != 1)} of events.jsonl cannot be read; what stood there is not in the record"


def _so_far(measured, config):
    """The invariants of a run that did not reach its result."""
    invariants, tolerance = {}, config["scenario"]["invariant_tolerance"]
    for event in measured:
        for name, gap in event["gaps"].items():
            gap = number(gap)
            invariant = invariants.setdefault(name, {"holds": True, "gap": gap, "first_broken_epoch": None})
            if not gap <= invariant["gap"] and not math.isnan(
                invariant["gap"]
            ):  # a gap that is not a number is the largest
                invariant["gap"] = gap
            if invariant["holds"] and not gap <= tolerance:
                invariant.update(holds=False, first_broken_epoch=event["epoch"])
    return invariants


def one_line(message: str) -> str:
    """Return an error's message without the colours and line breaks of some frameworks; its traceback has all of it."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())[:300]
