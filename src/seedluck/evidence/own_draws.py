"""What the replay of a seed that failed could not hold, where each side draws its order of rows and masks by itself.

Such a replay has the initial weights that the seed had where it failed, and the seed's own draws: with other ones it
might not fail again.
"""

AGAIN = "the draws with which it failed, as trained once more it ends elsewhere"
ORDER = "the order of rows"
MASKS = "what layers draw"


def not_held(runs, again: bool) -> list[str]:
    """Return, in words, what was not drawn alike on both sides, or was not seen to be.

    runs: Child of the replay, of baseline and variant. again: whether the side on which the seed
    failed ended once more as it did.
    """
    if all(run.params.get("seed.kind") == "shared" for run in runs):
        return [] if again else [AGAIN]
    one_place = _drew_from_one_place(*runs)
    return [
        *([] if again else [AGAIN]),
        *([] if _no_order(runs) or _fed_alike(runs, one_place) else [ORDER]),
        *([] if one_place or not any(run.draws for run in runs) else [MASKS]),
    ]


def _drew_from_one_place(one, other):
    """Whether both drew from the same generators, of one package in one runtime, and left them in the same states.

    Of a scenario's training the generators are not followed.
    """
    return one.packed_as(other) and bool(one.generators) and one.generators == other.generators


def _no_order(runs):
    """Whether both train a scenario whose rows are put into no order; a script's order is its own, whatever is set."""
    return not any(run.of_script for run in runs) and {run.params.get("framework.shuffle") for run in runs} == {"none"}


def _fed_alike(runs, one_place):
    fed = [run.params.get("resolved.data.fed.sha256") for run in runs]
    return fed[0] == fed[1] if all(fed) else one_place
