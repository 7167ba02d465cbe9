"""What two sides were given differently, in words: optimizer, package, loss, settings, data, layers.

Each difference is a :class:`Thing`. The differing settings come from evidence/settings.py.
"""

from dataclasses import dataclass

from seedluck.wording import layers
from seedluck_worker.shared.values import read

OPTIMIZER, FIT, COMPILE = "resolved.optimizer.", "resolved.framework.fit.", "resolved.framework.compile."
CLASS, PACKAGE, LOSS = f"{OPTIMIZER}class", "resolved.package", f"{COMPILE}loss"
RATE = f"{OPTIMIZER}learning_rate"
DATA, FED = "resolved.data.", "resolved.data.fed."
LOOP = ("validation_split", "initial_epoch")  # of fit, which say nothing of a training in which they are not set
FIRST = ("learning_rate", "batch_size", "epochs", "shuffle", "class_weight")  # what tells most, of settings
MOST_SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Thing:
    """said: in words. factors: settings of the configuration by which it can be exchanged. tells: whether it may make
    two trainings differ by itself. audit: which audit says the same, where it is made."""

    said: str
    factors: tuple[str, ...] = ()
    tells: bool = True
    audit: str = ""


def things(content: dict, names: tuple[str, str]) -> list[Thing]:
    """Return what the two sides were given differently, the most telling first.

    content: setting → its value on the baseline and the variant, of evidence/settings.py. names: of both. What the
    sweep itself set, or what only one side was seen to be given, is left out.
    """
    seen = _Seen(content, names)
    return [
        *_optimizer(seen),
        *_package(seen),
        *_loss(seen),
        *_empty(seen),
        *_settings(seen),
        *_data(seen),
        *_targets(seen),
        *_layers(seen),
        *_execution(seen),
        *_loop(seen),
    ]


class _Seen:
    """The settings that differ, without those that the sweep set."""

    def __init__(self, content, names):
        self.content, self.names = content, names
        self.unseen = [count == "0" for count in content.get("resolved.given.trainings", ("", ""))]
        fit = [content.get(f"{FIT}{name}", ("", "")) for name in ("epochs", "shuffle")]
        self.without_fit = [any(pair[i] is None for pair in fit) for i in (0, 1)]
        self.by_runtime = any(name.startswith("runtime.") for name in content)

    def both(self, name):
        """The values of a setting, if both sides were seen to have one; else None."""
        pair = self.content.get(name)
        return None if pair is None or None in pair or "" in pair or self.is_swept(name) else pair

    def is_swept(self, name):
        plain = name.removeprefix("resolved.")
        if plain.startswith("optimizer.") and "optimizer.name" in self.content:
            return True
        if plain.startswith("data."):
            plain = f"framework.given.{plain.split('.')[1]}"
        return any(one in self.content for one in _factors(name, plain) if not one.startswith("resolved."))

    def where(self, one, other, verb="has"):
        """``b.py`` has what it has where ``a.py`` has what it has; one: of the variant."""
        return f"`{self.names[1]}` {verb} {one} where `{self.names[0]}` has {other}"


def _factors(name, plain):
    """By which settings of a configuration a resolved one can be set."""
    if plain.startswith("optimizer."):
        setting = plain.partition(".")[2]
        return (plain,) if plain in ("optimizer.learning_rate",) else (f"optimizer.settings.{setting}",)
    return (plain, "framework.given.loss") if name == LOSS else (plain,)


def _optimizer(seen):
    pair = seen.both(CLASS)
    if not pair:
        return []
    short = [kind.rpartition(".")[2] for kind in pair]
    if short[0] == short[1] and seen.by_runtime:
        return []
    if short[0] != short[1]:
        return [Thing(seen.where(short[1], short[0], "is given"), ("optimizer.name",))]
    # Two packages' optimizers of one name are meant to be one; where more was not seen, that alone tells nothing.
    return [Thing(seen.where(pair[1], pair[0], "is given"), ("optimizer.name",), tells=not any(seen.unseen))]


def _package(seen):
    pair = seen.both(PACKAGE)
    if not pair or seen.by_runtime:
        return []
    a, b = ("tf.keras" if one.startswith("tensorflow") or ".api._v" in one else one.partition(".")[0] for one in pair)
    a, b = (a, b) if a != b else pair
    return [Thing(f"the package is {b} for `{seen.names[1]}` and {a} for `{seen.names[0]}`")]


def _loss(seen):
    if not (pair := seen.both(LOSS)):
        return []
    return [Thing(seen.where(f"the loss {_shown(pair[1])}", _shown(pair[0]), "is given"), _factors(LOSS, LOSS[9:]))]


def _empty(seen):
    """Of batches without a row."""
    pair = seen.content.get(f"{FED}empty", ("", ""))
    return [
        Thing(f"`{name}` is fed a batch of 0 rows, first at step {step}", audit="batches")
        for name, step in zip(seen.names, pair, strict=True)
        if step and not all(pair)
    ]


