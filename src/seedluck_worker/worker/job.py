"""One job: read what to train, train it, tell what happened. Runs in a fresh process and never returns results.

A job's folder holds ``job.json`` (the resolved configuration), and receives ``events.jsonl``, ``weights/*.npz``,
``graph/`` and ``worker.log``.
"""

import hashlib
import importlib
import json
import os
import sys
import time
import traceback

import numpy as np

from seedluck_worker import paths as frameworks
from seedluck_worker.adapters import adapter_of
from seedluck_worker.adapters.toolkit import Toolkit
from seedluck_worker.observing.events import Events, OfSeed
from seedluck_worker.observing.members import Members, member
from seedluck_worker.programs import leaving
from seedluck_worker.randomness.seeds import Seeds
from seedluck_worker.shared.refusals import Mistake, refused
from seedluck_worker.system import inputs, machine
from seedluck_worker.worker import wrote


def run(folder):
    """Train the job in the folder; return the process's exit code."""
    events = Events(os.path.join(folder, "events.jsonl"))
    events.emit("started", pid=os.getpid())
    try:
        with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
            job = json.load(file)
        if job["scenario"]["script"] is not None:
            from seedluck_worker.programs import workdir

            job = workdir.enter(job, folder, events)
        _watch_inputs(job, folder)
        _train(job, folder, events)
        elsewhere = inputs.current.write()
        if elsewhere and job["scenario"]["script"] is not None:
            events.emit("wrote", paths=elsewhere)
        return 0
    except BaseException as error:
        told = {"kind": type(error).__name__, "message": str(error), "errno": getattr(error, "errno", None)}
        told["says"] = getattr(error, "said", None)
        events.emit("error", traceback=traceback.format_exc(), **told)
        if leaving.current is not None:
            leaving.current.call_functions(code=1)
        return 1
    finally:
        events.close()


def _watch_inputs(job, folder):
    """Begin to note what the job reads; how, its parent's environment says (execution/backends/local.py)."""
    how = json.loads(os.environ.pop("SEEDLUCK_WATCH", "{}"))
    key = bytes.fromhex(how["key"]) if how.get("key") else None
    scenario = job["scenario"]
    settled = [*how.get("settled", ()), *(scenario["env"] or {}), "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"]
    words = [*scenario["args"], *(scenario["env"] or {}).values()]
    inputs.current = inputs.Inputs(folder, scenario["script"], key, settled, words)
    inputs.current.watch()


def tidy_up(folder, processes):
    """Keep what the job in the folder wrote, and add to what it said which processes had to be ended after it.

    processes: their command lines.
    """
    if processes:
        events = Events(os.path.join(folder, "events.jsonl"))
        events.emit("left_behind", processes=processes)
        events.close()
    wrote.keep(folder)


def rehearse(folder):
    """Set up the job in the folder and measure once, training nothing; return the process's exit code.

    What the framework does not have is told by events ``mistake``, and that it has everything by ``rehearsed``. Any
    other exception is the training's to tell.
    """
    events = Events(os.path.join(folder, "events.jsonl"))
    try:
        with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
            job = json.load(file)
        kit, scenario, data, path = _set_up(job, events)
        path.prepare(kit, scenario, data, job)
        model = scenario.model(kit, job["variant"])
        kit.optimizer(**job["optimizer"])
        kit.loss(scenario)
        kit.build(model, data.x)
        _insist_measured(job["scenario"]["metric"], dict(scenario.measure(kit, model, data), loss=None))
        path.rehearse(kit, scenario, data, job) if hasattr(path, "rehearse") else None
        events.emit("rehearsed")
    except Mistake as mistake:
        events.emit("mistake", says=str(mistake))
    except Exception:
        traceback.print_exc()  # into worker.log
    finally:
        events.close()
    return 0


