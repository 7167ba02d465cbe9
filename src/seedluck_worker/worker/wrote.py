"""What a script wrote in its working folder, kept among the job's files up to a size and listed beyond it."""

import json
import os
import shutil
import stat

from seedluck_worker.programs.workdir import FILE, files_below, remove, state_of

KEPT = 16 * 2**20  # bytes of all files together
PLACE = "wrote"  # in the job's folder


def keep(folder):
    """Move what the script of a job wrote to ``wrote/``, and remove its working folder; called once nothing of the job
    runs. ``workdir.json`` then says ``how`` the folder was its own and ``why`` in no better way, what of it was
    ``kept``, what was ``left_out`` with its size, what was ``removed``, and which linked files it ``changed``.
    """
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    found, removed, changed = _found(told)
    kept, left_out, size = [], {}, 0
    for name, source in sorted(found.items()):
        more = os.stat(source).st_size
        if size + more > KEPT:
            left_out[name] = more
            continue
        size += more
        kept.append(name)
        target = os.path.join(folder, PLACE, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.move(source, target)
    for aside in [told["aside"]] * ("aside" in told) + told.get("others", []):
        remove(aside)
    with open(path, "w", encoding="utf-8") as file:
        content = {"how": told["how"], "why": told["why"], "kept": kept, "left_out": left_out}
        json.dump(dict(content, removed=removed, changed=changed), file, indent=1)


def _found(told):
    """Name → file that was written; names that were removed; names of linked files that were changed."""
    if told["how"] == "overlay":
        upper = os.path.join(told["aside"], "upper")
        states = {name: os.lstat(os.path.join(upper, name)).st_mode for name in files_below(upper)}
        written = [name for name, mode in states.items() if stat.S_ISREG(mode) and not _is_cache(name)]
        return {name: os.path.join(upper, name) for name in written}, [n for n in states if stat.S_ISCHR(states[n])], []
    if told["how"] == "copy":
        now = [name for name in files_below(told["at"]) if not _is_cache(name)]
        written, changed = {}, []
        for name in now:
            path = os.path.join(told["at"], name)
            if name in told["linked"]:
                changed += [name] if state_of(path) != told["linked"][name] else []
            elif os.path.isfile(path) and not os.path.islink(path) and state_of(path) != told["before"].get(name):
                written[name] = path
        return written, sorted({*told["before"]} - {*now}), changed
    return {}, [], []


def _is_cache(name):
    return "__pycache__" in name.split(os.sep)
