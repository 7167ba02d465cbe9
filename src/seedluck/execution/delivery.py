"""A job's folder, sent to the run it belongs to: at its end, or once a store that was lost is back."""

import contextlib
import json
import shlex
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.folders import unwritable
from seedluck.basics.markdown import escaped, fenced
from seedluck.basics.strict_json import write
from seedluck.execution import tables
from seedluck.execution.codes import DISK
from seedluck.execution.result import judged, judged_together, one_line, results_of, said_unreadable, summary
from seedluck.tracking.events import count_unreadable, read_events


def deliver(folder: Path) -> list[dict]:
    """Send a job's folder to the run it belongs to; return the content of ``result.json`` for each of its seeds.

    Raises Mistake if the folder is not that of a run that has ended, or no MLflow store answers.
    """
    from seedluck.tracking.job_run import Record

    names = ("job.json", "about.json")
    try:
        config, about = (json.loads((folder / name).read_text(encoding="utf-8")) for name in names)
        name, tags, run_id, _ = about["name"], about["tags"], about["run_id"], about["seeds"]
    except OSError as error:
        lacking = Path(error.filename or names[0]).name
        raise Mistake(
            f"the folder is {str(folder)!r}, and it holds no {lacking}; allowed: the folder of a run that has ended; "
            "the nearest valid choice is the one that the run's last line named."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Mistake(
            f"the folder is {str(folder)!r}, and its files are not those of a run ({one_line(str(error))}); allowed: "
            "the folder of a run that has ended; the nearest valid choice is the one that the run's last line named."
        ) from error
    events = read_events(folder)
    if not any(event["event"] == "ended" for event in events):
        raise Mistake(
            f"the folder is {str(folder)!r}, and its run has not ended; allowed: the folder of a run that has ended; "
            "the nearest valid choice is to wait for it."
        )
    record = Record(config, folder, name, tags, run_id)
    for event in events:
        record.take(event)
    return store(config, folder, record, about, events)


def store(config: dict, folder: Path, record, about: dict, events: list[dict]) -> list[dict]:
    """Return the results of a job, one for each of its seeds, after writing result.json and closing its MLflow run.

    If the store stops answering, every result has the status ``failed``, and ``lost`` says why. A job of several seeds
    has one MLflow run: result.json is then a summary, and results.json lists the seeds. record: the run's
    Record. about: the content of about.json. events: all that the job said.
    """
    results = results_of(config, about["seeds"], about["name"], record.run_id, events, count_unreadable(folder))
    for result, fingerprint in zip(results, about.get("fingerprints", ()), strict=False):  # none in an older folder
        result["fingerprint"] = fingerprint
    whole = summary(results)
    whole["seconds"]["logging"] += record.seconds
    for result in (whole, *results):
        result["lost"] = None
    try:
        _write(folder, whole, results)
    except OSError as error:
        _mark([whole, *results], ended_by=DISK, reason=unwritable(folder, error))
    record.finish(whole, _note(whole, results, about))
    if record.lost:
        reason = (
            f"the tracking store at {config['tracking']['uri']} stopped answering ({record.lost}); all that was "
            f"measured is in the run's folder; once it is back: python -m src.deliver {shlex.quote(str(folder))}"
        )
        _mark([whole, *results], lost=record.lost, reason=reason)
        with contextlib.suppress(OSError):
            _write(folder, whole, results)
    return results


def _write(folder, whole, results):
    if len(results) > 1:
        write(folder / "results.json", results)
        tables.leave(folder, results)
    write(folder / "result.json", whole)


def _mark(results, **why):
    for result in results:
        result.update(status="failed", **why)


def insist_delivered(folder):
    """Raise Mistake if the store has not received the run in this folder yet; a new run would destroy the only copy."""
    try:
        waits = json.loads((folder / "result.json").read_text(encoding="utf-8")).get("lost")
    except (OSError, ValueError, AttributeError):
        return
    if waits:
        raise Mistake(
            f"the folder is {str(folder)!r}, and it holds a run that its tracking store has not got yet; allowed: "
            f"another folder; the nearest valid choice is python -m src.deliver {shlex.quote(str(folder))} before."
        )


def _note(result, results, about):
    said = "finished" if result["status"] == "finished" else f"{result['status']}: {escaped(result['reason'])}"
    lines = [f"**{escaped(about['name'])}** {said}"]
    if result["status"] == "finished" and len(results) == 1:
        lines.append(f"\n{result['metric']} {result['outcome']}, {judged(result)}")
    elif result["status"] == "finished":
        lines.append(f"\n{judged_together(results)}; `seeds.parquet` has a row for each")
    for name, invariant in result["invariants"].items():
        state = "holds" if invariant["holds"] else f"is broken since epoch {invariant['first_broken_epoch']}"
        lines.append(f"\n`{name}` {state} (largest gap {invariant['gap']})")
    lines += [f"\nAudit: {escaped(audit['says'])}" for audit in result["audits"].values() if audit["ok"] is False]
    if result["unreadable"]:
        lines.append(f"\n{said_unreadable(result['unreadable'])}")
    tags = about["tags"]
    dirty = ", with changes that were not committed" if tags["git.dirty"] else ""
    lines.append(f"\nReproduce, at commit `{tags['mlflow.source.git.commit']}`{dirty}:\n\n{fenced(about['command'])}")
    return "\n".join(lines)
