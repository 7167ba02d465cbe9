"""The verdict as one HTML file that needs nothing else: text escaped, pictures inside."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from seedluck.report.explanation_words import kind, several_wrote, spoken
from seedluck.verdicts.sentence import VERDICTS
from seedluck.wording.numbers import short

ORDER = (
    "outcome",
    "invariants",
    "repeat",
    "replay",
    "reference",
    "audits",
)  # of what is shown; whatever else there is follows


@dataclass(frozen=True)
class Picture:
    """A picture of a comparison: its title, a sentence on how to read it, SVG text. wide: or a model's graph."""

    title: str
    words: str
    svg: str
    wide: bool = True


def page(
    verdict: dict,
    kinds: dict,
    pictures: list[list[Picture]],
    explanations: Sequence[tuple] = (),
    reproduction: str | None = None,
) -> str:
    """Return the page.

    verdict: content of verdict.json. kinds: name → module of evidence/kinds.py. pictures: those of each comparison,
    in order. explanations: what was asked about why, each as the content of explanation.json and its pictures.
    reproduction: the text of reproduce.py, if there is one.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(number=short, said=said, data=_data)
    comparisons = [
        {**item, "kind": VERDICTS[item["verdict"]], "pictures": drawn, "rows": _rows(item, kinds)}
        for item, drawn in zip(verdict["comparisons"], pictures, strict=True)
    ]
    why = [{**item, "kind": kind(item), "pictures": drawn} for item, drawn in explanations]
    return environment.get_template("page.html").render(
        verdict=verdict,
        comparisons=comparisons,
        explanations=why,
        spoken=spoken,
        reproduction=reproduction,
        several_wrote=several_wrote(wrote) if (wrote := verdict.get("written_by_several")) else "",
    )


def _rows(comparison, kinds):
    """Title and lines of every kind of evidence that has something to show; the outcomes first."""
    names = (comparison["baseline"], comparison["variant"])
    ordered = sorted(kinds, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    shown = [(kinds[name], comparison["evidence"][name]) for name in ordered if hasattr(kinds[name], "show")]
    return [(module.TITLE, module.show(content, names)) for module, content in shown]


def said(sentence: str) -> Markup:
    """Return a sentence, escaped, with what stands between backticks as code."""
    code, text = Markup("<code>{}</code>"), Markup("{}")
    return Markup("").join((code if i % 2 else text).format(part) for i, part in enumerate(sentence.split("`")))


def _data(svg):
    return svg and base64.b64encode(svg.encode()).decode()
