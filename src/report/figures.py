"""Pictures of a comparison: how it trained, where it ended, where two trainings from one start part."""

import logging

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from src.report.model_graph import plain

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # names every font that it does not need

BASELINE, VARIANT, INK, GRID, FLOOR = "#1d4ed8", "#d9480f", "#1d2b3a", "#dbe3ec", "#94a3b8"
COLORS = (BASELINE, VARIANT)
MOST_PAIRS = 60  # seeds that can be told apart side by side; more are drawn as distributions


def curves(sides: list[list[tuple]], names: list[str], what: str) -> Figure:
    """Every run's curve faintly, and each side's mean ± one deviation over the runs that are still finite.

    sides: for each side the runs' (epochs, values), arrays of one shape each. what: the values' name.
    """
    figure, axes = _axes(6.4, 3.6)
    logarithmic = _spans(np.concatenate([values for runs in sides for _, values in runs] or [np.ones(1)]))
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
        if logarithmic:
            low = np.maximum(low, np.array([np.min(by_epoch[epoch]) for epoch in epochs]))
        axes.fill_between(epochs, low, mean + deviation, color=color, alpha=0.15, lw=0, zorder=1)
        axes.plot(epochs, mean, color=color, lw=2.0, label=label, zorder=3, marker="o" if len(epochs) == 1 else None)
    if logarithmic:
        axes.set_yscale("log")
    axes.set(xlabel="epoch", ylabel=plain(what))
    _legend(axes)
    return figure


def outcomes(seeds: list[int], sides: list[np.ndarray], names: list[str], metric: str, margin: float | None) -> Figure:
    """The outcome of every seed on both sides, joined; diverged runs stand on a line of their own at the top.

    seeds: as in the sweep; sides: two arrays of shape (seeds,), NaN where a run diverged. margin: drawn around the
    baseline's median. Of more than 60 seeds the distributions are drawn.
    """
    if len(seeds) > MOST_PAIRS:
        return _distributions(sides, names, metric, margin)
    figure, axes = _axes(6.4, 3.4)
    places = np.arange(len(seeds))
    finite = np.concatenate([side[np.isfinite(side)] for side in sides])
    diverged = any(np.isnan(side).any() for side in sides)
    if len(finite) and _spans(finite):
        axes.set_yscale("log")
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
    _legend(axes)
    return figure


def _distributions(sides, names, metric, margin):
    """The share of all runs that end at or below a value; a side's line ends below 1 where runs diverged."""
    figure, axes = _axes(6.4, 3.4)
    finite = [np.sort(side[np.isfinite(side)]) for side in sides]
    if _spans(np.concatenate(finite)):
        axes.set_xscale("log")
    if margin and len(finite[0]):
        middle = np.median(finite[0])
        axes.axvspan(middle - margin, middle + margin, color=FLOOR, alpha=0.18, lw=0, label="the margin")
    for side, values, name, color in zip(sides, finite, names, COLORS, strict=True):
        bad = len(side) - len(values)
        label = plain(name) + (f" ({bad} diverged)" if bad else "")
        axes.step(values, np.arange(1, len(values) + 1) / len(side), where="post", color=color, lw=1.8, label=label)
    axes.set(xlabel=plain(metric), ylabel="share of seeds that end here or below", ylim=(0, 1.02))
    _legend(axes, loc="lower right")
    return figure


def replay(curve: list[dict], first: dict | None, names: list[str]) -> Figure:
    """How far the two sides' weights are apart, step by step, against how far the baseline drifts from itself.

    curve, first: of verdict.json. Distances are the largest of any entry of any variable; 0 is drawn at the bottom.
    """
    figure, axes = _axes(6.4, 3.4)
    names = [plain(name) for name in names]
    steps = np.array([point["step"] for point in curve], float)
    apart = np.array([np.nan if point["distance"] is None else point["distance"] for point in curve])
    floor = np.array([np.nan if point["floor"] is None else point["floor"] for point in curve])
    seen = np.concatenate([apart, floor])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    bottom = seen.min() / 10 if len(seen) else 1e-9
    axes.set_yscale("log")
    axes.fill_between(steps, bottom, np.maximum(floor, bottom), color=FLOOR, alpha=0.35, lw=0, label="noise floor")
    axes.plot(steps, np.maximum(apart, bottom), "o-", color=VARIANT, ms=3, lw=1.5, label=f"{names[1]} from {names[0]}")
    axes.set_xscale("symlog", linthresh=1)
    top = max(seen.max() * 10, bottom * 1e3) if len(seen) else bottom * 1e6
    axes.set_ylim(bottom * 0.7, top)
    axes.set_xlim(0, max(steps.max(), 1))
    if first is not None:
        axes.axvline(first["step"], color=INK, lw=1, ls=":")
        words = f" parts at step {first['step']}\n in {plain(first['variable'])}"
        late = first["step"] > steps.max() ** 0.5
        words = words if not late else words.replace("\n ", " \n") + " "
        axes.text(first["step"], top * 0.6, words, fontsize=8.5, va="top", ha="right" if late else "left", color=INK)
    elif not (apart > 0).any():
        axes.text(0.5, 0.5, "no difference, bit for bit", transform=axes.transAxes, ha="center", color=INK, fontsize=11)
    broken = steps[~np.isfinite(apart)]
    if len(broken):
        axes.plot(broken, np.full(len(broken), 0.97), "x", color=VARIANT, transform=axes.get_xaxis_transform())
        where = {"transform": axes.get_xaxis_transform(), "fontsize": 8.5, "color": VARIANT}
        axes.text(broken[0], 0.9, "one side not finite ", ha="right", **where)
    axes.set(xlabel="step", ylabel="distance of weights")
    _legend(axes, loc="lower right")
    return figure


def strips(rows: list[tuple], metric: str) -> Figure:
    """A line for each configuration with a mark for each of its runs; diverged runs stand at the right edge.

    rows: (label, marks, said) from top to bottom, where marks is a list of (values, colour), values of shape (runs,)
    with NaN where a run diverged, and said stands at the right.
    """
    figure, axes = _axes(7.6, 0.9 + 0.36 * len(rows))
    every = np.concatenate([np.asarray(values, float) for _, marks, _ in rows for values, _ in marks] or [np.ones(1)])
    if _spans(every):
        axes.set_xscale("log")
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
        axes.set_xlim(low, high**1.3 / low**0.3 if _spans(every) else high + 0.3 * (high - low))
        axes.set_title("x diverged", fontsize=8.5, color=INK, loc="right")
    short = [label if len(label) < 60 else label[:57] + "..." for label, _, _ in rows]
    axes.set_yticks(range(len(rows)), [plain(label) for label in short])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel=plain(metric))
    axes.xaxis.label.set(size=9.5, color=INK)
    return figure


def _axes(width, height):
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.grid(color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5, color=INK, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _legend(axes, **where):
    axes.legend(fontsize=8.5, frameon=True, framealpha=0.85, edgecolor="none", **where)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(size=9.5, color=INK)


def _spans(values):
    """Whether positive values span so much that a logarithmic axis shows more."""
    finite = values[np.isfinite(values)]
    return len(finite) > 0 and finite.min() > 0 and finite.max() / finite.min() > 30
