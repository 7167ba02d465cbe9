"""One job from its configuration to its record: hand it to a worker, follow it, keep what it leaves.

The folder receives all there is to know, ``result.json`` last of all; MLflow gets the same.
"""

import contextlib
import json
import re
import shlex
import time
from pathlib import Path

from src.config import fingerprint
from src.interrupts import Interrupts
from src.mistakes import Mistake
from src.result import read_events, result
from src.runtimes.warm import warm


def run(
    config: dict,
    folder: Path,
    command: list[str],
    import_path: list[str],
    run_id: str | None = None,
    parent_run: str | None = None,
) -> dict:
    """Train one resolved configuration; return the content of its ``result.json``.

    folder: an existing folder of the job's own. command: the overrides that reproduce it. import_path: where a
    scenario's module is looked for besides the project. run_id: an MLflow run that waits to be filled. parent_run:
    the run under which a new one is filed.
    Raises Mistake, before anything starts, where no MLflow store answers; KeyboardInterrupt after the run was closed.
    """
    worker = warm(config, import_path)  # imports the framework while this process imports MLflow
    from src.report.terminal import Progress
    from src.tracking.git import commit
    from src.tracking.record import Record

    source = commit()
    about = {
        "name": run_name(config),
        "tags": {
            "scenario": config["scenario"]["name"],
            "variant": config["variant"],
            "framework": config["framework"]["name"],
            "runtime": config["runtime"]["name"],
            "seed": config["seed"]["value"],
            "mlflow.source.name": "src.run",
            "mlflow.source.type": "LOCAL",
            "mlflow.source.git.commit": source["commit"],
            "git.dirty": source["dirty"],
            "fingerprint": fingerprint(config),
            "folder": folder,
            **({"mlflow.parentRunId": parent_run} if parent_run else {}),
        },
        "command": "python -m src.run " + shlex.join(command),
    }
    record = Record(config, folder, about["name"], about["tags"], run_id)
    _write(folder / "job.json", config)
    _write(folder / "about.json", about)

    status, reason = "finished", None
    worker.start(folder)
    with Interrupts() as interrupts, Progress(about["name"], config["scenario"]["epochs"]) as progress:
        for event in worker.events(folder, config["job"]["timeout"]):
            if interrupts.number and status != "killed":
                worker.kill(folder)
                status, reason = "killed", "interrupted by the user"
            if event is None:
                progress.tick()
                continue
            progress.take(event)
            record.take(event)
            if event["event"] == "begin":
                _draw(folder)
            elif event["event"] == "error":
                status, reason = "failed", f"{event['kind']}: {_plain(event['message'])}"
                (folder / "traceback.txt").write_text(event["traceback"])
            elif event["event"] == "exit" and event["code"] != 0 and status == "finished":
                status, reason = "killed", event["reason"] or f"the worker ended with exit code {event['code']}"

        waited = max(0.0, (worker.ready_at or time.time()) - worker.submitted[str(folder)])
        ended = {"event": "ended", "time": time.time(), "status": status, "reason": reason, "waited": waited}
        with open(folder / "events.jsonl", "a") as file:
            file.write(json.dumps(ended) + "\n")
        found = _finish(config, folder, record, about)
        if found["lost"]:
            with contextlib.suppress(Mistake):
                found = deliver(folder)
    if interrupts.number:
        raise KeyboardInterrupt(interrupts.number)
    return found


def deliver(folder: Path) -> dict:
    """Send a job's folder to the run it belongs to; return the content of its ``result.json``.

    Raises Mistake where the folder is not that of a run that has ended, or no MLflow store answers.
    """
    from src.tracking.record import Record

    try:
        config, about, before = (
            json.loads((folder / name).read_text()) for name in ("job.json", "about.json", "result.json")
        )
    except OSError as error:
        raise Mistake(
            f"the folder is {str(folder)!r}, and it holds no {Path(error.filename).name}; "
            "allowed: the folder of a run that has ended."
        ) from error
    record = Record(config, folder, about["name"], about["tags"], before["run_id"])
    for event in read_events(folder):
        record.take(event)
    return _finish(config, folder, record, about)


def run_name(config: dict) -> str:
    """What tells runs apart at a glance."""
    parts = [config["scenario"]["name"], config["variant"], config["framework"]["name"]]
    return " ".join(part for part in parts if part != "plain") + f" seed {config['seed']['value']}"


def _finish(config, folder, record, about):
    """Write result.json and close the run; a store that is lost makes it a failed one, ``lost`` says why."""
    found = result(config, record.run_id, read_events(folder))
    found["seconds"]["logging"] += record.seconds
    found["lost"] = None
    _write(folder / "result.json", found)
    record.finish(found, _note(found, about))
    if record.lost:
        found.update(
            status="failed",
            lost=record.lost,
            reason=f"the tracking store at {config['tracking']['uri']} stopped answering; all that was measured is in "
            f"the run's folder; once it is back: python -m src.deliver {shlex.quote(str(folder))}",
        )
        _write(folder / "result.json", found)
    return found


def _plain(message):
    """An error's message without the colours and line breaks that some frameworks put in; its traceback has all."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())[:300]


def _draw(folder):
    from src.report.picture import draw

    nodes = json.loads((folder / "graph" / "nodes.json").read_text())
    draw(nodes, folder / "graph" / "model.png")


def _note(found, about):
    said = "finished" if found["status"] == "finished" else f"{found['status']}: {found['reason']}"
    lines = [f"**{about['name']}** {said}"]
    if found["status"] == "finished":
        lines.append(f"\n{found['metric']} {found['outcome']}, {judged(found)}")
    for name, one in found["invariants"].items():
        state = "holds" if one["holds"] else f"is broken since epoch {one['first_broken_epoch']}"
        lines.append(f"\n`{name}` {state} (largest gap {one['gap']})")
    tags = about["tags"]
    dirty = ", with changes that were not committed" if tags["git.dirty"] else ""
    lines.append(f"\nReproduce, at commit `{tags['mlflow.source.git.commit']}`{dirty}:\n\n```\n{about['command']}\n```")
    return "\n".join(lines)


def judged(found: dict) -> str:
    """``converged``, ``not converged`` or ``diverged``."""
    return "diverged" if found["diverged"] else "converged" if found["converged"] else "not converged"


def _write(path, content):
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, default=str) + "\n")
    partial.replace(path)
