"""The backend on Ray: every core or GPU of a cluster is a slot, an actor that trains one job at a time.

The actor is slot.py. What a node needs is installed there when it is first asked for. A job whose node is
lost is tried again on another one.
"""

import atexit
import contextlib
import itertools
import os
import socket
import sys
import time
from dataclasses import dataclass, field

from seedluck.basics.errors import Mistake
from seedluck.basics.passwords import PASSWORD
from seedluck.basics.project import PROJECT, RUNTIMES, SOURCES
from seedluck.execution.backends.slot import COPIED, Slot
from seedluck.execution.codes import ENVIRONMENT, NODE, USER
from seedluck.execution.extras import lacking
from seedluck.execution.job import Job, sent

SECONDS_TO_CONNECT, SECONDS_TO_CLOSE = 10.0, 2.0
SECONDS_BETWEEN_COUNTS = 1.0  # of the cluster's nodes
LEFT_HERE = (
    ".git",
    ".venv",
    ".runtimes",
    ".server",
    "multirun",
    "mlartifacts",
    "mlruns",
    "outputs",
    "tests",
    "docs",
    "benchmarks",
)
UNCHANGED = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")  # which Ray sets, and which decide how a job computes


@dataclass(eq=False)
class _Actor:
    """A slot on a node. cpus, gpus: what it takes of the node. runtime: of the job before."""

    handle: object
    node: str
    cpus: float
    gpus: float
    runtime: str
    job: Job | None = None


@dataclass(eq=False)
class _Attempt:
    """A job on its way.

    begun, asked: what its slot was told, and is asked for. lost: why each slot was lost.
    """

    number: str = ""
    actor: _Actor | None = None
    begun: object = None
    asked: object = None
    lost: list = field(default_factory=list)
    cancelled: bool = False


