"""One job from its configuration to its record: hand it to a worker, follow it, keep what it leaves.

The folder receives all there is to know, ``result.json`` last of all; MLflow gets the same.
"""

import contextlib
import json
import re
import shlex
import shutil
import time
from pathlib import Path

from src.config import fingerprint
from src.config.errors import Mistake
from src.config.folders import is_full, unwritable
from src.config.strict_json import text, write
from src.execution.interrupts import Interrupts
from src.execution.local import CRASH, ENVIRONMENT, warm
from src.execution.result import result
from src.runtimes.installation import Broken
from src.tracking.events import count_unreadable, read_events

# Further codes of ``ended_by``, beside those of src/execution/local.py.
ITSELF, ERROR, USER, DISK, SIBLING = "itself", "error", "user", "disk", "sibling"
# What a run before left, where its folder is named again.
LEFT = ("events.jsonl", "result.json", "traceback.txt", "worker.log", "weights", "graph", "estimator")


class NoRoom(Broken):
    """A folder that a job needs cannot be written, so that no other job could either; the argument is a sentence."""


class Job:
    """A job that is under way, to be looked at now and then, beside others if need be.

    config: resolved. folder: an existing folder of the job's own. words: the overrides that reproduce it.
    import_path: where a scenario's module is looked for besides the project. run_id: an MLflow run that waits to be
    filled. Raises Mistake, before anything starts, where no MLflow store answers or the folder holds a run that waits
    to be delivered, Broken where the runtime cannot be installed, NoRoom where the folder cannot be written.
    """

    def __init__(self, config: dict, folder: Path, words: list[str], import_path: list[str], run_id: str | None = None):
        _insist_delivered(folder)
        self._worker = warm(config)  # imports the framework while this process imports MLflow
        from src.tracking.git import commit
        from src.tracking.run import Record

        self.config, self.folder, self.ended = config, folder, False
        self._import_path = import_path
        self._status, self._by, self._reason = "finished", ITSELF, None
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
            "words": words,
            "command": "python -m src.run " + shlex.join(words),
        }
        self._record = Record(config, folder, self.about["name"], self.about["tags"], run_id)
        try:
            for name in LEFT:  # where the user names a folder again it holds the later run alone
                shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink(missing_ok=True)
            write(folder / "job.json", config, keep_infinity=True)
            write(folder / "about.json", self.about)
        except OSError as error:
            reason = unwritable(folder, error)
            self._record.abandon(reason)
            raise NoRoom(reason) from error

    def start(self, wait: float = 0.0):
        """Hand the job to its worker. wait: seconds for which a look may wait for something to happen."""
        self._worker.start(self.folder, self._import_path)
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

    def stop(self, reason: str, by: str = USER):
        """End the job at once, as killed. by: a code of this module."""
        if self._status != "killed":
            self._worker.kill(self.folder)
            self._status, self._by, self._reason = "killed", by, reason

    def finish(self) -> dict:
        """Close the run of a job that has ended; return the content of its ``result.json``."""
        waited = max(0.0, (self._worker.ready_at or time.time()) - self._worker.submitted[str(self.folder)])
        ended = {"event": "ended", "status": self._status, "ended_by": self._by, "reason": self._reason}
        ended.update(waited=waited, time=time.time())
        events = [*read_events(self.folder), ended]
        with contextlib.suppress(OSError):  # of a full disk, which is said when result.json is written
            _append(self.folder / "events.jsonl", text(ended).replace("\n", "") + "\n")
        found = _finish(self.config, self.folder, self._record, self.about, events)
        if found["lost"]:
            with contextlib.suppress(Mistake):
                found = deliver(self.folder)
        return found

    def _take(self, event):
        self._record.take(event)
        if event["event"] == "begin":
            _draw(self.folder)
        elif event["event"] == "error":
            self._status, self._by, self._reason = "failed", ERROR, f"{event['kind']}: {_plain(event['message'])}"
            if is_full(full := OSError(event.get("errno"), "")):
                self._by, self._reason = DISK, unwritable(self.folder, full)
            with contextlib.suppress(OSError):
                (self.folder / "traceback.txt").write_text(event["traceback"])
        elif event["event"] == "exit":
            self.ended = True
            if event["code"] != 0 and self._status == "finished":
                self._status = "failed" if event["by"] in (None, CRASH, ENVIRONMENT) else "killed"
                self._by = event["by"] or ERROR
                self._reason = event["reason"] or _of_no_word(event["code"], self.folder)


