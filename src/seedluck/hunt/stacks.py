"""The stacks of a hunt: a package in a runtime, and the process in which it computes cases."""

import base64
import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from omegaconf import OmegaConf

from seedluck.basics.errors import Mistake, nearest
from seedluck.basics.passwords import for_children
from seedluck.basics.project import PROJECT, RUNTIMES, SOURCES
from seedluck.config import instructions
from seedluck.config.composer import composed
from seedluck.config.locks import canonical, locked, over
from seedluck.runtimes.installation import Broken
from seedluck.runtimes.releases import environment

SECONDS = 60  # of one case, the first of which starts the framework's threads


@dataclass(frozen=True)
class Stack:
    """A package in a runtime. module: ``keras``, ``tf_keras``, or ``torch`` for other people's optimizers."""

    runtime: dict
    module: str

    @property
    def name(self) -> str:
        """``keras_jax/keras``, and the release that is laid over it."""
        laid = "".join(f"+{package}=={release}" for package, release in sorted(over(self.runtime).items()))
        return f"{self.runtime['name']}/{self.module}{laid}"

    @property
    def versions(self) -> str:
        """``keras 3.15.1 on jax 0.10.2``."""
        known = {**locked(self.runtime), **over(self.runtime)}
        backend = self.runtime["backend"]
        parts = [self.module, known.get(canonical(self.module), "")]
        if self.module != backend:
            parts += ["on", backend, known.get(backend) or known.get(f"{backend}-cpu", "")]
        return " ".join(filter(None, parts))

    @property
    def is_witness(self) -> bool:
        """Whether it is another package, which cases are held against."""
        return self.module == "torch"


def stacks(names: list[str], packages: list[str], laid: list[str]) -> list[Stack]:
    """Return the stacks of runtimes, a package each, and PyTorch's own optimizers where there is PyTorch.

    packages: those to take; all if empty. laid: releases such as ``keras==3.5.0`` for those that have the package.
    Raises Mistake for a runtime or a package that is not there.
    """
    known = sorted(path.stem for path in (PROJECT / "conf" / "runtime").glob("*.yaml"))
    told = []
    for name in names:
        if name not in known:
            raise Mistake(f"runtime is {name!r}; allowed: {', '.join(known)}{nearest(name, known)}.")
        runtime = _runtime(name)
        offered = list(runtime["packages"])
        for package in packages:
            if package not in ("keras", "tf_keras"):
                raise Mistake(
                    f"framework is {package!r}; allowed: keras, tf_keras{nearest(package, ['keras', 'tf_keras'])}."
                )
        taken = [one for one in offered if not packages or one in packages]
        for module in taken:
            mine = [release for release in laid if canonical(release.partition("==")[0]) == canonical(module)]
            told.append(Stack({**runtime, "over": mine}, module))
        if runtime["backend"] == "torch" and taken:
            told.append(Stack(runtime, "torch"))
    if not any(not stack.is_witness for stack in told):
        raise Mistake(
            f"runtime is {','.join(names)}, and none of them has {' or '.join(packages)}; the nearest valid choice is "
            "framework=keras."
        )
    return told


def _runtime(name):
    return OmegaConf.to_container(composed([f"runtime={name}"]).runtime)


def computed(
    stack: Stack, cases: list[str], floatx: str = "float32", draw: int = 0, keep: Callable = lambda process: None
) -> Iterator[dict]:
    """Yield what a stack answers to cases, as cases/__main__.py has it, one after another.

    keep: told the process, so that it can be ended. Raises Broken where the stack cannot be had, or does not start.
    """
    interpreter, folders = environment(stack.runtime)
    words = {
        "KERAS_BACKEND": stack.runtime["backend"],
        "KERAS_HOME": str(RUNTIMES / "keras_home"),  # a user's keras.json must not decide
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([*folders, str(SOURCES)]),
        "PYTHONWARNINGS": "ignore",
        **instructions.everywhere(stack.runtime["limits"]),
    }
    process = subprocess.Popen(
        [interpreter, "-m", "seedluck_worker.cases", stack.module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=for_children(**words),
        start_new_session=True,
        encoding="utf-8",
    )
    keep(process)
    asked = {"cases": cases, "floatx": floatx, "draw": draw, "seconds": SECONDS}
    ready = False
    with process:  # its pipes are closed, and it is waited for
        said = _Drained(process)
        with contextlib.suppress(BrokenPipeError):  # said below, with what it wrote
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            content = json.loads(line)
            if "ready" in content:
                ready = True
            else:
                yield content
        said.join()
    if not ready or process.returncode > 0:
        raise Broken(f"{stack.name} ended: {(said.lines or ['without a word'])[-1].strip()}")


class _Drained(threading.Thread):
    """Reads what a process says besides, so that it never waits for room. lines: the last of it."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.lines, self._process = [], process
        self.start()

    def run(self):
        for line in self._process.stderr:
            self.lines = [*self.lines[-5:], line]


def catalogue(families: list[str]) -> dict[str, dict]:
    """Return case → what it is, of the families; all of them if there is none. Raises Mistake for an unknown one."""
    done = subprocess.run(
        [sys.executable, "-m", "seedluck_worker.cases.listing", *families],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise Mistake(f"hunt.only is {','.join(families)}: {done.stderr.strip().splitlines()[-1]}")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["case"]: one for one in told}


def numbers(packed: list) -> list[float]:
    """Return the entries of an array that a worker packed."""
    raw = base64.b64decode(packed[1])
    return list(struct.unpack(f"<{len(raw) // 8}d", raw))


def share(answer: dict) -> float | None:
    """Return how far an answer lies from its formula, as a share of the largest value; None if shapes differ."""
    worst = 0.0
    for name, wanted in answer["wanted"].items():
        told = answer["values"][name]
        if told[0] != wanted[0]:
            return None
        pairs = [(a, b) for a, b in zip(numbers(told), numbers(wanted), strict=True) if math.isfinite(b)]
        if any(not math.isfinite(a) for a, _ in pairs):
            return None
        if pairs:
            worst = max(worst, max(abs(a - b) for a, b in pairs) / max(max(abs(b) for _, b in pairs), 1e-30))
    return worst
