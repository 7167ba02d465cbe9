"""Text of users in Markdown, as MLflow shows it in the note of a run, and CI systems in a summary."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:-])")  # which Markdown, or a page that shows it, gives a meaning


def escaped(text) -> str:
    """Return a text on one line, of which Markdown takes nothing for markup."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def fenced(text: str) -> str:
    """Return a text as a block of code that nothing in it can end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"
