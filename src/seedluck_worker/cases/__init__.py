"""The catalogue: small computations, a file a family, each with an independent formula.

Worker plane: NumPy and the framework that is tried. A family is a module with ``cases()``; ``LEFT_OUT`` says in a
sentence what it does not try.
"""

import importlib

FAMILIES = ("optimizers", "losses", "metrics", "layers", "operations", "training")


def catalogue(only=()):
    """Return name → case, in the order of the catalogue. only: the families to take; all of them if empty."""
    found = {}
    for family in only or FAMILIES:
        for case in importlib.import_module(f"{__name__}.{family}").cases():
            if case.name in found:
                raise ValueError(f"two cases have the name {case.name}")
            found[case.name] = case
    return found
