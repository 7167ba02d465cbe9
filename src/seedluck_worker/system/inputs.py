"""What a training reads besides its configuration and its packages: files, folders' names, environment variables.

Python tells of every file that it opens (audit hooks, PEP 578; on Python 3.7 the functions are wrapped). What a library
opens by itself in the script's folder, or in a folder that the script's arguments name, is told by the kernel
(inotify(7)). Packages, the system's own files and whatever
the training wrote itself are left out.
"""

import builtins
import contextlib
import importlib.util
import io
import json
import os
import sys
import threading

from seedluck_worker.shared import digests
from seedluck_worker.system.opened import Opened

#: Beginnings of variables by which libraries compute otherwise, read by code that cannot be watched.
LIBRARIES = ("TF_", "XLA_", "KERAS_", "JAX_", "TORCH_", "PYTORCH_", "CUDA_", "CUBLAS_", "CUDNN_", "OMP_", "MKL_")
LIBRARIES += ("OPENBLAS_", "ONEDNN_", "DNNL_", "ATEN_", "NVIDIA_", "PYTHONHASHSEED")
SYSTEM = ("/proc/", "/sys/", "/dev/", "/usr/", "/lib/", "/lib64/", "/etc/", "/run/")
#: Folders in which every program of the machine makes files; what is read there counts, and not what else lies there.
OF_ALL = ("/tmp", "/var/tmp")
OF_PACKAGES = ("/site-packages/", "/dist-packages/")
OF_OTHERS = (*OF_PACKAGES, "/__pycache__/")
OF_OTHERS += ("/.cache/matplotlib/", "/.config/matplotlib/", "/.cache/fontconfig/")
HEARD = ("open", "os.listdir", "os.scandir", "os.mkdir")
IMPORTS = "<frozen importlib._bootstrap_external>"
SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOST_WRITTEN = 20  # files elsewhere that are named
PART = "inputs.{}.json"  # of a process that the job forked