class Ray:
    """Jobs on a Ray cluster. address: None for one of this machine's own; ``auto``, HOST:PORT or ``ray://HOST:PORT``.

    Raises Mistake if Ray is not installed, or if no cluster answers.
    """

    def __init__(self, address: str | None = None):
        self._address, self._ray = address, None
        self._actors, self._attempts, self._numbers = [], {}, itertools.count()
        self._nodes, self._counted = {}, 0.0
        self._refusals = {}  # what jobs need of a node's disk → node that lacks it → its reason

    def capacity(self, device: str) -> int:
        """Return how many jobs train at once: one a core of the cluster, or one a GPU."""
        kind = "GPU" if device == "gpu" else "CPU"
        return max(1, sum(int(node.get(kind, 0)) for node in self._alive().values()))

    def prepare(self, config: dict):
        """Let a slot begin to import what the configuration needs."""
        actor = self._free(config)
        if actor is not None:
            actor.handle.prepare.remote({key: value for key, value in config.items() if key != "tracking"})

    def submit(self, job: Job):
        """Start a job where there is room for it; where there is none just now, once there is."""
        self._attempts[job] = _Attempt()
        self._begin(job)

    def events(self, job: Job):
        """Yield what a job says; it begins anew where its node was lost."""
        attempt = self._attempts[job]
        while True:
            if attempt.actor is None:
                if (last := self._last_word(job)) is not None:
                    yield last
                    return
                if not self._begin(job):
                    yield None
                    continue
            try:
                said = self._news(attempt)
                if said is None:
                    yield None
                    continue
                ends = bool(said) and said[-1]["event"] == "exit" and not said[-1].pop("refused", False)
                if ends:
                    self._bring(job)
            except self._ray.exceptions.RayTaskError:
                raise  # a fault of execution/backends/slot.py, which no other node would mend
            except self._ray.exceptions.RayError as error:
                self._lose(job, error)
                continue
            if said and said[-1]["event"] == "exit" and not ends:
                self._refused(job, said.pop()["reason"])
            yield from said
            if ends:
                return

    def cancel(self, job: Job):
        """End a job's process at once."""
        attempt = self._attempts[job]
        attempt.cancelled = True
        if attempt.actor is not None:
            attempt.actor.handle.cancel.remote(attempt.number)

    def fetch(self, job: Job):
        """Nothing to do: a job's files come with its last word."""

    # Where jobs go.

    def _begin(self, job):
        """Hand a job to a free slot; return whether there was one."""
        attempt = self._attempts[job]
        actor = self._free(job.config)
        if actor is None:
            return False
        files = {
            str(path.relative_to(job.folder)): path.read_bytes() for path in job.folder.rglob("*") if path.is_file()
        }
        actor.job, actor.runtime = job, job.config["runtime"]["name"]
        attempt.actor, attempt.number = actor, f"{os.getpid()}-{next(self._numbers)}"
        attempt.begun = actor.handle.begin.remote(attempt.number, sent(job), files)
        return True

    def _free(self, config):
        """A slot that trains nothing just now and can train this; None if there is none and no room for another."""
        (cpus, gpus), runtime = _wanted(config), config["runtime"]["name"]
        avoid = self._refusals.get(_needed(config), ())
        alive = self._alive()
        idle = [actor for actor in self._actors if actor.job is None and actor.node in alive]
        fits = [one for one in idle if (one.cpus, one.gpus) == (cpus, gpus) and one.node not in avoid]
        if fits:
            return min(fits, key=lambda one: one.runtime != runtime)
        for node, resources in alive.items():
            if node in avoid:
                continue
            here = [actor for actor in self._actors if actor.node == node]
            for spare in [None, *[actor for actor in here if actor.job is None]]:
                taken = [actor for actor in here if actor is not spare]
                room = resources.get("CPU", 0) - sum(one.cpus for one in taken) >= cpus
                if room and resources.get("GPU", 0) - sum(one.gpus for one in taken) >= gpus:
                    if spare is not None:
                        self._drop(spare)
                    return self._made(node, cpus, gpus, runtime)
        return None

    def _made(self, node, cpus, gpus, runtime):
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        kept = {name: os.environ.get(name) for name in UNCHANGED if gpus == 0}
        there = NodeAffinitySchedulingStrategy(node, soft=False)
        options = {"num_cpus": cpus, "num_gpus": gpus, "max_concurrency": 8, "scheduling_strategy": there}
        handle = self._ray.remote(Slot).options(**options).remote(kept)
        self._actors.append(actor := _Actor(handle, node, cpus, gpus, runtime))
        return actor

    def _drop(self, actor, lost=False):
        """Give a slot's room back. lost: it does not answer, and is not asked to tidy up."""
        self._actors.remove(actor)
        with contextlib.suppress(Exception):  # of a node that is gone
            if not lost:
                self._close([actor])
        with contextlib.suppress(Exception):
            self._ray.kill(actor.handle)

    def _close(self, actors):
        """Let slots tidy up; one that is killed leaves that to the next on its machine."""
        closing = [actor.handle.close.remote() for actor in actors]
        self._ray.wait(closing, num_returns=len(closing), timeout=SECONDS_TO_CLOSE)

    def _alive(self):
        """Node → its resources, of those that answer."""
        self._connect()
        if time.monotonic() - self._counted > SECONDS_BETWEEN_COUNTS:
            self._nodes = {node["NodeID"]: node["Resources"] for node in self._ray.nodes() if node["Alive"]}
            self._counted = time.monotonic()
        return self._nodes

    def _connect(self):
        if self._ray is None:
            self._ray = connected(self._address)
            atexit.register(self._end)  # before the connection does

    def _end(self):
        with contextlib.suppress(Exception):  # of a cluster that is gone
            if self._actors:
                self._close(self._actors)

    # What becomes of them.

    def _news(self, attempt):
        """What a job has said meanwhile; None if its slot has not answered yet."""
        attempt.asked = attempt.asked or attempt.actor.handle.said.remote(attempt.number, attempt.begun)
        if not self._ray.wait([attempt.asked], timeout=0)[0]:
            return None
        asked, attempt.asked = attempt.asked, None
        return self._ray.get(asked)

    def _bring(self, job):
        """Bring what a job left into its folder, and free its slot."""
        attempt = self._attempts[job]
        files = self._ray.get(attempt.actor.handle.take.remote(attempt.number))
        for path, content in files.items():
            file = job.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        attempt.actor.job = None

    def _lose(self, job, error):
        """A slot does not answer: it goes, and its job waits for another one."""
        attempt, self._counted = self._attempts[job], 0.0
        self._drop(attempt.actor, lost=True)
        attempt.actor = attempt.asked = None
        attempt.lost.append(next(iter(str(error).strip().splitlines()), type(error).__name__))
        if len(attempt.lost) <= job.config["job"]["retries"] and not attempt.cancelled:
            why = attempt.lost[-1].rstrip(".")
            print(f"{job.name}: its place on the cluster was lost, and it is tried again ({why})", file=sys.stderr)

    def _refused(self, job, reason):
        """A node lacks what a job needs: other nodes are asked, for all jobs that need the same."""
        attempt = self._attempts[job]
        refusals = self._refusals.setdefault(_needed(job.config), {})
        if attempt.actor.node not in refusals:
            refusals[attempt.actor.node] = reason
            print(f"{job.name}: a node of the cluster cannot train it, so others are asked ({reason})", file=sys.stderr)
        attempt.actor.handle.take.remote(attempt.number)  # so that nothing of it stays there
        attempt.actor.job = attempt.actor = None

    def _last_word(self, job):
        """The ``exit`` of a job that no slot trains any more; None while it waits for one."""
        attempt = self._attempts[job]
        if attempt.cancelled:
            return _exit(USER, "interrupted by the user")
        if len(attempt.lost) > job.config["job"]["retries"]:
            times = f"{len(attempt.lost)} times" if len(attempt.lost) > 1 else "once"
            return _exit(NODE, f"its place on the cluster was lost {times}: {attempt.lost[-1]}")
        return self._nowhere(job.config)

    def _nowhere(self, config):
        """The ``exit`` of a job that no node can train, however long it waits; None if one can, or if none answers."""
        alive, avoid, (cpus, gpus) = self._alive(), self._refusals.get(_needed(config), {}), _wanted(config)
        large = {node for node, has in alive.items() if has.get("CPU", 0) >= cpus and has.get("GPU", 0) >= gpus}
        if not alive or large - avoid.keys():
            return None
        wanted = f"{cpus:g} CPU" + f" and {gpus:g} GPU" * (gpus > 0)
        reasons = [avoid[node] for node in large] or [f"no node of the cluster has {wanted}, which a job takes"]
        return _exit(ENVIRONMENT, "; ".join(dict.fromkeys(reasons)))


