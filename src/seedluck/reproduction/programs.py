"""Runs programs in a runtime, one after the other, each forked from a process that has imported the framework."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from seedluck.basics.passwords import for_children
from seedluck.basics.project import RUNTIMES
from seedluck.runtimes.releases import environment as environment_of

SECONDS = 180  # for one program

SERVER = """
import importlib, json, os, runpy, signal, sys, traceback
for name in sys.argv[1:]:
    importlib.import_module(name)
print("ready", flush=True)
for line in sys.stdin:
    path, out = json.loads(line)
    pid = os.fork()
    if pid == 0:
        signal.alarm(%d)
        told = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(told, 1)
        os.dup2(os.open(out + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        code = 70
        try:
            runpy.run_path(path, run_name="__main__")
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    status = os.waitpid(pid, 0)[1]
    print(os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status), flush=True)
"""


class Programs:
    """A runtime that runs programs. runtime: of a configuration. modules: imported once, before all programs.

    Use it as a context; it ends its process. Raises Broken where the runtime cannot be installed.
    """

    def __init__(self, runtime: dict, modules: list[str]):
        interpreter, folders = environment_of(runtime)
        environment = for_children(
            KERAS_BACKEND=runtime["backend"],
            KERAS_HOME=str(RUNTIMES / "keras_home"),
            TF_CPP_MIN_LOG_LEVEL="2",
            CUDA_VISIBLE_DEVICES="-1",
        )
        if folders:
            environment["PYTHONPATH"] = os.pathsep.join(folders)
        self._scratch = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [interpreter, "-c", SERVER % SECONDS, *modules],
            env=environment,
            cwd=self._scratch.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._process.stdout.readline()
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._scratch.cleanup()

    def run(self, program: str) -> tuple[int, str, str]:
        """Return the exit code of a program (70 for an exception, negative for a signal), and what it printed."""
        self.count += 1
        path = Path(self._scratch.name) / f"{self.count}.py"
        path.write_text(program, encoding="utf-8")
        out = path.with_suffix(".out")
        self._process.stdin.write(json.dumps([str(path), str(out)]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline() or 71)
        return (
            code,
            out.read_text(encoding="utf-8") if out.exists() else "",
            Path(f"{out}.err").read_text(encoding="utf-8") if out.exists() else "",
        )
