"""What the kernel does for processes that must not outlive the ones that started them (Linux, prctl(2))."""

import ctypes
import os
import signal

PARENT_DIES, SUBREAPER = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER
_libc = ctypes.CDLL(None)


def end_with(parent, number=signal.SIGKILL):
    """Let the kernel send this process a signal once its parent, the process of this number, is gone.

    Nothing that this process does, holding the interpreter's lock among it, delays SIGKILL. The parent has to have
    forked it from a thread that lives as long as the parent does.
    """
    _libc.prctl(PARENT_DIES, ctypes.c_ulong(number), 0, 0, 0)
    if os.getppid() != parent:  # it was gone before the kernel knew
        os._exit(1)


def adopt_orphans():
    """Let whatever descends from this process become its child once its own parent is gone."""
    _libc.prctl(SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)


def descendants():
    """Return number → command line of every process that descends from this one and still runs."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:  # "7 (name) S 1 ...", where a name may hold anything
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except OSError:  # gone meanwhile
                continue
            if state != b"Z":
                parents[int(entry)] = int(parent)
    ours, grows = {os.getpid()}, True
    while grows:
        more = {number for number, parent in parents.items() if parent in ours} - ours
        ours, grows = ours | more, bool(more)
    return {number: _command(number) for number in sorted(ours - {os.getpid()})}


def _command(number):
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
