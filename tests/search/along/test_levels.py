"""The two sides along an order: how levels are composed, and what is said of each."""

from types import SimpleNamespace

import numpy as np
import pytest

from seedluck.basics.errors import Mistake
from seedluck.search.along.levels import Levels, read
from seedluck.search.sides import Side


@pytest.fixture
def sides(composed):
    def made(*words):
        return tuple(
            Side(variant, composed(*words, f"variant={variant}"), (*words, f"variant={variant}"), {})
            for variant in ("large_batch", "accumulated")
        )

    return made


def test_what_follows_from_a_level_is_composed_with_it(sides):
    _, levels = read("scenario.settings.weight_decay=0,0.1", sides("scenario=accumulation"), [])
    for level, pair in levels.items():
        assert [side.config["optimizer"]["settings"]["weight_decay"] for side in pair] == [float(level)] * 2
        assert [side.config["scenario"]["batch_size"] for side in pair] == [64, 16]  # each side keeps its own


def test_a_level_changes_what_only_it_decides(composed):
    side = Side("x", composed("scenario=accumulation", "variant=large_batch"), ("scenario=accumulation",), {})
    _, levels = read("variant=large_batch,accumulated", (side, side), [])
    settings = [pair[0].config["optimizer"]["settings"]["gradient_accumulation_steps"] for pair in levels.values()]
    assert settings == [None, 4]


def test_a_setting_that_another_replaces_has_no_history(sides):
    with pytest.raises(Mistake, match="decides nothing"):
        read("scenario.learning_rate=0.1,0.2", sides("scenario=accumulation", "optimizer.learning_rate=0.05"), [])


class Run(SimpleNamespace):
    def starts_as(self, other):
        return False


@pytest.mark.parametrize(
    ("good", "bad", "state"), [(0.0, 5.0, "differs"), (0.0, 0.0, "same"), (5.0, 0.0, "reversed"), (0.0, 2.0, "unknown")]
)
def test_sides_are_compared_as_they_differed_at_first(good, bad, state):
    noise = np.random.default_rng(0).normal(size=(2, 30))

    def runs(side, label, seeds):
        centre, drawn = (bad, noise[1]) if side.name == "bad" else (good, noise[0])
        return [Run(run_id=str(seed), outcome=centre + drawn[seed]) for seed in seeds]

    asked = [[SimpleNamespace(outcome=centre + one) for one in noise[0][:10]] for centre in (0.0, 4.0)]
    question = SimpleNamespace(
        runs=asked, seeds=list(range(10)), description=SimpleNamespace(margin=2.0), invariants=[],
        outcomes=lambda runs: np.array([run.outcome for run in runs]),
    )  # fmt: skip
    pair = (SimpleNamespace(name="good"), SimpleNamespace(name="bad"))
    trials = SimpleNamespace(runs=runs, allowed=lambda side: None)
    assert Levels(question, "x", {"1": pair}, trials, lambda line: None).test("1") == state
