"""One job from its configuration to its record: hand it to a worker, follow it, keep what it leaves.

The folder receives all there is to know, ``result.json`` last of all; MLflow gets the same.
"""

import contextlib
import json
import re
import shlex
import signal
import time
from pathlib import Path

from src.config import fingerprint
from src.interrupts import Interrupts
from src.mistakes import Mistake
from src.result import read_events, result
from src.runtimes.warm import warm

CRASHES = [getattr(signal, f"SIG{name}") for name in ("ABRT", "BUS", "FPE", "ILL", "SEGV")]  # a worker's own doing


class Job:
    """A job that is under way, to be looked at now and then, beside others if need be.

    config: resolved. folder: an existing folder of the job's own. command: the overrides that reproduce it.
    import_path: where a scenario's module is looked for besides the project. run_id: an MLflow run that waits to be
    filled. Raises Mistake, before anything starts, where no MLflow store answers, and Broken where the runtime cannot
    be installed.
    """

    def __init__(
        self, config: dict, folder: Path, command: list[str], import_path: list[str], run_id: str | None = None
    ):
        self._worker = warm(config, import_path)  # imports the framework while this process imports MLflow
        from src.tracking.git import commit
        from src.tracking.record import Record

        self.config, self.folder, self.ended = config, folder, False
        self._status, self._reason = "finished", None
        source, job = commit(), config["job"]
        self.about = {
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
                "fingerprint": fingerprint(config, import_path),
                "folder": folder,
                **({"mlflow.parentRunId": job["parent"], "role": job["role"]} if job["parent"] else {}),
                **({"side": job["side"], "copy": config["seed"]["ulp_copy"]} if job["side"] else {}),
            },
            "command": "python -m src.run " + shlex.join(command),
        }
        self._record = Record(config, folder, self.about["name"], self.about["tags"], run_id)
        (folder / "events.jsonl").unlink(missing_ok=True)  # of a run before, where the user names a folder again
        _write(folder / "job.json", config)
        _write(folder / "about.json", self.about)

    def start(self, wait: float = 0.0):
        """Hand the job to its worker. wait: seconds for which a look may wait for something to happen."""
        self._worker.start(self.folder)
        self._events = self._worker.events(self.folder, self.config["job"]["timeout"], wait)

    def look(self) -> list[dict]:
        """Return what the job has said since the last look; after its last word ``ended`` is true."""
        said = []
        for event in self._events:
            if event is None:
                break
            said.append(event)
            self._take(event)
        return said

    def stop(self, reason: str):
        """End the job at once, as killed."""
        if self._status != "killed":
            self._worker.kill(self.folder)
            self._status, self._reason = "killed", reason

    def finish(self) -> dict:
        """Close the run of a job that has ended; return the content of its ``result.json``."""
        waited = max(0.0, (self._worker.ready_at or time.time()) - self._worker.submitted[str(self.folder)])
        ended = {"event": "ended", "status": self._status, "reason": self._reason, "waited": waited}
        with open(self.folder / "events.jsonl", "a") as file:
            file.write(json.dumps({**ended, "time": time.time()}) + "\n")
        found = _finish(self.config, self.folder, self._record, self.about)
        if found["lost"]:
            with contextlib.suppress(Mistake):
                found = deliver(self.folder)
        return found

    def _take(self, event):
        self._record.take(event)
        if event["event"] == "begin":
            _draw(self.folder)
        elif event["event"] == "error":
            self._status, self._reason = "failed", f"{event['kind']}: {_plain(event['message'])}"
            (self.folder / "traceback.txt").write_text(event["traceback"])
        elif event["event"] == "exit":
            self.ended = True
            if event["code"] != 0 and self._status == "finished":
                self._status = "failed" if -event["code"] in CRASHES else "killed"
                self._reason = event["reason"] or f"the worker ended with exit code {event['code']}"


def run(config: dict, folder: Path, command: list[str], import_path: list[str], run_id: str | None = None) -> dict:
    """Train one resolved configuration to its end; return the content of its ``result.json``.

    Arguments and errors are those of Job; besides, KeyboardInterrupt after the run was closed.
    """
    job = Job(config, folder, command, import_path, run_id)
    from src.report.terminal import Progress

    job.start(wait=0.05)
    with Interrupts() as interrupts, Progress(job.about["name"], config["scenario"]["epochs"]) as progress:
        while not job.ended:
            if interrupts.number:
                job.stop("interrupted by the user")
            for event in job.look():
                progress.take(event)
            progress.tick()
        found = job.finish()
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
    job, seed = config["job"], config["seed"]
    if job["side"]:
        copy = f", copy {seed['ulp_copy']} moved by one ulp" if seed["ulp_copy"] else ""
        extra = "" if job["role"] == "outcome" else f" · {job['role']}{copy}"
        return f"{job['side']} seed {seed['value']}{extra}"
    parts = [config["scenario"]["name"], config["variant"], config["framework"]["name"]]
    return " ".join(part for part in parts if part != "plain") + f" seed {config['seed']['value']}"


def _finish(config, folder, record, about):
    """Write result.json and close the run; a store that is lost makes it a failed one, ``lost`` says why."""
    found = result(config, about["name"], record.run_id, read_events(folder))
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
    draw(nodes).savefig(folder / "graph" / "model.png")


def _note(found, about):
    said = "finished" if found["status"] == "finished" else f"{found['status']}: {found['reason']}"
    lines = [f"**{about['name']}** {said}"]
    if found["status"] == "finished":
        lines.append(f"\n{found['metric']} {found['outcome']}, {judged(found)}")
    for name, one in found["invariants"].items():
        state = "holds" if one["holds"] else f"is broken since epoch {one['first_broken_epoch']}"
        lines.append(f"\n`{name}` {state} (largest gap {one['gap']})")
    lines += [f"\nAudit: {audit['says']}" for audit in found["audits"].values() if audit["ok"] is False]
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
