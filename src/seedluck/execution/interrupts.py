"""Ctrl-C, a request to terminate and a closed terminal, answered between two steps instead of in the middle of one."""

import os
import signal
import threading

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_terminals = [number for number in (1, 2) if os.isatty(number)]


class Interrupts:
    """Context manager: keeps the first SIGINT, SIGTERM or SIGHUP in ``number``; a second raises KeyboardInterrupt.

    It works in the main thread only, since Python gives signals to no other; in other threads it does nothing.
    """

    def __enter__(self):
        self.number, self._before = None, {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: heed(number, self._note) for number in ENDING}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if number == signal.SIGHUP:
            let_go_of_terminal()
        if self.number is not None and number != signal.SIGHUP:  # which a closing terminal may send twice
            raise KeyboardInterrupt(number)
        self.number = self.number or number


def heed(number: int, handler):
    """Let a signal be answered by a handler, but for SIGHUP where it is ignored, as under nohup; return what did."""
    before = signal.getsignal(number)
    if not (number == signal.SIGHUP and before == signal.SIG_IGN):
        signal.signal(number, handler)
    return before


def let_go_of_terminal():
    """Write to nowhere what would go to the terminal, which is closed; to write there would be an error."""
    for number in _terminals:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), number)
