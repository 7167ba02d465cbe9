"""The warm parent of a runtime: imports the framework once and forks a fresh process for each job.

``python -m src.worker MODULE ...`` imports the modules and answers on standard output, in JSON lines, what it
reads on standard input:

    {"job": name, "folder": path, "import_path": folders, "rehearse": bool}
                                   →  {"job": name, "pid": number}, then {"job": name, "exit": code or -signal}
    {"kill": name}                 →  that job's exit

It runs no operation itself, so that a fork is safe; at the end of its input it ends its children and itself.
"""

import gc
import importlib
import json
import os
import select
import signal
import sys
import time
import traceback

from src.instruments.process import end_with

# Keras imports each of these if it is there, which costs seconds; no job needs them for that.
HEAVY_AND_OPTIONAL = ("IPython", "jax", "matplotlib", "pandas", "pyarrow", "sklearn", "torch")


def main(modules):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a framework prints must not end up among the answers

    def answer(**content):
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    began = time.time()
    _import(modules)
    answer(ready=os.getpid(), seconds=time.time() - began)
    children = {}
    buffer = b""
    woken = _wake_at_a_childs_end()
    while True:
        ready = select.select([0, woken], [], [], 1.0)[0]
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready:
            received = os.read(0, 65536)
            if not received:
                break
            buffer += received
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                _obey(json.loads(line.decode()), children, answer)
        for name, pid in list(children.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del children[name]
                answer(job=name, exit=-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)


def _wake_at_a_childs_end():
    """A file descriptor that can be read once a child has ended."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # without a handler nothing is written
    signal.set_wakeup_fd(writing)
    return reading


def _import(modules):
    gc.disable()  # nothing of an import is garbage, and looking for it takes a tenth of the time
    hidden = [name for name in HEAVY_AND_OPTIONAL if name not in sys.modules and name not in modules]
    sys.modules.update(dict.fromkeys(hidden))
    for module in modules:
        importlib.import_module(module)
    importlib.import_module("src.worker.training")  # or every child would
    for name in hidden:
        del sys.modules[name]
    # What was imported stays for good. Looked through for garbage in a child it would cost a fifth of a second each
    # time, and a copy of every page of memory that the child shares with this process.
    gc.collect()
    gc.freeze()
    gc.enable()


def _obey(order, children, answer):
    if "kill" in order:
        if order["kill"] in children:
            os.kill(children[order["kill"]], signal.SIGKILL)
        return
    pid = os.fork()
    if pid == 0:
        _become(order["folder"], order["import_path"], order["rehearse"])
    children[order["job"]] = pid
    answer(job=order["job"], pid=pid)


def _become(folder, import_path, rehearse):
    """Run the job in this forked process and leave it without any of the parent's clean-up."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        parent = os.getppid()
        log = os.open(os.path.join(folder, "worker.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        end_with(parent)
        sys.path[1:1] = import_path  # after the project, before what is installed
        from src.worker import training  # imported already

        code = (training.rehearse if rehearse else training.run)(folder)
    except BaseException:
        traceback.print_exc()  # into worker.log
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
