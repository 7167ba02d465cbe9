"""What every command does alike: signals, exit codes, and errors as sentences on standard error."""

import locale
import os
import signal
import sys
from collections.abc import Callable

from seedluck.basics.errors import CONFIGURATION_ERRORS, Mistake, Submitted, Unfinished, dotted, nearest, sentence
from seedluck.basics.passwords import veiled
from seedluck.basics.printable import printable
from seedluck.config.composer import composed
from seedluck.execution.interrupts import heed, let_go_of_terminal
from seedluck.runtimes.installation import Broken

DONE, FAILED, WRONG = 0, 1, 2  # exit codes; besides, 128 + the number of a signal


def answer(
    work: Callable[[list[str]], int], typed: list[str], usage: str | None = None, wants_traceback: bool = False
) -> int:
    """Do a command's work; return its exit code, or that of whatever it raises, said in a sentence.

    work: takes the words of the command line, without the secrets that were typed. usage: printed instead, if -h or
    --help is among the words; None: the work does that itself. wants_traceback: raise what Hydra and OmegaConf refused,
    instead of saying it.
    """
    words = veiled(typed)
    if usage and {"-h", "--help"} & set(words):
        print(usage.strip())
        return DONE
    _in_utf8(wants_traceback)
    for number in (signal.SIGTERM, signal.SIGHUP):
        heed(number, _interrupt)
    try:
        return work(words)
    except CONFIGURATION_ERRORS as error:
        if wants_traceback:
            raise
        print(printable(sentence(error, known_keys(words))), file=sys.stderr)
        return WRONG
    except Mistake as mistake:
        print(*map(printable, mistake.args), sep="\n", file=sys.stderr)
        return WRONG
    except Submitted as submitted:
        print(*map(printable, submitted.args), sep="\n")
        return DONE
    except (Broken, Unfinished) as error:
        print(*map(printable, error.args), sep="\n", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as stopped:
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)


def named(arguments: list[str], keys: tuple[str, ...]) -> dict[str, str]:
    """Return key → value of arguments ``KEY=VALUE``. Raises Mistake for any other."""
    asked = {}
    for word in arguments:
        key, equals, value = word.partition("=")
        if key not in keys or not equals:
            raise Mistake(
                f"{word!r} is no argument; allowed: {', '.join(f'{k}=VALUE' for k in keys)}{nearest(key, keys)}."
            )
        asked[key] = value
    return asked


def known_keys(words: list[str]) -> list[str]:
    """Return the dotted names that can be set, for the scenario that the words ask for if there is one."""
    asked = [word for word in words if word.startswith("scenario=")]
    for overrides in (asked, []):
        try:
            return dotted(composed(overrides))
        except CONFIGURATION_ERRORS:
            continue
    return []


def default_store() -> str:
    """Return tracking.uri as it is where nobody says otherwise."""
    return composed().tracking.uri


def _in_utf8(wants_traceback):
    """Begin anew in Python's UTF-8 mode (PEP 540) where the locale has another encoding, for files and for workers."""
    if locale.getpreferredencoding(False).lower().replace("-", "") != "utf8" and not sys.flags.utf8_mode:
        os.environ["PYTHONUTF8"] = "1"
        if not wants_traceback:
            os.environ.pop("HYDRA_FULL_ERROR", None)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _interrupt(number, frame):
    if number == signal.SIGHUP:
        let_go_of_terminal()
    raise KeyboardInterrupt(number)
