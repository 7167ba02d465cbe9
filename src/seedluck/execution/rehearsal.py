"""Asking a runtime, before anything is trained, whether it knows the optimizer's arguments and measures the metric.

Only the framework itself can tell, so a worker builds the model and the optimizer, measures once and ends. This takes
about half a second, so it is done only if the command sets one of these things or the scenario is not ours, and once:
a configuration that was found right is remembered by its fingerprint, to which the runtime's lock belongs.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.basics.project import RUNTIMES, SOURCES
from seedluck.basics.strict_json import write
from seedluck.config import fingerprint
from seedluck.config.composition import Ready
from seedluck.config.sources import module_file
from seedluck.runtimes.installation import Broken

KNOWN = RUNTIMES / "rehearsed"  # an empty file for each configuration that was found right
TYPED = (
    *("scenario.metric", "scenario.optimizer", "scenario.learning_rate=", "scenario.loss=", "scenario._target_="),
    *("optimizer", "framework.callbacks=", "framework.dtype="),
)


def rehearse(sides: Iterable[Ready], words: list[str]):
    """Raise Mistake with a sentence for each side that cannot be trained as it is typed.

    words: the overrides that were typed. What goes wrong otherwise is left to the training, which keeps a record of it.
    """
    from seedluck.execution.backends.local import warm

    typed = any(word.lstrip("+").startswith(TYPED) for word in words)
    asked = [made for made in sides if typed or not _is_ours(made)]
    asked = [made for made in asked if made.config["scenario"]["script"] is None]  # which only a training could tell
    known = [KNOWN / fingerprint(made.config, made.import_path) for made in asked]
    asked = [(made, file) for made, file in zip(asked, known, strict=True) if not file.exists()]
    if not asked:
        return
    with tempfile.TemporaryDirectory() as scratch:
        begun = []
        for number, (made, file) in enumerate(asked):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            write(folder / "job.json", made.config, keep_infinity=True)
            try:
                worker = warm(made.config)
            except (Mistake, Broken):  # said by the job itself, which has a place to keep it
                continue
            worker.start(folder, made.import_path, rehearse=True)
            begun.append((worker.events(folder, timeout=60), file))
        wrong = dict.fromkeys(says for events, file in begun for says in _mistakes(events, file))
    if wrong:
        raise Mistake(*wrong)


def _mistakes(events, file):
    """What a rehearsal says is wrong, once it has ended; that nothing is is remembered by the file."""
    for event in events:
        if event is None:
            time.sleep(0.02)
        elif event["event"] == "mistake":
            yield event["says"]
        elif event["event"] == "rehearsed":
            with contextlib.suppress(OSError):  # it is asked again the next time
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()


def _is_ours(made):
    file = module_file(made.config["scenario"]["_target_"], [*made.import_path, str(SOURCES)])
    return file is not None and Path(file).is_relative_to(SOURCES / "seedluck_worker")
