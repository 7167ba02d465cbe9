"""More seeds of a sweep that its verdict left open."""

from types import SimpleNamespace

import numpy as np
import pytest

from seedluck.search.wider import reopen

ADAMW = {"resolved.optimizer.class": ["keras.Adam", "keras.AdamW"]}


class Question(SimpleNamespace):
    """Two sides of which the bad one ends further up by ``apart`` deviations."""

    names = ("a.py", "b.py")

    def values(self, runs):
        return np.array(runs, float)


def asked(seeds, settings=ADAMW, fixed=None):
    """A question of so many seeds, left open."""
    config = {"framework": {"name": "keras"}}
    sides = [SimpleNamespace(name=name, config=config, import_path=[]) for name in Question.names]
    evidence = {"settings": settings, "outcome": {"copies": {"fixed": fixed}}}
    verdict = {"evidence": evidence}
    return Question(good=sides[0], bad=sides[1], seeds=list(range(seeds)), runs=((), ()), verdict=verdict)


def trials(apart):
    """What trains any number of seeds."""
    noise = np.random.default_rng(0).normal(size=(2, 60))
    noise[1] += apart

    def runs(side, label, seeds):
        return noise[Question.names.index(side.name)][seeds]

    return SimpleNamespace(runs=runs)


@pytest.mark.parametrize(
    ("had", "apart", "now", "differ"), [(5, 3.0, 10, True), (10, 2.0, 20, True), (10, 0.0, 20, False)]
)
def test_sides_that_were_told_differently_are_given_as_many_seeds_again(had, apart, now, differ):
    question, said = asked(had), []
    assert reopen(question, trials(apart), said.append) is differ
    assert len(question.seeds) == now == len(question.runs[0]) == len(question.runs[1])
    assert said[0].startswith(f"{now - had} more seeds of both sides")


@pytest.mark.parametrize("question", [asked(10, settings={}), asked(10, fixed="copies")])
def test_where_more_seeds_would_tell_nothing_none_is_trained(question):
    assert not reopen(question, None, print)
    assert len(question.seeds) == 10


def test_sides_that_do_not_differ_are_hardly_ever_told_apart():
    draw = np.random.default_rng(1)
    told = 0
    for _ in range(1000):
        question = asked(10)
        told += reopen(question, SimpleNamespace(runs=lambda *_: draw.normal(size=20)), lambda line: None)
    assert told <= 8  # 2 are meant
