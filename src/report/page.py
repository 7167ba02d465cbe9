"""The verdict as one HTML file that needs nothing else: text escaped, pictures inside."""

import base64
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from src.evidence.sentence import KINDS
from src.report.wording import SPOKEN, kind

PICTURES = (  # what stands first is looked at first
    (
        "outcomes",
        "Where every seed ended",
        "Each seed on both sides, a cross where a run diverged; of more than 60 seeds the "
        "share that ends at or below each value.",
    ),
    (
        "replay",
        "From the same start",
        "Same initial weights, order of rows and seeds: how far the weights part, step by step, against how far the "
        "baseline drifts from copies of itself moved by one unit in the last place.",
    ),
)


def page(verdict: dict, drawn: list[dict], explanations: Sequence[tuple] = ()) -> str:
    """Return the page.

    verdict: content of verdict.json. drawn: for each comparison its pictures, name → SVG text. explanations: what was
    asked about why, each as the content of explanation.json and its picture, SVG text or None.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(number=number)
    comparisons = [
        {**one, "kind": KINDS[one["verdict"]], "pictures": _pictures(pictures), "text": said(one["sentence"])}
        for one, pictures in zip(verdict["comparisons"], drawn, strict=True)
    ]
    why = [
        {**one, "text": said(one["sentence"]), "kind": kind(one), "picture": _data(svg)} for one, svg in explanations
    ]
    return environment.get_template("page.html").render(
        verdict=verdict, comparisons=comparisons, explanations=why, spoken=SPOKEN
    )


def number(value) -> str:
    """A number as a person would write it; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def said(sentence: str) -> Markup:
    """A sentence, escaped, with what stands between backticks as code."""
    code, text = Markup("<code>{}</code>"), Markup("{}")
    return Markup("").join((code if i % 2 else text).format(part) for i, part in enumerate(sentence.split("`")))


def _pictures(drawn):
    known = {name: (title, words) for name, title, words in PICTURES}
    graphs = [name for name in drawn if name.startswith("graph")]
    order = [name for name in known if name in drawn] + [n for n in drawn if n not in known and n not in graphs]
    found = []
    for name in [*order, *graphs]:
        title, words = known.get(name, (f"{name} by epoch", "Faint: single seeds. Strong: their mean ± one deviation."))
        if name in graphs:
            title = name.capitalize()
            words = "Boxes that the other side lacks, or has otherwise, are marked."
        found.append({"title": title, "words": words, "data": _data(drawn[name]), "graph": name in graphs})
    return found


def _data(svg):
    return svg and base64.b64encode(svg.encode()).decode()
