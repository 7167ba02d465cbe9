"""A job that is under way: recorded, handed to its backend, followed to its end, stored."""

import contextlib
import hashlib
import json
import shutil
import time

from seedluck.basics.errors import Mistake
from seedluck.basics.folders import is_full, unwritable
from seedluck.basics.passwords import hidden
from seedluck.basics.strict_json import text, write
from seedluck.execution.backends.backend import Backend
from seedluck.execution.codes import CRASH, DISK, ENVIRONMENT, ERROR, ITSELF, NO_START, USER
from seedluck.execution.delivery import deliver, insist_delivered, store
from seedluck.execution.job import Job
from seedluck.execution.result import one_line, said_unreadable
from seedluck.runtimes.installation import Broken
from seedluck.tracking.events import DAMAGED, count_unreadable, read_events

# What a run before left, where its folder is named again.
LEFT = (
    "events.jsonl",
    "result.json",
    "results.json",
    "seeds.parquet",
    "curves.parquet",
    "curves.npz",
    "traceback.txt",
    "worker.log",
    "weights",
    "graph",
    "seeds",
    "estimator",
    "exit.json",
    "cancel",
    "slurm.json",
    "inputs.json",
    "workdir.json",
    "work",
    "wrote",
    "printed.txt",
)


class NoRoom(Broken):
    """A folder that a job needs cannot be written, so that no other job could either; the argument is a sentence."""


