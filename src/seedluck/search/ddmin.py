"""Delta debugging: the smallest part of a set that still does it."""

import itertools
from collections.abc import Callable, Sequence


def smallest(items: Sequence, holds: Callable[[frozenset], bool], suspects: Sequence = ()) -> frozenset:
    """Return a 1-minimal part of the items for which ``holds`` is true: without any one of its members it no longer is.

    ``holds(frozenset(items))`` must be true. suspects: items that are tried first, each alone, then together. What
    cannot be decided counts as false, as the unresolved outcome of ddmin does (Zeller and Hildebrandt, Simplifying
    and isolating failure-inducing input, 2002). Answers are asked once.
    """
    known = {frozenset(items): True}

    def asked(part):
        part = frozenset(part)
        if part not in known:
            known[part] = holds(part)
        return known[part]

    current = list(dict.fromkeys(items))
    for suspect in suspects:
        if len(current) > 1 and asked([suspect]):
            return frozenset([suspect])
    if 1 < len(suspects) < len(current) and asked(suspects):
        current = list(suspects)
    parts = 2
    while len(current) > 1:
        split = _split(current, parts)
        rests = [[item for item in current if item not in part] for part in split] if parts > 2 else []
        smaller = next((part for part in split if asked(part)), None)
        if smaller is not None:
            current, parts = smaller, 2
            continue
        smaller = next((rest for rest in rests if asked(rest)), None)
        if smaller is not None:
            current, parts = smaller, max(parts - 1, 2)
        elif parts < len(current):
            parts = min(2 * parts, len(current))
        else:
            break
    return frozenset(current)


def _split(items, parts):
    edges = [round(i * len(items) / parts) for i in range(parts + 1)]
    return [items[a:b] for a, b in itertools.pairwise(edges)]