def _set_up(job, events):
    """Import and settle the framework, make the scenario and its data; return kit, scenario, data and path."""
    runtime = job["runtime"]
    keras = frameworks.package(runtime["packages"][job["framework"]["package"]])
    path = frameworks.path(job["framework"]["name"])
    module, _, name = job["scenario"]["_target_"].rpartition(".")
    scenario_class = getattr(importlib.import_module(module), name)

    kit = Toolkit(adapter_of(keras, runtime["backend"]), runtime["backend"], Seeds(**job["seed"]))
    seen = kit.engine.settle(job["device"], job["framework"]["variables"])
    if job["device"]["kind"] == "gpu" and not seen:
        raise RuntimeError("device is 'gpu', and the framework sees no GPU on this machine; use device=cpu")
    kit.seeds.hold_process(kit.adapter)
    events.emit("environment", versions=_versions(keras, job), machine=_machine(kit, job))
    if job["framework"]["dtype"]:
        kit.adapter.hold_type(job["framework"]["dtype"])
    scenario = scenario_class(**job["scenario"]["settings"])
    for name in ("loss", "metrics"):
        if job["scenario"][name] is not None:
            setattr(scenario, name, job["scenario"][name])
    settled = scenario.settled(job["variant"])
    if settled:
        events.emit("resolved", settings={"scenario": {"settings": settled}})
    data = scenario.data()
    events.emit("data", inputs=_described(data))
    kit.adapter.hold_masks(kit.seeds)
    return kit, scenario, data, path


def _train(job, folder, events):
    if job["scenario"]["script"] is not None:
        from seedluck_worker.programs import script

        script.train(job, folder, events)
        return
    clock = time.time()
    kit, scenario, data, path = _set_up(job, events)
    seeds = job.get("seeds") or [job["seed"]["value"]]
    if len(seeds) == 1:
        alone = member(kit, scenario, data, path, job, folder, OfSeed(events, seeds[0]))
        recorders = [alone.recorder]
        path.train(kit, scenario, alone.model, data, job, alone.recorder)
    else:
        members = Members(seeds, kit, scenario, data, path, job, folder, events)
        recorders = members.recorders
        path.train_seeds(members, scenario, data, job)
    began = min(recorder.log.began for recorder in recorders)
    _lap(events, "training", began)
    events.emit("seconds", phase="setup", seconds=began - clock)
    for recorder in recorders:
        recorder.end()
        _say_result(recorder, job["scenario"])


def _say_result(recorder, scenario):
    """Say what the run is judged by, from the last measurement."""
    _insist_measured(scenario["metric"], recorder.metrics)
    outcome, audits = recorder.metrics[scenario["metric"]], recorder.audits()
    recorder.log.result(
        scenario,
        outcome,
        recorder.metrics["loss"],
        audits["finite"]["ok"],
        audits=audits,
        ended=recorder.ended,
        metrics=recorder.metrics,
        invariants=recorder.gaps.invariants(),
    )


def _insist_measured(metric, measured):
    if metric not in measured:
        raise refused("scenario.metric is", metric, measured)


def _lap(events, phase, since):
    now = time.time()
    events.emit("seconds", phase=phase, seconds=now - since)
    return now


def _versions(keras, job):
    versions = {"python": sys.version.split()[0], "numpy": np.__version__}
    versions[job["framework"]["package"]] = frameworks.version(keras)
    for name in (job["runtime"]["backend"], "tensorflow_probability"):
        if name in sys.modules:
            versions[name] = sys.modules[name].__version__
    return versions


def _machine(kit, job):
    """What system/machine.py and the engine tell, and what of it this job may use."""
    runtime, device = job["runtime"], job["device"]
    described = dict(machine.describe(), threads=device["threads"] or "as the framework chooses")
    described.update(kit.engine.describe())
    if device["instructions"]:
        described["limited"] = "{} to {}".format(", ".join(runtime["limits"]) or "nothing", device["instructions"])
    return described


def _described(data):
    """Name → shape, type and SHA-256 of each array; equal digests mean equal rows in equal order."""
    described = {}
    for name, value in zip(data._fields, data):
        for i, array in enumerate(value if isinstance(value, list) else [value]):
            if array is None:
                continue
            digest = hashlib.sha256(str((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
            described[name if not isinstance(value, list) else f"{name}[{i}]"] = {
                "shape": list(array.shape),
                "dtype": str(array.dtype),
                "sha256": digest.hexdigest(),
            }
    return described
