"""The warm parent of a runtime: imports the framework once and forks a fresh process for each job.

``python -m seedluck_worker.worker FOLDER MODULE ...`` goes to the folder, imports the modules and answers on standard
output, in JSON lines, what it reads on standard input:

    {"job": name, "folder": path, "import_path": folders, "rehearse": bool, "environment": name → value}
                                   →  {"job": name, "pid": number}, then {"job": name, "exit": code or -signal}
    {"kill": name}                 →  that job's exit

It runs no operation itself, so that a fork is safe; at the end of its input it ends its children and itself. Each child
is the keeper of a job (keeper.py), and ends as its job does.
"""

import gc
import importlib
import json
import os
import select
import signal
import sys
import time

# Keras imports each of these if it is there, which costs seconds; no job needs them for that.
HEAVY_AND_OPTIONAL = ("IPython", "jax", "matplotlib", "pandas", "pyarrow", "sklearn", "torch")


def main(folder, *modules):
    """Go to the folder, import the modules and answer orders until the input ends."""
    os.chdir(folder)
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
                _obey(json.loads(line.decode()), children, answer, answers.fileno())
        for name, pid in list(children.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del children[name]
                answer(job=name, exit=-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    for pid in children.values():
        os.kill(pid, signal.SIGTERM)
    for pid in children.values():
        os.waitpid(pid, 0)


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
    for module in ("seedluck_worker.worker.job", "seedluck_worker.worker.keeper"):  # or every child would
        importlib.import_module(module)
    for name in hidden:
        del sys.modules[name]
    # What was imported stays for good. Looked through for garbage in a child it would cost a fifth of a second each
    # time, and a copy of every page of memory that the child shares with this process.
    gc.collect()
    gc.freeze()
    gc.enable()


def _obey(order, children, answer, answers):
    if "kill" in order:
        if order["kill"] in children:
            os.kill(children[order["kill"]], signal.SIGTERM)
        return
    pid = os.fork()
    if pid == 0:
        try:
            _become(order, answers)
        finally:
            os._exit(1)
    children[order["job"]] = pid
    answer(job=order["job"], pid=pid)


def _become(order, answers):
    """Become the keeper of the job in this forked process."""
    folder, work = order["folder"], "rehearse" if order["rehearse"] else "run"
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(answers)  # or whatever the job leaves running would hold it open, and somebody waits for its end
    log = os.open(os.path.join(folder, "worker.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for number in (1, 2):
        os.dup2(log, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name in {*os.environ} - {*order["environment"]}:
        del os.environ[name]
    os.environ.update(order["environment"])
    of_python = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[1:1] = [*order["import_path"], *(place for place in of_python if place not in sys.path)]
    from seedluck_worker.worker import job, keeper  # imported already

    keeper.keep(
        lambda: getattr(job, work)(folder),
        lambda left: job.tidy_up(folder, left),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
