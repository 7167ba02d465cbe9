"""A model's graph as a picture, from the ``nodes.json`` of observing/graphs.py; and how any picture is saved."""

import functools
import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from seedluck.wording.style import plain

LINE, GAP, ACROSS = 0.2, 0.42, 0.5  # inches
NARROWEST, LETTER = 3.0, 0.093  # inches
INK, PAPER, SHARED, FROZEN, MARKED = "#1d2b3a", "#eef3f8", "#c2410c", "#64748b", "#fff1e6"


def save(make: Callable[[], Figure], path: Path | None = None) -> str | None:
    """Return a picture as SVG text, and write it as PNG; None if it cannot be drawn, which is said on the screen.

    make: draws it. path: of the PNG, or None for none. Whatever a library raises of a picture costs the picture alone,
    never what was trained; only a folder that cannot be written is raised, as OSError.
    """
    formats = ("svg", "png") if path else ("svg",)
    drawn = _drawn(make, path.name if path else "a picture", formats)
    if drawn is None:
        return None
    if path:
        path.write_bytes(drawn["png"])
    return drawn["svg"].decode()


@functools.lru_cache(maxsize=32)  # runs of one model have one picture
def png(nodes: str) -> bytes | None:
    """Return a model's graph as a PNG; None if it cannot be drawn, which is said on the screen.

    nodes: the text of ``nodes.json``. Raises ValueError if that is no JSON.
    """
    graph = json.loads(nodes)
    drawn = _drawn(lambda: draw(graph), "model.png", ("png",))
    return drawn and drawn["png"]


def _drawn(make, name, formats):
    """Format → bytes; None if it cannot be drawn."""
    drawn = {}
    try:
        if (figure := make()) is None:  # there is nothing to see
            return None
        for extension in formats:
            content = io.BytesIO()
            with warnings.catch_warnings(action="ignore"):  # of letters that the picture's font lacks
                figure.savefig(content, format=extension, metadata={"Date": None} if extension == "svg" else None)
            figure.set_layout_engine("none")  # it is laid out, which takes as long as drawing it
            drawn[extension] = content.getvalue()
    except Exception as error:
        print(f"{name} could not be drawn ({type(error).__name__}: {str(error)[:200]})", file=sys.stderr)
        return None
    return drawn


def draw(nodes: list[dict], marked: frozenset[str] = frozenset()) -> Figure:
    """Draw every call of a layer as a box with its output's shape and weights; arrows are data.

    A dashed arrow leads from the layer that owns a weight to another box that uses it too. Boxes whose names are
    marked stand out.
    """
    rows = _rows(nodes)
    texts = {node["name"]: _text(node) for node in nodes}
    wide = max([NARROWEST, *(0.3 + LETTER * len(text) for lines in texts.values() for text, _ in lines)])
    heights = [max(len(texts[node["name"]]) for node in row) * LINE + 0.24 for row in rows]
    across = max(len(row) for row in rows)
    width = across * wide + (across - 1) * ACROSS + 1.7
    height = sum(heights) + GAP * (len(rows) - 1) + 0.4
    figure = Figure(figsize=(width, height), dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")

    boxes, top = {}, height - 0.2  # name → left, bottom and height
    for row, tall in zip(rows, heights, strict=True):
        left = (width - len(row) * wide - (len(row) - 1) * ACROSS) / 2
        for i, node in enumerate(row):
            boxes[node["name"]] = (left + i * (wide + ACROSS), top - tall, tall)
        top -= tall + GAP
    for node in nodes:
        _draw_box(axes, boxes[node["name"]], wide, texts[node["name"]], node["name"] in marked)
        for before in node["after"]:
            _draw_flow(axes, boxes[before], boxes[node["name"]], wide)
    for owner, user in _shared(nodes):
        _draw_shared(axes, boxes[owner], boxes[user], wide)
    return figure


def _draw_box(axes, box, wide, lines, is_marked):
    x, y, tall = box
    axes.add_patch(
        FancyBboxPatch(
            (x, y),
            wide,
            tall,
            boxstyle="round,pad=0,rounding_size=0.08",
            fc=MARKED if is_marked else PAPER,
            ec=SHARED if is_marked else INK,
            lw=2.0 if is_marked else 1.2,
            zorder=2,
        )
    )
    for i, (text, style) in enumerate(lines):
        axes.text(x + 0.14, y + tall - 0.24 - i * LINE, text, va="center", fontsize=9, zorder=3, **style)


def _draw_flow(axes, before, after, wide):
    """An arrow from the box of a layer to that of one that it feeds."""
    (bx, by, _), (x, y, tall) = before, after
    axes.annotate(
        "",
        (x + wide / 2, y + tall),
        (bx + wide / 2, by),
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
    )


def _draw_shared(axes, owner, user, wide):
    """A dashed arrow from the box of the layer that owns a weight to another that uses it."""
    (ox, oy, otall), (ux, uy, utall) = owner, user
    arrow = {"arrowstyle": "-|>", "color": SHARED, "lw": 1.4, "ls": "--", "connectionstyle": "arc3,rad=-0.45"}
    axes.annotate("", (ux + wide, uy + utall / 2), (ox + wide, oy + otall / 2), arrowprops=arrow)
    middle = (oy + otall / 2 + uy + utall / 2) / 2
    axes.text(max(ox, ux) + wide + 0.42, middle, "same\nweights", color=SHARED, fontsize=8, va="center")


def differing(one: list[dict], other: list[dict]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the boxes that the other side lacks, or has otherwise: class, shape, weights or what feeds it."""
    sides = [{node["name"]: node for node in nodes} for nodes in (one, other)]
    return tuple(
        frozenset(name for name, node in mine.items() if theirs.get(name) != node)
        for mine, theirs in (sides, sides[::-1])
    )


def _rows(nodes):
    """Nodes by the longest way from an input."""
    depth = {}
    for node in nodes:  # nodes come in an order in which what feeds one stands before it
        depth[node["name"]] = 1 + max((depth.get(before, -1) for before in node["after"]), default=-1)
    return [[n for n in nodes if depth[n["name"]] == level] for level in range(max(depth.values(), default=0) + 1)]


def _text(node):
    shape = node["output_shape"]
    shown = "" if shape is None else "  →  (" + ", ".join("rows" if n is None else str(n) for n in shape) + ")"
    lines = [
        (plain(node["name"]), {"color": INK, "weight": "bold"}),
        (plain(node["class"]) + shown, {"color": INK}),
    ]
    for weight in node["weights"]:
        size = " x ".join(map(str, weight["shape"])) or "scalar"
        frozen = "" if weight["trainable"] else ", not trained"
        color = SHARED if "/" in weight["name"] else FROZEN if frozen else INK
        lines.append((f"{plain(weight['name'])}  {size}{frozen}", {"color": color, "family": "monospace"}))
    return lines


def _shared(nodes):
    """Pairs of names: whose weights, used by whom."""
    pairs = []
    names = {node["name"] for node in nodes}
    for node in nodes:
        first = node["name"].partition(" (call ")[0]
        if first != node["name"]:
            pairs.append((first, node["name"]))
        owners = {weight["name"].partition("/")[0] for weight in node["weights"] if "/" in weight["name"]}
        pairs += [(owner, node["name"]) for owner in sorted(owners & names)]
    return pairs
