"""A file, run as ``__main__`` in its own folder with its own arguments."""

import os
import sys
import traceback
import types

from seedluck_worker.shared.failures import ScriptFailed


def execute(scenario, seed, printed, wait=lambda: None):
    """Run a script; return the names that it leaves. What it raises is raised as ScriptFailed.

    scenario: its ``script``, ``args`` and ``env``. seed: takes the place of ``{seed}`` in these. printed: the stream
    that it prints to. wait: called at its end, however it ends.
    """
    path = scenario["script"]
    name, folder = os.path.basename(path), os.path.dirname(path)
    module = types.ModuleType("__main__")
    module.__file__, module.__builtins__ = path, __builtins__
    sys.modules["__main__"] = module
    sys.argv = [path] + [str(word).replace("{seed}", str(seed)) for word in scenario["args"]]
    sys.path.insert(0, folder)
    os.chdir(folder)
    for variable, value in (scenario["env"] or {}).items():
        os.environ[variable] = str(value).replace("{seed}", str(seed))
    before, sys.stdout = sys.stdout, printed
    try:
        with open(path, "rb") as file:
            source = file.read()
        try:
            exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
        finally:
            wait()
    except ScriptFailed:
        raise
    except SystemExit as left:
        if left.code not in (None, 0):
            raise ScriptFailed(f"{name} left with exit code {left.code}{_where(left, path)}") from left
    except SyntaxError as error:
        raise ScriptFailed(f"{name}, line {error.lineno}: this Python cannot read it ({error.msg})") from error
    except Exception as error:
        raise ScriptFailed(f"{name}{_where(error, path)}: {type(error).__name__}: {_message(error)}") from error
    finally:
        sys.stdout = before
    return module.__dict__


def _message(error):
    try:
        return str(error).strip() or "no message"
    except Exception:  # of a class of the script's own
        return "a message that cannot be printed"


def _where(error, path):
    """``, line 12``: the last line of the script that led there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f", line {lines[-1]}" if lines else ""
