"""What two scripts hand over differently becomes factors, one for each question that can be asked."""

import numpy as np
import pytest

from seedluck.search.handed import handed
from seedluck_worker.watching.given import described, of_array
from seedluck_worker.watching.streams import Seen

X = np.random.RandomState(0).rand(20, 3)
Y = X.sum(axis=1)
SOURCES = ("a.py", "b.py")


def config(script, **scenario):
    given = {"script": script, "args": [], "env": None, "which": "last"}
    return {"scenario": {**given, **scenario}, "framework": {"name": "script"}}


def seen(trainings=1, loss="mse", callbacks="[]", start="aa", **given):
    """Parameters of a run whose fit was given these."""
    arrays = described({"x": X, "y": Y, **given})
    arrays |= {f"evaluate_{i}": of_array(array) for i, array in enumerate(given.get("evaluate", []))}
    told = {f"resolved.data.{name}.{key}": str(value) for name, one in arrays.items() for key, value in one.items()}
    told |= {"resolved.given.trainings": str(trainings), "resolved.framework.compile.loss": loss}
    return told | {"resolved.given.callbacks": callbacks, "resolved.given.initial_weights": start}


def factors(one, other, good=None, bad=None):
    good, bad = good or config("a.py"), bad or config("b.py")
    found = handed(good, bad, one, other)
    return {name.removeprefix("framework.given."): values for name, values in found.items()}


ORDER = np.random.RandomState(1).permutation(20)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"x": X + 1}, {"x": SOURCES}),
        ({"y": Y[:, None]}, {"row_shape.y": ([], [1])}),
        ({"x": X.astype("float32")}, {"dtype.x": ("float64", "float32")}),
        ({"x": X.astype("float32") + 1}, {"x": SOURCES, "dtype.x": ("float64", "float32")}),
        ({"x": X + 1e-12}, {"x": SOURCES}),
        ({"x": X[ORDER], "y": Y[ORDER]}, {"rows": SOURCES}),
        ({"x": X[:10], "y": Y[:10]}, {"rows": SOURCES}),
        ({"x": np.hstack([X, X])}, {"x": SOURCES}),
        ({"sample_weight": np.ones(20)}, {"sample_weight": SOURCES}),
        ({"x": [X, X]}, {"x": SOURCES}),
        ({"validation_data": (X, Y)}, {"validation_data": SOURCES}),
        ({"evaluate": [X, Y]}, {"evaluate": SOURCES}),
        ({"x": object()}, {}),
        ({"loss": "mae"}, {}),
        ({"loss": "mine (the script's own, 1a)"}, {"loss": SOURCES}),
        ({"callbacks": "['EarlyStopping()']"}, {"callbacks": SOURCES}),
        ({"start": "bb"}, {"initial_weights": SOURCES}),
        ({"start": "bb", "trainings": 2}, {}),
    ],
)
def test_each_difference_is_asked_for_by_itself(given, expected):
    assert factors(seen(), seen(**given)) == expected


def test_a_script_with_arguments_is_named_with_them():
    good, bad = config("a.py"), config("a.py", args=["--width=3"])
    whole = {"script": "a.py", "args": ["--width=3"], "env": None}
    assert factors(seen(), seen(start="bb"), good, bad) == {"initial_weights": ("a.py", whole)}


def test_one_script_on_two_stacks_hands_over_nothing_of_anothers():
    assert factors(seen(), seen(start="bb"), config("a.py"), config("a.py")) == {}


def test_of_several_trainings_the_one_that_is_named_is_compared():
    named = [config(script, which=1) for script in SOURCES]
    assert factors(seen(trainings=2), seen(trainings=2, start="bb"), *named) == {"initial_weights": SOURCES}


def streaming(batches):
    """Parameters of a run whose fit was given no arrays, and these batches."""
    gone_by = Seen(whole=True)
    for batch in batches:
        gone_by.see(batch)
    told = seen(x=object())
    told.update({f"resolved.data.batches.{key}": str(value) for key, value in gone_by.told().items()})
    return told


HALVES = [(X[:10], Y[:10]), (X[10:], Y[10:])]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (streaming(HALVES), streaming(HALVES), {}),
        (streaming(HALVES), streaming(HALVES[::-1]), {"batches": SOURCES}),
        (streaming(HALVES), seen(), {"batches": SOURCES}),
        (seen(), streaming(HALVES), {"batches": SOURCES}),
        (streaming(HALVES), seen(x=object()), {}),
    ],
)
def test_what_is_fed_batch_by_batch_is_taken_as_a_whole(one, other, expected):
    assert factors(one, other) == expected
