"""Pictures that belong to no kind of evidence: how the sides trained, and what an explanation tried."""

import numpy as np
from matplotlib.figure import Figure

from seedluck.wording.style import COLORS, INK, axes_of, legend, logarithmic, plain, spans


def curves(sides: list[list[tuple]], names: list[str], what: str) -> Figure:
    """Return every run's curve faintly, and each side's mean ± one deviation over the runs that are still finite.

    sides: for each side the runs' (epochs, values), arrays of one shape each. what: the values' name.
    """
    figure, axes = axes_of(6.4, 3.6)
    spread = spans(np.concatenate([values for runs in sides for _, values in runs] or [np.ones(1)]))
    for runs, name, color in zip(sides, names, COLORS, strict=True):
        by_epoch, ended = {}, 0
        for epochs, values in runs:
            finite = np.isfinite(values)
            axes.plot(epochs[finite], values[finite], color=color, lw=0.7, alpha=0.25, zorder=2)
            if len(values) and not finite.all():
                ended += 1
                if finite.any():
                    last = np.flatnonzero(finite)[-1]
                    axes.plot(epochs[last], values[last], "x", color=color, ms=6, mew=1.6, zorder=4)
            for epoch, value in zip(epochs[finite], values[finite], strict=True):
                by_epoch.setdefault(epoch, []).append(value)
        label = plain(name) + (f" ({ended} of {len(runs)} not finite, last seen at x)" if ended else "")
        epochs = np.array(sorted(by_epoch))
        if not len(epochs):
            axes.plot([], [], color=color, label=label)
            continue
        mean = np.array([np.mean(by_epoch[epoch]) for epoch in epochs])
        deviation = np.array([np.std(by_epoch[epoch]) for epoch in epochs])
        low = mean - deviation
        if spread:
            low = np.maximum(low, np.array([np.min(by_epoch[epoch]) for epoch in epochs]))
        axes.fill_between(epochs, low, mean + deviation, color=color, alpha=0.15, lw=0, zorder=1)
        axes.plot(epochs, mean, color=color, lw=2.0, label=label, zorder=3, marker="o" if len(epochs) == 1 else None)
    if spread:
        logarithmic(axes, "y")
    axes.set(xlabel="epoch", ylabel=plain(what))
    legend(axes)
    return figure


def strips(rows: list[tuple], metric: str) -> Figure:
    """Return a line for each configuration with a mark for each of its runs; diverged runs stand at the right edge.

    rows: (label, marks, said) from top to bottom, where marks is a list of (values, colour), values of shape (runs,)
    with NaN where a run diverged, and said stands at the right.
    """
    figure, axes = axes_of(7.6, 0.9 + 0.36 * len(rows))
    every = np.concatenate([np.asarray(values, float) for _, marks, _ in rows for values, _ in marks] or [np.ones(1)])
    if spans(every):
        logarithmic(axes, "x")
    for place, (_, marks, said) in enumerate(rows):
        for i, (values, color) in enumerate(marks):
            values = np.asarray(values, float)
            height = np.full(len(values), place + (i - (len(marks) - 1) / 2) * 0.3)
            axes.plot(values, height, "o", ms=4.5, color=color, alpha=0.75, mec="none")
            lost = np.isnan(values)
            over = np.linspace(0.985, 0.985 - 0.014 * max(lost.sum() - 1, 0), lost.sum())
            axes.plot(over, height[lost], "x", ms=5, mew=1.6, color=color, transform=axes.get_yaxis_transform())
        axes.text(1.01, place, said, transform=axes.get_yaxis_transform(), va="center", fontsize=8.5, color=INK)
    if np.isnan(every).any():
        low, high = axes.get_xlim()
        axes.set_xlim(low, high**1.3 / low**0.3 if spans(every) else high + 0.3 * (high - low))
        axes.set_title("x diverged", fontsize=8.5, color=INK, loc="right")
    short = [label if len(label) < 60 else label[:57] + "..." for label, _, _ in rows]
    axes.set_yticks(range(len(rows)), [plain(label) for label in short])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel=plain(metric))
    axes.xaxis.label.set(size=9.5, color=INK)
    return figure


def shares(rows: list[tuple]) -> Figure:
    """Return a bar for each set of settings that was exchanged: the share of the difference that went away with it.

    rows: (label, share, (low, high), colour) from top to bottom, shares from 0 to 1; low and high end its interval.
    """
    figure, axes = axes_of(7.6, 0.9 + 0.36 * len(rows))
    for place, (_, share, (low, high), color) in enumerate(rows):
        axes.barh(place, 100 * share, height=0.5, color=color, alpha=0.75)
        axes.plot([100 * low, 100 * high], [place, place], color=INK, lw=1.4, solid_capstyle="butt")
        axes.text(1.01, place, f"{100 * share:.0f} %", transform=axes.get_yaxis_transform(), va="center", fontsize=8.5)
    short = [label if len(label) < 60 else label[:57] + "..." for label, *_ in rows]
    axes.set_yticks(range(len(rows)), [plain(label) for label in short])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel="share of the difference that is gone, in percent", xlim=(0, 100))
    axes.xaxis.label.set(size=9.5, color=INK)
    return figure