def _wanted(config):
    """What a job takes of a node: cores, GPUs."""
    return float(config["device"]["threads"] or 1), 1.0 if config["device"]["kind"] == "gpu" else 0.0


def _needed(config):
    """What a job needs of a node's disk, as one word."""
    scenario = config["scenario"]
    return repr((config["runtime"], scenario["script"], scenario.get("_target_")))


def _exit(by, reason):
    return {"event": "exit", "code": 1, "by": by, "reason": reason, "waited": 0.0, "time": time.time()}


def _knock(address):
    """Raise OSError or ValueError if nothing listens at an address with a port, which Ray itself tries for minutes."""
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), SECONDS_TO_CONNECT).close()


def connected(address: str | None):
    """Return the module ``ray``, connected to a cluster; the connection ends with this process.

    Raises Mistake if Ray is not installed, or if no cluster answers.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # what users train is their own affair
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # leave CUDA_VISIBLE_DEVICES as the user has it
    try:
        import ray
    except ImportError as error:
        raise Mistake(lacking("ray", "Ray", "hydra/launcher=ray", "hydra/launcher=warm")) from error
    if ray.is_initialized():
        return ray
    environment = {"env_vars": {"SEEDLUCK_RUNTIMES": str(RUNTIMES), PASSWORD: ""}}  # no job opens the store
    if address is None:
        environment["env_vars"]["PYTHONPATH"] = os.pathsep.join([str(SOURCES), os.environ.get("PYTHONPATH", "")])
    else:
        environment.update(working_dir=str(PROJECT), excludes=[f"/{name}" for name in LEFT_HERE])
        environment["env_vars"]["PYTHONPATH"] = COPIED  # from the copy, in which Ray starts its workers
    quiet = {"include_dashboard": False} if address is None else {}
    try:
        _knock(address)
        ray.init(address or "local", runtime_env=environment, log_to_driver=False, logging_level="ERROR", **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        said = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Mistake(
            f"hydra.launcher.address is {address!r}, where no Ray cluster answers ({said}); allowed: null, auto, "
            "HOST:PORT, ray://HOST:PORT; the nearest valid choice is null, for a cluster of this machine's own."
        ) from error
    atexit.register(ray.shutdown)
    return ray
