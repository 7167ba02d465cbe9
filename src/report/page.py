"""The verdict as one HTML file that needs nothing else: text escaped, pictures inside."""

import base64
from pathlib import Path

import jinja2

from src.verdict.sentence import KINDS

PICTURES = (  # what stands first is looked at first
    ("outcomes", "Where every seed ended", "Each seed on both sides; × is a run that diverged."),
    ("replay", "From the same start", "Same initial weights, order of rows and seeds: how far the weights part, step by "
     "step, against how far the baseline drifts from copies of itself moved by one unit in the last place."),
)  # fmt: skip


def page(verdict: dict, drawn: list[dict]) -> str:
    """Return the page. verdict: content of verdict.json. drawn: for each comparison its pictures, name → SVG text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(number=number, percent=lambda p: "under 0.01 %" if p < 1e-4 else f"{100 * p:.2g} %")
    comparisons = [
        {**one, "kind": KINDS[one["verdict"]], "pictures": _pictures(pictures), "text": said(one["sentence"])}
        for one, pictures in zip(verdict["comparisons"], drawn, strict=True)
    ]
    return environment.get_template("page.html").render(verdict=verdict, comparisons=comparisons)


def number(value) -> str:
    """A number as a person would write it; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def said(sentence: str) -> jinja2.utils.markupsafe.Markup:
    """A sentence, escaped, with what stands between backticks as code."""
    parts = sentence.split("`")
    code = jinja2.utils.markupsafe.Markup("<code>{}</code>")
    text = jinja2.utils.markupsafe.Markup("{}")
    return jinja2.utils.markupsafe.Markup("").join(
        (code if i % 2 else text).format(part) for i, part in enumerate(parts)
    )


def _pictures(drawn):
    known = {name: (title, words) for name, title, words in PICTURES}
    graphs = [name for name in drawn if name.startswith("graph")]
    order = [name for name in known if name in drawn] + [n for n in drawn if n not in known and n not in graphs]
    found = []
    for name in [*order, *graphs]:
        title, words = known.get(name, (name, ""))
        if name not in known and name not in graphs:
            words = "Faint: single seeds. Strong: their mean, with one deviation around it."
        if name in graphs:
            words = "Boxes that the other side lacks, or has otherwise, are marked."
        data = base64.b64encode(drawn[name].encode()).decode()
        found.append({"title": title[0].upper() + title[1:], "words": words, "data": data, "graph": name in graphs})
    return found
