"""What Python does at the end of a script, and a forked process would leave undone: threads are waited for, and
functions that were registered with ``atexit`` are called."""

import atexit
import concurrent.futures.thread as pools
import os
import sys
import threading
import time
import traceback

SECONDS_OF_GRACE = 60.0  # for all threads together, and for all functions together; a script may never come to its end

current = None  # of the script that this process runs: a Leaving


class Leaving:
    """Made before the script begins; what its process's parent registered or started is not the script's."""

    def __init__(self):
        self._threads = set(threading.enumerate())
        atexit._clear()
        if "multiprocessing.util" in sys.modules:  # which waits for processes, and registered that when it was imported
            atexit.register(sys.modules["multiprocessing.util"]._exit_function)

    def wait_for_threads(self):
        """Wait until the script's threads have ended, but for daemons; say which have not after SECONDS_OF_GRACE."""
        until = time.time() + SECONDS_OF_GRACE
        while True:
            left = [one for one in threading.enumerate() if one not in self._threads and not one.daemon]
            if not left or time.time() >= until:
                break
            if any(one in pools._threads_queues for one in left):
                _end_pools()
            left[0].join(max(0.0, min(1.0, until - time.time())))
        if left:
            names = ", ".join(one.name for one in left)
            sys.stderr.write(f"after {SECONDS_OF_GRACE:g} s these threads still run, and end unasked: {names}\n")

    def call_functions(self, code=0):
        """Call what the script registered; where that takes longer than SECONDS_OF_GRACE, end the process.

        code: its exit code then. What came of the script has been told before.
        """
        late = threading.Timer(SECONDS_OF_GRACE, os._exit, [code])
        late.daemon = True
        late.start()
        try:
            atexit._run_exitfuncs()
        except BaseException:  # a function's own affair, as at the end of any script
            traceback.print_exc()
        late.cancel()


def _end_pools():
    """Let threads that wait for more work end: Python asks them to when it ends; pools that come later still work."""
    pools._python_exit()
    pools._shutdown = False
