"""Where one run, or a few, stand in the distribution of a sweep's seeds."""

import numpy as np

from seedluck.stats.samples import standing
from seedluck.wording.numbers import plural, short

FAR = 0.1  # a share of seeds that is worth the word "best" or "worst"


def said(runs: list, seeds: list, side: str, metric: str, better: str) -> str:
    """Return a few sentences on where runs stand among a side's seeds.

    runs, seeds: Child. side: its name, as in a sentence. better: ``lower`` or ``higher``.
    """
    sign = -1.0 if better == "higher" else 1.0
    mine, among = (sign * np.array([run.outcome for run in of]) for of in (runs, seeds))
    told, many = standing(mine, among), len(seeds)
    if len(runs) > 1:
        share = f"{100 * told['as_good']:.2g} %"
        mean = sign * float(np.mean(mine))
        return (
            f"{plural(len(runs), 'run')}: mean {metric} {short(mean)}. As many seeds drawn from the {many} of {side} "
            f"are at least as good on average in {share} of all draws."
        )
    own = any(seed.run_id == runs[0].run_id and seed.seed == runs[0].seed for seed in seeds)
    at = told["better"] + 1
    counted = f"{told['better']} end better, {told['worse']} worse"
    counted += f", {told['same'] - own} the same" if told["same"] > own else ""
    value = "diverged" if not np.isfinite(mine[0]) else f"{metric} {short(runs[0].outcome)}"
    start = f"seed {runs[0].seed}: {value}. Of the {many - own} {'other ' if own else ''}seeds of {side}, {counted}: it"
    if at <= max(1, FAR * many):
        return f"{start} ends in the best {at} of {many + (not own)}."
    if told["worse"] < FAR * many:
        return f"{start} ends in the worst {told['worse'] + 1} of {many + (not own)}."
    return f"{start} is one of many, with {100 * told['better'] / many:.0f} % better."
