"""Where every seed of two sides ended, drawn."""

import numpy as np

from seedluck.wording.style import BASELINE, COLORS, FLOOR, GRID, INK, axes_of, legend, logarithmic, plain, spans

MOST_PAIRS = 60  # seeds that can be told apart side by side; more are drawn as distributions


def picture(seeds: list[int], sides: list[np.ndarray], names: list[str], metric: str, margin: float | None):
    """Return the outcome of every seed on both sides, joined; diverged runs stand on a line of their own at the top.

    seeds: as in the sweep; sides: two arrays of shape (seeds,), NaN where a run diverged. margin: drawn around the
    baseline's median. Of more than 60 seeds the distributions are drawn.
    """
    if len(seeds) > MOST_PAIRS:
        return _distributions(sides, names, metric, margin)
    figure, axes = axes_of(6.4, 3.4)
    places = np.arange(len(seeds))
    finite = np.concatenate([side[np.isfinite(side)] for side in sides])
    diverged = any(np.isnan(side).any() for side in sides)
    if len(finite) and spans(finite):
        logarithmic(axes, "y")
    if len(finite) and margin and np.isfinite(sides[0]).any():
        middle = np.median(sides[0][np.isfinite(sides[0])])
        if margin > 0.004 * np.ptp(finite):
            axes.axhspan(middle - margin, middle + margin, color=FLOOR, alpha=0.18, lw=0, label="the margin")
    for place, pair in zip(places, zip(*sides, strict=True), strict=True):
        if np.isfinite(pair).all():
            axes.plot([place, place], pair, color=GRID, lw=2, zorder=1)
    if len(finite):
        axes.autoscale()
        axes.set_ylim(*axes.get_ylim())
    top = 1.06
    for side, name, color, marker in zip(sides, names, COLORS, "os", strict=True):
        bad = int(np.isnan(side).sum())
        label = plain(name) + (f" ({bad} diverged)" if bad else "")
        style = {"color": color, "ls": "", "ms": 6, "zorder": 3}
        axes.plot(places, side, marker=marker, label=label, mfc=color if marker == "o" else "none", mew=1.6, **style)
        shift = -0.09 if color == BASELINE else 0.09
        transform = axes.get_xaxis_transform()
        where = places[np.isnan(side)] + shift
        axes.plot(where, np.full(bad, top), "x", mew=2, transform=transform, clip_on=False, **style)
    if diverged:
        axes.text(1.01, top, "diverged", transform=axes.transAxes, fontsize=8.5, va="center", color=INK)
    every = max(1, len(seeds) // 20)
    axes.set_xticks(places[::every], [str(seed) for seed in seeds[::every]])
    axes.set(xlabel="seed", ylabel=plain(metric), xlim=(-0.6, len(seeds) - 0.4))
    legend(axes)
    return figure


def _distributions(sides, names, metric, margin):
    """The share of all runs that end at or below a value; a side's line ends below 1 where runs diverged."""
    figure, axes = axes_of(6.4, 3.4)
    finite = [np.sort(side[np.isfinite(side)]) for side in sides]
    if spans(np.concatenate(finite)):
        logarithmic(axes, "x")
    if margin and len(finite[0]):
        middle = np.median(finite[0])
        axes.axvspan(middle - margin, middle + margin, color=FLOOR, alpha=0.18, lw=0, label="the margin")
    for side, values, name, color in zip(sides, finite, names, COLORS, strict=True):
        bad = len(side) - len(values)
        label = plain(name) + (f" ({bad} diverged)" if bad else "")
        axes.step(values, np.arange(1, len(values) + 1) / len(side), where="post", color=color, lw=1.8, label=label)
    axes.set(xlabel=plain(metric), ylabel="share of seeds that end here or below", ylim=(0, 1.02))
    legend(axes, loc="lower right")
    return figure
