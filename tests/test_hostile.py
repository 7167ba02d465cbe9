"""Whatever is typed is answered without a traceback, and with an exit code that the commands promise.

SEEDLUCK_HOSTILE=500 tries so many inputs of the first two kinds, and a third of that of each other.
"""

import os

import pytest

from seedluck.basics.errors import Mistake
from tests import hostile
from tests.conftest import OWN, call

COUNT = int(os.environ.get("SEEDLUCK_HOSTILE", "24"))
SEED = int(os.environ.get("SEEDLUCK_HOSTILE_SEED", "9"))


@pytest.fixture(autouse=True)
def _trains_nothing(monkeypatch, tmp_path):
    """What is right after all must not train: that is not asked here. Relative paths end in the test's own folder."""

    def refuse(*_, **__):
        raise Mistake("this would train.")

    monkeypatch.setattr("seedluck.execution.train.UnderWay", refuse)
    monkeypatch.setattr("seedluck.search.explainer.ExplanationRun.create", refuse)
    monkeypatch.chdir(tmp_path)


def wrong(done, words):
    """What is amiss with an answer, as text; empty where nothing is."""
    if done.returncode not in (0, 1, 2):
        return f"{words} exits with {done.returncode}"
    if "Traceback" in done.stdout + done.stderr:
        return f"{words} prints a traceback"
    if done.returncode == 2 and not done.stderr.strip():
        return f"{words} says nothing"
    return ""


def tried(words, module, store):
    try:
        return wrong(call(*words, *store, module=module), words)
    except Exception as error:
        return f"{words} raises {type(error).__name__}: {str(error)[:200]}"


@pytest.mark.parametrize("many", [False, True])
def test_overrides_of_a_run_or_a_sweep(composed, store, tmp_path, many):
    folders = [f"hydra.run.dir={tmp_path}/run", f"hydra.sweep.dir={tmp_path}/sweep"]
    first = ["-m", "sweep.dry_run=true", "variant=tied_call,frozen_copy"] if many else []
    words = hostile.overrides(composed(), COUNT, SEED + many)
    bad = [tried([*first, *folders, word], "src.run", store) for word in words]
    assert not list(filter(None, bad))


def test_arguments_of_explain(composed, store):
    base = [f"--config-dir={OWN}", "scenario=luck", "variant=plain,shifted", "dry_run=true"]
    typed = [[*base, word] for word in hostile.overrides(composed(), COUNT // 3, SEED)]
    typed += [[*base[:-1], *words] for words in hostile.arguments(hostile.EXPLAIN, COUNT // 3, SEED)]
    bad = [tried(words, "src.explain", store) for words in typed]
    assert not list(filter(None, bad))


def test_arguments_of_verdict_and_deliver(store, tmp_path):
    bad = [tried(words, "src.verdict", store[:1]) for words in hostile.arguments(hostile.VERDICT, COUNT // 3, SEED)]
    (tmp_path / "half").mkdir()
    for name in ("job.json", "about.json", "result.json"):
        for content in ("", "{}", "[]", "null", '{"lost": 3}', "{"):
            (tmp_path / "half" / name).write_text(content)
            bad.append(tried([str(tmp_path / "half")], "src.deliver", []))
    bad += [tried([value], "src.deliver", []) for value in hostile.VALUES]
    assert not list(filter(None, bad))