def run(config: dict, folder: Path, words: list[str], import_path: list[str], run_id: str | None = None) -> dict:
    """Train one resolved configuration to its end; return the content of its ``result.json``.

    Arguments and errors are those of Job; besides, KeyboardInterrupt after the run was closed.
    """
    job = Job(config, folder, words, import_path, run_id)
    from src.report.console import Progress

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
    from src.tracking.run import Record

    names = ("job.json", "about.json", "result.json")
    try:
        config, about, before = (json.loads((folder / name).read_text()) for name in names)
        name, tags, run_id = about["name"], about["tags"], before["run_id"]
    except OSError as error:
        lacking = Path(error.filename or names[0]).name
        raise Mistake(
            f"the folder is {str(folder)!r}, and it holds no {lacking}; allowed: the folder of a run that has ended; "
            "the nearest valid choice is the one that the run's last line named."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Mistake(
            f"the folder is {str(folder)!r}, and its files are not those of a run ({_plain(str(error))}); allowed: the "
            "folder of a run that has ended; the nearest valid choice is the one that the run's last line named."
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
    return _finish(config, folder, record, about, events)


def run_name(config: dict) -> str:
    """What tells runs apart at a glance."""
    job, seed = config["job"], config["seed"]
    if job["side"]:
        copy = f", copy {seed['ulp_copy']} moved by one ulp" if seed["ulp_copy"] else ""
        extra = "" if job["role"] == "outcome" else f" · {job['role']}{copy}"
        return f"{job['side']} seed {seed['value']}{extra}"
    parts = [config["scenario"]["name"], config["variant"], config["framework"]["name"]]
    return " ".join(part for part in parts if part != "plain") + f" seed {config['seed']['value']}"


def _finish(config, folder, record, about, events):
    """Write result.json and close the run; a store that is lost makes it a failed one, ``lost`` says why."""
    found = result(config, about["name"], record.run_id, events, count_unreadable(folder))
    found["seconds"]["logging"] += record.seconds
    found["lost"] = None
    try:
        write(folder / "result.json", found)
    except OSError as error:
        found.update(status="failed", ended_by=DISK, reason=unwritable(folder, error))
    record.finish(found, _note(found, about))
    if record.lost:
        found.update(
            status="failed",
            lost=record.lost,
            reason=f"the tracking store at {config['tracking']['uri']} stopped answering ({record.lost}); all that was "
            "measured is in the run's folder; once it is back: python -m src.deliver " + shlex.quote(str(folder)),
        )
        with contextlib.suppress(OSError):
            write(folder / "result.json", found)
    return found


def _insist_delivered(folder):
    """Raise Mistake where the folder holds the only record of a run, which another run would overwrite."""
    try:
        waits = json.loads((folder / "result.json").read_text()).get("lost")
    except (OSError, ValueError, AttributeError):
        return
    if waits:
        raise Mistake(
            f"the folder is {str(folder)!r}, and it holds a run that its tracking store has not got yet; allowed: "
            f"another folder; the nearest valid choice is python -m src.deliver {shlex.quote(str(folder))} before."
        )


def _append(path, line):
    """Add a line, after the end of one that was cut off if need be: merged, neither could be read."""
    with open(path, "ab+") as file:
        if file.tell():
            file.seek(-1, 2)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode())


def _of_no_word(code, folder):
    """Why a worker ended that could not even say so in its events."""
    log = folder / "worker.log"
    last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
    return f"the worker ended with exit code {code}" + "".join(f"; its last words: {_plain(one)}" for one in last)


def _plain(message):
    """An error's message without the colours and line breaks that some frameworks put in; its traceback has all."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())[:300]


def _draw(folder):
    from src.report.model_graph import png

    with contextlib.suppress(OSError, ValueError):  # a job whose graph cannot be read goes without its picture
        picture = png((folder / "graph" / "nodes.json").read_text())
        if picture:
            (folder / "graph" / "model.png").write_bytes(picture)


def _note(found, about):
    said = "finished" if found["status"] == "finished" else f"{found['status']}: {found['reason']}"
    lines = [f"**{about['name']}** {said}"]
    if found["status"] == "finished":
        lines.append(f"\n{found['metric']} {found['outcome']}, {judged(found)}")
    for name, one in found["invariants"].items():
        state = "holds" if one["holds"] else f"is broken since epoch {one['first_broken_epoch']}"
        lines.append(f"\n`{name}` {state} (largest gap {one['gap']})")
    lines += [f"\nAudit: {audit['says']}" for audit in found["audits"].values() if audit["ok"] is False]
    if found["unreadable"]:
        lines.append(f"\n{said_unreadable(found['unreadable'])}")
    tags = about["tags"]
    dirty = ", with changes that were not committed" if tags["git.dirty"] else ""
    lines.append(f"\nReproduce, at commit `{tags['mlflow.source.git.commit']}`{dirty}:\n\n```\n{about['command']}\n```")
    return "\n".join(lines)


def judged(found: dict) -> str:
    """``converged``, ``not converged`` or ``diverged``."""
    return "diverged" if found["diverged"] else "converged" if found["converged"] else "not converged"


def said_unreadable(lines: int) -> str:
    """What to say of lines in a job's events that cannot be read."""
    return f"{lines} line{'s' * (lines != 1)} of events.jsonl cannot be read; what stood there is not in the record"
