"""The kinds of evidence: one module each, found by its name.

A module of this package, or one of somebody's own on the import path, is a kind of evidence where it has ``TITLE`` and
``see``; the rest is its choice:

    TITLE                        what the page calls it
    PICTURE                      (file name, title, one sentence on how to read it) of its picture
    trainings(epochs)            list of Training: what it trains beyond one run of every side a seed
    further(content)             whether those of its trainings that say so are needed at further seeds
    own_starts(comparison)       list of (seed, side) that its trainings with ``own_start`` are made of, where
                                 ``further(content)`` asks for more; side: 0 the baseline, 1 the variant
    follows(config, params)      list of Training of a side that really differs from the other, or of the baseline then;
                                 raises Mistake with the reason if there can be none. Whatever becomes of them, the
                                 sweep is done
    see(comparison)              the content of ``evidence`` in verdict.json under the module's name, as plain values;
                                 None if it could not be made
    say(content, names)          a sentence that belongs into the verdict's, without its full stop; "" for none
    show(content, names)         list of Line: what the page tells
    draw(content, names, comparison)    a matplotlib Figure; None for none

``names`` are the two sides' names, the baseline's first; ``comparison`` is Comparison.
"""

import importlib
import pkgutil
import sys
from dataclasses import dataclass
from types import ModuleType

from seedluck.basics.errors import Mistake, nearest

FURTHER_SEEDS = 3  # at which a kind's further trainings are made, at least
ALWAYS = ("outcome", "invariants", "audits", "settings")  # of every sweep; the others as sweep.evidence asks


@dataclass(frozen=True)
class Training:
    """A job that a kind of evidence needs, at the sweep's first seed.

    every_side: or the baseline alone. overrides: beside those of the side. further: also at other seeds, among them
    that at which the two sides end furthest apart, where ``further(content)`` asks for it. same_start: a
    role; the baseline's training in it comes first, and this one begins with its initial weights, by ``seed.start``.
    without: a role; this training is made where training in that role could not hold what some layers draw, and these
    layers are kept from drawing, by ``seed.inactive``. instead: groups whose overrides of the side are left out.
    whole: at all seeds, where a job takes several, so that it is the same job. own_start: of seeds that failed, with
    the initial weights of the outcome that failed; ``_baseline`` or ``_variant`` is added to its role, by which it did.
    """

    role: str
    every_side: bool = True
    copy: int = 0
    overrides: tuple[str, ...] = ()
    further: bool = False
    same_start: str | None = None
    without: str | None = None
    instead: tuple[str, ...] = ()
    whole: bool = False
    own_start: bool = False

    @property
    def inside(self) -> bool:
        """Whether it is made only where the training of every side is seen inside, as its weights are compared."""
        return self.same_start is not None or self.own_start


def own_role(role: str, failed_on: int) -> str:
    """Return the role of a training from the start of a seed that failed. failed_on: 0 the baseline, 1 the variant."""
    return f"{role}_{('baseline', 'variant')[failed_on]}"


@dataclass(frozen=True)
class Line:
    """A line on the page; what stands between backticks is code. wrong: whether it is shown as something amiss."""

    text: str
    wrong: bool = False


def known() -> list[str]:
    """Return the names of this package's kinds that a sweep can ask for."""
    modules = (module.name for module in pkgutil.iter_modules([str(folder) for folder in _package().__path__]))
    return [name for name in modules if name not in ALWAYS and hasattr(_module(name), "TITLE")]


def kind(name: str, import_path=()) -> ModuleType:
    """Return a kind of evidence by its name. import_path: folders of somebody's own modules.

    Raises Mistake if there is none of that name.
    """
    sys.path.extend(folder for folder in import_path if folder not in sys.path)
    try:
        module = _module(name)
    except ImportError as error:
        if error.name not in (None, name):  # the module is there, and something that it imports is not
            raise Mistake(
                f"sweep.evidence lists {name!r}, whose module cannot be imported ({error}); allowed: "
                f"{', '.join(known())}, or a module that can; the nearest valid choice is to install what it imports."
            ) from error
        module = None
    if not hasattr(module, "TITLE") or not hasattr(module, "see"):
        raise Mistake(f"sweep.evidence lists {name!r}; allowed: {', '.join(known())}{nearest(name, known())}.")
    return module


def kinds(asked, import_path=()) -> dict[str, ModuleType]:
    """Return name → module of the kinds that were asked for, and then of those that every sweep has."""
    return {name: kind(name, import_path) for name in (*asked, *(needed for needed in ALWAYS if needed not in asked))}


def _package():
    return importlib.import_module("seedluck.evidence")


def _module(name):
    if not name.isidentifier():
        raise ImportError(name)
    try:
        return importlib.import_module(f"seedluck.evidence.{name}")
    except ImportError as error:
        if error.name != f"seedluck.evidence.{name}":
            raise
        return importlib.import_module(name)
