"""What ended a job: the codes of ``ended_by`` in ``result.json``."""

import signal

ITSELF, ERROR = "itself", "error"  # it came to its end; it raised an exception
USER, SIBLING = (
    "user",
    "sibling",
)  # it was stopped: by Ctrl-C; because another job without which it is worth nothing failed
DISK, TIMEOUT, SIGNAL = "disk", "timeout", "signal"
CRASH = "crash"  # a signal that is a worker's own doing
PARENT, ENVIRONMENT = "parent", "environment"  # the process it was forked from ended; or could not import its runtime
NO_START = "the runtime's environment does not start"  # of ENVIRONMENT, where what is installed is broken
NODE = "node"  # the machine or the scheduler that it was given to lost it, more often than job.retries

CRASHES = [getattr(signal, f"SIG{name}") for name in ("ABRT", "BUS", "FPE", "ILL", "SEGV")]
