"""How every picture of a comparison looks."""

import logging

import numpy as np

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # names every font that it does not need

BASELINE, VARIANT, INK, GRID, FLOOR = "#1d4ed8", "#d9480f", "#1d2b3a", "#dbe3ec", "#94a3b8"
COLORS = (BASELINE, VARIANT)


def plain(text: str) -> str:
    """Return a text of somebody's own, a layer's name or a metric's, in which matplotlib is to see no formula."""
    return text.replace("$", r"\$")


def axes_of(width: float, height: float) -> tuple:
    """Return a matplotlib Figure of a size in inches, and its one pair of Axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.grid(color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5, color=INK, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def logarithmic(axes, which: str):
    """Give an axis, x or y, a logarithmic scale. Its labels are plain: formulas take a third of a picture's time."""
    from matplotlib.ticker import LogFormatter

    getattr(axes, f"set_{which}scale")("log")
    axis = getattr(axes, f"{which}axis")
    axis.set_major_formatter(LogFormatter())
    axis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))


def by_step(axes):
    """Let an x axis of steps, from 0 on, be logarithmic above 1."""
    axes.set_xscale("symlog", linthresh=1)
    axes.xaxis.set_major_formatter("{x:g}")


def legend(axes, **where):
    """Add the legend, and set the axes' names in its size. where: arguments of matplotlib's legend."""
    axes.legend(fontsize=8.5, frameon=True, framealpha=0.85, edgecolor="none", **where)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(size=9.5, color=INK)


def spans(values: np.ndarray) -> bool:
    """Return whether positive values span so much that a logarithmic axis shows more."""
    finite = values[np.isfinite(values)]
    return len(finite) > 0 and finite.min() > 0 and finite.max() / finite.min() > 30
