"""Ctrl-C and a request to terminate, answered between two steps instead of in the middle of one."""

import signal
import threading


class Interrupts:
    """Context manager: keeps the first SIGINT or SIGTERM in ``number``; a second one raises KeyboardInterrupt.

    It works in the main thread only, since Python gives signals to no other; in other threads it does nothing.
    """

    def __enter__(self):
        self.number, self._before = None, {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if self.number is not None:
            raise KeyboardInterrupt(number)
        self.number = number