def _settings(seen):
    """What compile, fit and the optimizer are given besides."""
    classes = seen.content.get(CLASS, ("", ""))
    kinds = [str(kind).rpartition(".")[2] for kind in classes]
    one_kind = kinds[0] == kinds[1]  # of others, what only one of them has is not a setting of the other
    told = []
    for name in seen.content:
        if name in (CLASS, LOSS) or not name.startswith((OPTIMIZER, FIT, COMPILE)) or seen.is_swept(name):
            continue
        pair, setting = seen.content[name], name.rpartition(".")[2]
        is_fits = not name.startswith(OPTIMIZER)
        known_by_both = not any(seen.without_fit) if is_fits else one_kind and None not in classes
        if None in pair and (not known_by_both or any(seen.unseen) or setting in LOOP):
            continue
        if name == f"{FIT}shuffle" and any(seen.without_fit):
            continue  # a loop's order is its own
        a, b = ("none" if value is None else _shown(value) for value in pair)
        plain = name.removeprefix("resolved.")
        rank = FIRST.index(setting) if setting in FIRST else len(FIRST)
        told.append((rank, name, Thing(seen.where(f"{setting} {b}", a), _factors(name, plain))))
    return [thing for *_, thing in sorted(told, key=lambda one: one[:2])]


def _data(seen):
    fields = {}
    for name in seen.content:
        if name.startswith(DATA) and not name.startswith(FED) and seen.both(name):
            array, _, field = name.removeprefix(DATA).rpartition(".")
            if field == "dtype" or not any(seen.without_fit):  # of a loop, its first batch alone was described
                fields.setdefault(array, {})[field] = seen.content[name]
    alone = [name for name in seen.content if name.startswith(f"{DATA}sample_weight.shape")]
    told = []
    for array, differ in fields.items():
        said = []
        if "rows" in differ:
            said.append("other values")
        elif "values" in differ:
            said.append("the same rows in another order")
        for field in ("shape", "dtype"):
            if field in differ:
                a, b = differ[field]
                said.append(f"{'shape' if field == 'shape' else 'type'} {b} where `{seen.names[0]}` has {a}")
        if said:
            told.append(Thing(f"`{array}` of `{seen.names[1]}` has {' and '.join(said)}", _given(array)))
    for name in alone:
        pair = seen.content[name]
        if None in pair and not any(seen.unseen) and not any(seen.without_fit) and not seen.is_swept(name):
            with_one = pair.index(None) ^ 1
            told.append(Thing(f"only `{seen.names[with_one]}` is given `sample_weight`", _given("sample_weight")))
    return told


def _given(array):
    """By which factors an array can be exchanged; ``x_1`` is a part of ``x``."""
    head, _, number = array.rpartition("_")
    array = head if number.isdigit() and head else array
    whole = ("rows", "batches") if array in ("x", "y", "sample_weight") else ()
    return tuple(f"framework.given.{one}" for one in (array, *whole, f"dtype.{array}", f"row_shape.{array}"))


def _targets(seen):
    """Of targets that are fed with other rows than on the other side, as where the two are shuffled apart."""
    pair = seen.content.get(f"{FED}targets", (None, None))
    if None in pair or f"{FED}sha256" in seen.content or any(name.startswith(f"{DATA}y") for name in seen.content):
        return []
    return [Thing(f"`{seen.names[1]}` is fed the rows of `{seen.names[0]}` with other targets")]


def _layers(seen):
    if any(seen.unseen) or None in seen.content.get(PACKAGE, ()):
        return []
    by_layer = {}
    for name, pair in seen.content.items():
        layer, setting = layers.parts(name)
        if layer:
            by_layer.setdefault(layer, {})[setting] = pair
    told = []
    for layer, settings in by_layer.items():
        lacking = [all(pair[i] is None for pair in settings.values()) for i in (0, 1)]
        if any(lacking) and {"dtype"} <= set(settings):  # which every layer tells
            told.append(Thing(f"only `{seen.names[lacking.index(False)]}` has the layer `{layer}`"))
            continue
        each = [_of_layer(name, *pair, seen.names[0]) for name, pair in settings.items()]
        told.append(Thing(f"`{layer}` of `{seen.names[1]}` has {' and '.join(each)}"))
    return told


def _of_layer(name, a, b, baseline):
    """What one layer has; of values that nobody would read to the end, that they differ."""
    if any(len(str(value)) > MOST_SHOWN for value in (a, b)):
        return f"another {name}"
    return f"{name} {_shown(b)} where `{baseline}` has {_shown(a)}"


def _execution(seen):
    """How it is computed."""
    told = []
    for name, what in {
        "framework.execution": "execution",
        "framework.variables": "variables of kind",
        "framework.targets": "targets",
        "floatx": "floatx",
    }.items():
        if pair := seen.both(f"resolved.{name}"):
            factor = "framework.dtype" if name == "floatx" else name
            told.append(Thing(seen.where(f"{what} {_shown(pair[1])}", _shown(pair[0])), (factor,)))
    return told


def _loop(seen):
    """Of a side that trains in a loop of its own, where the other calls fit."""
    pair = seen.content.get(f"{FIT}epochs", ("", ""))
    if any(seen.unseen) or (pair[0] is None) == (pair[1] is None) or None not in pair:
        return []
    loop = pair.index(None)
    return [
        Thing(f"`{seen.names[loop]}` trains in a loop of its own where `{seen.names[1 - loop]}` calls fit", tells=False)
    ]


def _shown(value):
    """A value as people write it."""
    if value is None:
        return "none"
    was = read(str(value))
    text = f"{was:.7g}" if isinstance(was, float) else str(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