class Inputs:
    """Watches what this process reads, from :meth:`watch` to :meth:`write`.

    folder: the job's, for ``inputs.json``. script: its path, or None. key: of digests of variables, bytes, or None.
    settled: names of variables whose values the configuration decides. words: what the script is handed on, some of
    which may name folders.
    """

    def __init__(self, folder, script=None, key=None, settled=(), words=()):
        self._folder, self._key, self._settled = folder and os.path.abspath(folder), key, {*settled}
        self._script = script and os.path.abspath(script)
        self._beside = self._script and os.path.dirname(self._script)
        self._files, self._folders, self._variables = {}, {}, {}
        self._written, self._shared, self._unchecked = set(), set(), set()
        self._made = set()  # folders, in which nothing was before
        self._copies = {}  # copy of a folder → the folder
        self._on, self._within = False, threading.local()
        own = [SOURCES, os.path.join(os.path.dirname(SOURCES), ".runtimes")]
        python = [os.environ.get("SEEDLUCK_RUNTIMES"), sys.prefix, sys.base_prefix, sys.exec_prefix]
        self._left_out = [os.path.join(place, "") for place in own + python if place] + list(SYSTEM)
        self._home = os.path.expanduser("~")
        self._of_all = {*OF_ALL, os.path.abspath(os.environ.get("TMPDIR") or OF_ALL[0])}
        self._places = [self._beside, *_folders_of(words, self._beside)] if self._beside else []
        self._opened = {}  # place → what is opened there

    def watch(self):
        """Begin; what is read before is not seen."""
        self._opened = {place: Opened(place) for place in self._places}
        self._on = True
        if hasattr(sys, "addaudithook"):
            sys.addaudithook(self._heard)
        else:
            self._wrap()
        if self._key is None:
            self._unchecked.add("environment variables")
        else:
            for name, value in os.environ.items():
                if name.startswith(LIBRARIES) and name not in self._settled:
                    self._variables[name] = digests.of_variable(self._key, name, value)
            self._watch_variables()

    def write(self):
        """End, and leave ``inputs.json`` if anything was read: ``files``, ``folders`` and ``variables``, each name →
        digest, ``key`` and ``unchecked``. A name that begins with ``./`` is in the script's folder.

        Returns the files outside of that folder that were written, and that another process may write as well."""
        if not self._on:
            return []
        content = self._content()
        for name in os.listdir(self._folder):
            if name.startswith("inputs.") and name != "inputs.json":
                path = os.path.join(self._folder, name)
                with open(path, encoding="utf-8") as file:
                    part = json.load(file)
                os.remove(path)
                for kind in ("files", "folders", "variables"):
                    content[kind].update(part[kind])
        if any(content[kind] for kind in ("files", "folders", "variables")):
            self._leave("inputs.json", content)
        beside = self._beside and os.path.join(self._beside, "")
        return sorted(path for path in self._shared if not (beside and path.startswith(beside)))[:MOST_WRITTEN]

    def write_part(self):
        """The same in a process that the job forked, for the job's own to take up."""
        if self._on:
            self._leave(PART.format(os.getpid()), self._content())

    @contextlib.contextmanager
    def unheard(self):
        """Let what this thread reads meanwhile be no input."""
        before, self._within.hashing = getattr(self._within, "hashing", False), True
        try:
            yield
        finally:
            self._within.hashing = before

    def known_as(self, copy, folder):
        """Let what is read in a copy of a folder count as read in that folder."""
        self._copies[os.path.join(copy, "")] = os.path.join(folder, "")

    def _leave(self, name, content):
        with open(os.path.join(self._folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)

    def _content(self):
        self._on = False
        for module in list(sys.modules.values()) if not hasattr(sys, "addaudithook") else ():
            self._note_file(getattr(module, "__file__", None))
        for place, opened in self._opened.items():
            read, made, complete = opened.close()
            for path in read - self._written:
                self._note_file(path)
            if not complete:
                where = "the script's folder" if place == self._beside else place
                self._unchecked.add(f"what libraries read by themselves in {where}")
            self._written |= made
        key = self._key and digests.of_key(self._key)
        told = {"variables": self._variables, "key": key, "unchecked": sorted(self._unchecked)}
        folders = {path: self._digest(path, names) for path, names in self._folders.items()}
        return {"files": self._named(self._files), "folders": self._named(folders), **told}

    def _digest(self, folder, names):
        """Of the names in a folder, but for what the training made there itself."""
        if names is None:
            return digests.ABSENT
        return digests.of_names(name for name in names if os.path.join(folder, name) not in self._written)

    def _named(self, found):
        """With what lies below the script's folder by its place there."""
        beside = self._beside and os.path.join(self._beside, "")
        named = {}
        for path, digest in found.items():
            inside = beside and path.startswith(beside)
            named["./" + path[len(beside) :] if inside else "./" if path + "/" == beside else path] = digest
        return named

    def _heard(self, event, arguments):
        if event in HEARD and self._on and not getattr(self._within, "hashing", False):
            self._within.hashing = True
            try:
                self._take(event, arguments)
            except Exception:  # which would be raised out of the script's own open
                self._unchecked.add("a file of an unusual name")
            finally:
                self._within.hashing = False

    def _take(self, event, arguments):
        path = arguments[0]
        if path is None:
            path = "."
        if isinstance(path, int):
            return
        path = self._original(os.path.abspath(os.fsdecode(path)))
        if any(path.startswith(made) for made in self._made):
            return
        if event == "os.mkdir":
            if not os.path.exists(path):
                self._written.add(path)
                self._made.add(os.path.join(path, ""))
        elif event != "open":
            if path in self._folders or path in self._of_all or self._is_left_out(path + "/"):
                return
            frame = sys._getframe(2)
            if not (_is_an_import(frame) or (self._is_of_the_user(path) and not self._is_listed_by_own_code(frame))):
                self._folders[path] = os.listdir(path) if os.path.isdir(path) else None
        elif _writes(*arguments[1:3]):
            if os.path.isdir(path):  # in which tempfile makes a file of a name that nobody has
                return
            self._written.add(path)
            if not path.startswith((os.path.join(self._folder, ""), *SYSTEM)) and not (arguments[2] or 0) & os.O_EXCL:
                self._shared.add(path)
        elif arguments[1] is not None or os.path.isfile(path):  # os.open may take it from another folder than this one
            self._note_file(path)

    def _original(self, path):
        """The path, or that of which it is a copy; what a run wrote into the copy itself is in no other place."""
        for copy, folder in self._copies.items():
            if path.startswith(copy) and os.path.exists(folder + path[len(copy) :]):
                return folder + path[len(copy) :]
        return path

    def _note_file(self, path):
        if not path:
            return
        path = os.path.abspath(path)
        if path.endswith(".pyc") and os.sep + "__pycache__" + os.sep in path:
            path = importlib.util.source_from_cache(path)
        if path in self._files or path in self._written or self._is_left_out(path) or os.path.isdir(path):
            return
        self._files[path] = digests.of_file(path)

    def _is_left_out(self, path):
        if any(part in path for part in OF_OTHERS):
            return True
        folder, beside = (place and os.path.join(place, "") for place in (self._folder, self._beside))
        if beside and path.startswith(beside):
            return folder.startswith(beside) and path.startswith(folder)  # the job's, in the script's
        return path.startswith((folder, *self._left_out))

    def _watch_variables(self):
        inputs = self

        class Watched(os._Environ):
            def __getitem__(self, name):
                value = None  # which stays where there is no such variable
                try:
                    value = super().__getitem__(name)
                finally:
                    inputs._note_variable(name, value, sys._getframe(1))
                return value

            def __setitem__(self, name, value):
                inputs._settled.add(name)
                super().__setitem__(name, value)

        os.environ.__class__ = Watched

    def _note_variable(self, name, value, frame):
        if not self._on or name in self._variables or name in self._settled:
            return
        while frame is not None and frame.f_code.co_filename in (os.__file__, "<frozen os>", _MAPPINGS):
            frame = frame.f_back
        if frame is not None and self._is_own(frame.f_code.co_filename):
            self._variables[name] = digests.of_variable(self._key, name, value)

    def _is_of_the_user(self, folder):
        """Whether it is the user's home, or a hidden folder there: packages look into these for settings and caches,
        and every program makes files in them."""
        return folder == self._home or folder.startswith(os.path.join(self._home, "."))

    def _is_listed_by_own_code(self, frame):
        """Whether no package stands between the code that trains and Python's own function."""
        while frame is not None and not self._is_own(frame.f_code.co_filename):
            if any(part in frame.f_code.co_filename for part in OF_PACKAGES):
                return False
            frame = frame.f_back
        return frame is not None

    def _is_own(self, file):
        """Whether a file of code is none of a package's, nor of the worker's."""
        return os.path.isabs(file) and not self._is_left_out(file)

    def _wrap(self):
        """On Python 3.7, which has no audit hooks."""

        def wrapped(owner, name, event):
            original = getattr(owner, name)

            def watched(*args, **kwargs):
                mode = args[1] if len(args) > 1 else kwargs.get("mode", "r")
                how = (mode, 0) if isinstance(mode, str) else (None, mode)
                self._heard(event, (args[0] if args else kwargs.get("file", "."), *how))
                return original(*args, **kwargs)

            setattr(owner, name, watched)

        for owner in (builtins, io):
            wrapped(owner, "open", "open")
        for name, event in (("listdir", "os.listdir"), ("scandir", "os.scandir")):
            wrapped(os, name, event)


_MAPPINGS = sys.modules["_collections_abc"].__dict__["Mapping"].get.__code__.co_filename


def _folders_of(words, beside):
    """Folders that words name, as ``data`` or ``--data=data``, but for those below the script's, which is watched."""
    named = [os.path.abspath(os.path.join(beside, str(word).rpartition("=")[2])) for word in words if str(word)]
    outside = [path for path in named if not (path + os.sep).startswith(os.path.join(beside, ""))]
    return [path for path in dict.fromkeys(outside) if os.path.isdir(path)]


def _writes(mode, flags):
    """Whether a file is opened to be written, by what open was given."""
    if mode:
        return any(letter in mode for letter in "wax")
    return bool(flags & (os.O_WRONLY | os.O_CREAT | os.O_TRUNC))


def _is_an_import(frame):
    """Whether a folder is listed by Python's own search for a module."""
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename == IMPORTS


current = Inputs(None)  # that of this process; one that watches nothing until a job begins