class UnderWay:
    """A job that is being trained: call :meth:`look` repeatedly until ``ended`` is true, then :meth:`finish` once.

    attached: another command began it, and it is only followed.

    Raises, before the job starts: Mistake if no MLflow store answers, or if the folder holds a run that the store has
    not received yet; Broken if the runtime cannot be installed; NoRoom if the folder cannot be written.
    """

    def __init__(self, job: Job, backend: Backend, attached: bool = False):
        self.job, self.ended, self._told = job, False, set()  # seeds that told their result
        self._backend, self._status, self._by, self._reason = backend, "finished", ITSELF, None
        self._waited = 0.0
        if attached:
            self._attach()
            return
        ours = not job.folder.exists()
        try:
            insist_delivered(job.folder)
            backend.prepare(job.config)  # imports the framework while this process imports MLflow
            job.folder.mkdir(parents=True, exist_ok=True)
            self._begin(job)
        except OSError as error:
            raise NoRoom(unwritable(job.folder, error)) from error
        except (Mistake, Broken):
            if ours:  # it holds nothing: the job never began; what was there before is an earlier run's
                shutil.rmtree(job.folder, ignore_errors=True)
            raise
        backend.submit(job)
        self._events = backend.events(job)

    @property
    def trained(self) -> bool:
        """Whether it has told its results, so that only its process has to end; the first seed's is told last."""
        return self.job.seeds[0] in self._told

    @property
    def failed(self) -> bool:
        """Whether it has ended otherwise than by itself."""
        return self.ended and self._status != "finished"

    def look(self) -> list[dict]:
        """Return what the job has said since the last look; after its last word ``ended`` is true."""
        said = []
        for event in self._events:
            if event is None:
                break
            if event["event"] == DAMAGED:
                self._fail(event["why"])
                continue
            said.append(event)
            self._take(event)
        else:
            if not self.ended and self._status == "finished":  # the backend broke off, and says no more of this job
                self._fail("its backend could not hand it over")
            self.ended = True
        return said

    def stop(self, reason: str, by: str = USER):
        """End the job at once, as killed. by: a code of execution/codes.py."""
        if self._status != "killed":
            self._backend.cancel(self.job)
            self._status, self._by, self._reason = "killed", by, reason

    def leave(self):
        """Go away from a job that goes on by itself."""
        self._record.outlive()

    def finish(self) -> list[dict]:
        """Close the run of a job that has ended; return the content of ``result.json`` for each of its seeds."""
        folder = self.job.folder
        self._backend.fetch(self.job)
        if damaged := count_unreadable(folder):  # by whom and when is not known: nothing that it says is trusted
            self._fail(f"{said_unreadable(damaged)}")
        ended = {"event": "ended", "status": self._status, "ended_by": self._by, "reason": self._reason}
        ended.update(waited=self._waited, time=time.time())
        events = [*read_events(folder), ended]
        with contextlib.suppress(OSError):  # of a full disk, which is said when result.json is written
            _append(folder / "events.jsonl", text(ended).replace("\n", "") + "\n")
        results = store(self.job.config, folder, self._record, self._about, events)
        if results[0]["lost"]:
            with contextlib.suppress(Mistake):
                results = deliver(folder)
        return results

    def _attach(self):
        """Go on with a job that another command began."""
        from seedluck.tracking.job_run import Record

        self._about = json.loads((self.job.folder / "about.json").read_text(encoding="utf-8"))
        name, tags, run_id = (self._about[key] for key in ("name", "tags", "run_id"))
        self._record = Record(self.job.config, self.job.folder, name, tags, run_id)
        self._backend.attach(self.job)
        self._events = self._backend.events(self.job)

    def _begin(self, job):
        from seedluck.tracking.git import commit
        from seedluck.tracking.job_run import Record

        source, fingerprints = commit(), [job.fingerprint(seed) for seed in job.seeds]
        seeds = ",".join(map(str, job.seeds))
        tags = {
            "scenario": job.config["scenario"]["name"],
            "variant": job.config["variant"],
            "framework": job.config["framework"]["name"],
            "runtime": job.config["runtime"]["name"],
            "seed": seeds,
            "mlflow.source.name": "src.run",
            "mlflow.source.type": "LOCAL",
            "mlflow.source.git.commit": source["commit"],
            "git.dirty": source["dirty"],
            "fingerprint": fingerprints[0] if len(fingerprints) == 1 else digest(fingerprints),
            "configuration": job.configuration,
            "folder": job.folder,
            **({"mlflow.parentRunId": job.parent, "role": job.role} if job.parent else {}),
            **({"side": job.side, "copy": job.copy} if job.side else {}),
        }
        self._about = {
            "name": job.name,
            "seeds": list(job.seeds),
            "tags": tags,
            "fingerprints": fingerprints,
            "words": list(job.words),
            "command": job.command,
        }
        self._record = Record(job.config, job.folder, job.name, tags, job.run_id)
        self._about["run_id"] = self._record.run_id
        try:
            for name in LEFT:  # where the user names a folder again it holds the later run alone
                left = job.folder / name
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
            several = {"seeds": list(job.seeds)} if len(job.seeds) > 1 else {}
            write(job.folder / "job.json", {**job.config, **several}, keep_infinity=True)
            if job.config["scenario"]["script"]:
                write(job.folder / "environment.json", _environment(job, self._record.run_id))
            write(job.folder / "about.json", self._about)
            if job.config["seed"]["start"]:
                _put_start(job)
        except OSError as error:
            self._record.abandon(unwritable(job.folder, error))
            raise
        except Mistake as mistake:
            self._record.abandon(mistake.args[0])
            raise

    def _take(self, event):
        self._record.take(event)
        if event["event"] == "error":
            says = one_line(event.get("says") or f"{event['kind']}: {event['message']}")
            self._status, self._by, self._reason = "failed", ERROR, says
            if is_full(full := OSError(event.get("errno"), "")):
                self._by, self._reason = DISK, unwritable(self.job.folder, full)
            with contextlib.suppress(OSError):
                (self.job.folder / "traceback.txt").write_text(event["traceback"], encoding="utf-8")
        elif event["event"] == "result":
            self._told |= {event["seed"]} if event.get("seed") is not None else {*self.job.seeds}
        elif event["event"] == "exit":
            self.ended, self._waited = True, event["waited"]
            if event["code"] != 0 and self._status == "finished":
                self._status = "failed" if event["by"] in (None, CRASH, ENVIRONMENT) else "killed"
                self._by = event["by"] or ERROR
                self._reason = event["reason"] or _of_no_word(event["code"], self.job.folder)
                if event["by"] == ENVIRONMENT and NO_START in event["reason"]:
                    self._reason += f"; to install it anew: {_installs(self.job.config['runtime'])}"
            elif not self._told.issuperset(self.job.seeds):
                self._fail(f"it told no result before {_of_no_word(event['code'], self.job.folder)}")

    def _fail(self, reason):
        """Mark it as failed, with a sentence; what was said of it first stands."""
        if self._status == "finished":
            self._status, self._by, self._reason = "failed", ERROR, reason


def _installs(runtime):
    """The command that installs a runtime's environment anew."""
    of_its_own = f"python -m src.runtimes install {runtime['name']}"
    return of_its_own if runtime["python"] else "make --always-make .venv/.ready"


def _environment(job, run_id):
    """Environment variables by which what a script logs with MLflow goes to its run; no password is among them."""
    return {"MLFLOW_TRACKING_URI": hidden(job.config["tracking"]["uri"]), "MLFLOW_RUN_ID": run_id}


def digest(fingerprints):
    """One text for many fingerprints, which no tag would hold."""
    return hashlib.sha256(",".join(fingerprints).encode()).hexdigest()


def _put_start(job):
    """Put the initial weights that the job takes over into its folder, or into that of each of its seeds."""
    from seedluck.tracking.reader import put_initial_weights

    for seed in job.seeds:
        folder = job.folder / "seeds" / str(seed) if len(job.seeds) > 1 else job.folder
        folder.mkdir(parents=True, exist_ok=True)
        put_initial_weights(job.config["tracking"]["uri"], job.config["seed"]["start"], seed, folder)


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
    last = log.read_text(errors="replace", encoding="utf-8").strip().splitlines()[-1:] if log.exists() else []
    return f"the worker ended with exit code {code}" + "".join(f"; its last words: {one_line(words)}" for words in last)
