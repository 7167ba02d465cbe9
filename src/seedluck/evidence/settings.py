"""What the two sides resolved differently, every default settled."""

from seedluck.wording import apart, layers, spelling

TITLE = "Settings that differ"
MOST_TOLD = 3
OPTIMIZER = "resolved.optimizer."
FED = "resolved.data.fed."  # what a training is fed, seen batch by batch in a replay alone
OTHER_NAMES = {f"{OPTIMIZER}lr": f"{OPTIMIZER}learning_rate", f"{OPTIMIZER}eps": f"{OPTIMIZER}epsilon"}
BETAS = f"{OPTIMIZER}betas"  # of PyTorch


def see(comparison) -> dict:
    """Setting → its value on the baseline and on the variant, None if a side has none; of the first pair of runs.

    What two packages only spell differently is not listed, nor a default that says nothing. A layer goes by its name on
    the baseline.
    """
    if not comparison.pairs:
        return {}
    baseline, variant = ({**run.params, **_fed(comparison, i)} for i, run in enumerate(comparison.pairs[0]))
    return differing(baseline, variant)


def differing(baseline: dict, variant: dict) -> dict:
    """Return setting → its value on either side, of two runs' parameters; see :func:`see`."""
    baseline, variant = _one_name(baseline), _one_name(variant)
    variant = layers.as_named_by(baseline, variant)
    names = sorted({**baseline, **variant})
    pairs = {name: [baseline.get(name), variant.get(name)] for name in names}
    return {name: pair for name, pair in pairs.items() if not spelling.same(name, *pair)}


def told_apart(content: dict, names: tuple[str, str]) -> str:
    """Return what the two sides were given differently, the most telling first, without full stop; "" for nothing.

    content: of :func:`see`. names: of the baseline and the variant. What the sweep itself set is not repeated. It takes
    no part in a verdict.
    """
    told = [thing.said for thing in apart.things(content, names)]
    more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
    return "; ".join(told[:MOST_TOLD] + more)


def _fed(comparison, i):
    """What a side's replay at the first seed was fed."""
    replay = comparison.run("replay", comparison.sides[i], comparison.first_seed)
    return {name: value for name, value in replay.params.items() if name.startswith(FED)} if replay else {}


def _one_name(params):
    """The parameters, with an optimizer's settings by one name for all packages and versions."""
    params = {OTHER_NAMES.get(name, name): value for name, value in params.items()}
    betas = params.pop(BETAS, "").strip("()[]").split(",")
    if len(betas) == 2:
        params.update({f"{OPTIMIZER}beta_{i}": beta.strip() for i, beta in enumerate(betas, start=1)})
    return params
