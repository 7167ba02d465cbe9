"""Files of a folder that any code of this process or of others opens, as the kernel tells (Linux, inotify(7))."""

import ctypes
import os
import struct

OPENED, MODIFIED, CREATED, IS_FOLDER, OVERFLOW = 0x20, 0x02, 0x100, 0x40000000, 0x4000
MOST_FOLDERS = 1000  # below the one that is watched
NOT_WATCHED = ("__pycache__", "node_modules", "multirun", "mlruns", "mlartifacts", "outputs")
EVENT = struct.Struct("iIII")  # watch, what happened, cookie, length of the name
_libc = ctypes.CDLL(None)


class Opened:
    """Watches a folder and those below it from now on, but for hidden ones and environments."""

    def __init__(self, folder):
        self._watches, self.complete = {}, True
        self._queue = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._queue < 0:
            self.complete = False
            return
        for place, inside, _ in os.walk(folder):
            inside[:] = [name for name in inside if _is_watched(os.path.join(place, name), name)]
            watch = -1
            if len(self._watches) < MOST_FOLDERS:
                watch = _libc.inotify_add_watch(self._queue, os.fsencode(place), OPENED | MODIFIED | CREATED)
            if watch < 0:
                self.complete = False
                break
            self._watches[watch] = place

    def close(self):
        """Return the files that were opened and not written, what was made, and whether these are all."""
        opened, written, made = set(), set(), set()
        for watch, happened, name in self._events():
            if happened & OVERFLOW:
                self.complete = False
                continue
            path = os.path.join(self._watches[watch], os.fsdecode(name))
            if happened & CREATED:
                made.add(path)
            if name and not happened & IS_FOLDER:
                (opened if happened & OPENED else written).add(path)
        return opened - written, made, self.complete

    def _events(self):
        if self._queue < 0:
            return
        told = b""
        try:
            while True:
                told += os.read(self._queue, 1 << 16)
        except BlockingIOError:
            os.close(self._queue)
        place = 0
        while place < len(told):
            watch, happened, _, length = EVENT.unpack_from(told, place)
            place += EVENT.size + length
            yield watch, happened, told[place - length : place].rstrip(b"\0")


def _is_watched(path, name):
    return not name.startswith(".") and name not in NOT_WATCHED and not os.path.exists(os.path.join(path, "pyvenv.cfg"))
