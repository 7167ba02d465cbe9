"""The page: whole in itself, and nothing of a user's reaches it unescaped."""

from seedluck.evidence.kinds import kinds
from seedluck.report.page import Picture, page, said

KINDS = kinds(["repeat", "replay"])
EVIL = "<script>alert('x')</script>"
SPREAD = {"mean": 1.0, "deviation": 0.5, "iqm": 1.0, "iqm_interval": None, "median": 1.0, "median_interval": None}


def verdict(name):
    outcome = {
        "seeds": 2, "paired": False, "margin": 0.1, "margin_is": "as given", "smallest_p": 0.3, "p_shift": 1.0,
        "p_within": None, "p_spread": None, "p_failed": None, "failed": [0, 0], "diverged": [0, 0], "shift": 0.5,
        "interval": None, "baseline": SPREAD, "variant": SPREAD, "probability_interval": [0.1, 0.9],
        "mean_interval": None, "level": 0.01, "inside_level": 0.025, "look": 1, "looks_planned": 1, "against": [],
        "p_adjusted": 1.0, "probability_variant_better": 0.5,
    }  # fmt: skip
    audit = {"loss": {"ok": 0, "wrong": 1, "unknown": 0, "says": name}}
    one = {
        "factor": name, "baseline": name, "variant": name, "seeds": 2, "verdict": "inconclusive",
        "expected": "same", "direction": None,
        "sentence": f"`{name}` is {name}.",
        "evidence": {"outcome": outcome, "repeat": None, "replay": None, "settings": {name: [name, None]},
                     "invariants": {name: {"baseline": {"holds": 1, "broken": 0}, "variant": {"holds": 1, "broken": 0},
                                           "differs": False}},
                     "audits": {"baseline": audit, "variant": {}}},
    }  # fmt: skip
    side = {
        "label": name,
        "short": name,
        "runs": 2,
        "converged": 1,
        "diverged": 0,
        "failed": 0,
        **SPREAD,
    }
    return {
        "run_id": "1", "scenario": name, "metric": name, "seeds": [0, 1], "sides": [side], "comparisons": [one],
        "missing": [name], "command": name,
    }  # fmt: skip


def test_everything_from_users_is_escaped():
    text = page(verdict(EVIL), KINDS, [[Picture(EVIL, EVIL, "<svg/>")]])
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 10


def test_the_page_asks_for_nothing_from_outside():
    text = page(verdict("plain"), KINDS, [[Picture("outcomes", "how", "<svg/>")]])
    assert "http" not in text
    assert 'src="data:image/svg+xml;base64,' in text


def test_what_stands_between_backticks_is_code():
    assert said("`a<b` ends") == "<code>a&lt;b</code> ends"
