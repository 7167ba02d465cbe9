"""Layers of two models, paired: a package numbers layers that have no name of their own, from a number of its own."""

import re
from collections import defaultdict

PREFIX = "resolved.model."
NUMBERED = re.compile(r"(.+)_(\d+)")


def as_named_by(baseline: dict, variant: dict) -> dict:
    """Return the variant's parameters, its layers named as those of the baseline that stand in the same place.

    Layers ``dense``, ``dense_1`` of one side and ``dense_1``, ``dense_2`` of the other are paired in their order, if
    both sides have as many of them; all others by their names.
    """
    mine, others = _by_stem(baseline), _by_stem(variant)
    names = {}
    for stem, layers in others.items():
        if len(layers) == len(mine.get(stem, ())):
            names.update(zip(layers, mine[stem], strict=True))
    return {_renamed(name, names): value for name, value in variant.items()}


def parts(name: str) -> tuple[str, str]:
    """Return the layer and the setting of a parameter; both empty for one that is no layer's."""
    if not name.startswith(PREFIX):
        return "", ""
    layer, _, setting = name.removeprefix(PREFIX).rpartition(".")
    return layer, setting


def _by_stem(params):
    """Stem → names of layers, by their number."""
    stems = defaultdict(list)
    for layer in {parts(name)[0] for name in params} - {""}:
        found = NUMBERED.fullmatch(layer)
        stem, number = (found[1], int(found[2])) if found else (layer, -1)
        stems[stem].append((number, layer))
    return {stem: [layer for _, layer in sorted(layers)] for stem, layers in stems.items()}


def _renamed(name, names):
    layer, setting = parts(name)
    return f"{PREFIX}{names.get(layer, layer)}.{setting}" if layer else name
