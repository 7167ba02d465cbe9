"""Departures with one cause are one finding; what nothing else confirms accuses nobody."""

import itertools

import pytest

from seedluck.hunt.findings import affected, covers, findings
from seedluck.hunt.statuses import settle, status

STACKS = ("here", "there")


def grid(departs, **choices):
    """Cases of all combinations, and their statuses where ``departs(stack, **arguments)`` says which depart."""
    cases, statuses = {}, {}
    for values in itertools.product(*choices.values()):
        arguments = dict(zip(choices, values, strict=True))
        name = " ".join(map(str, values))
        cases[name] = {"family": "optimizers", "computation": "compute", "subject": values[0], "arguments": arguments}
        statuses[name] = {one: "departs" if departs(one, **arguments) else "agrees" for one in STACKS}
    return cases, statuses


CHOICES = {
    "optimizer": ["sgd", "adam", "lion"],
    "clip": ["none", "norm", "value"],
    "rows": ["dense", "repeated", "unique"],
}


def test_an_argument_is_the_cause_if_exchanging_it_makes_the_difference_go_away():
    cases, statuses = grid(lambda stack, optimizer, clip, rows: stack == "here" and rows == "repeated", **CHOICES)
    (found,) = findings(cases, statuses)
    assert found.having == {"rows": ["repeated"]}
    assert (found.wrong, found.right, len(found.cases)) == (["here"], ["there"], 9)
    assert found.cases[0] == "sgd none repeated"
    assert (
        affected(found, {"rows=repeated": "rows twice"})
        == "Whoever uses the optimizer sgd, adam, lion, with rows twice."
    )


def test_two_causes_are_two_findings():
    def departs(stack, optimizer, clip, rows):
        return stack == "here" and (rows == "repeated" or optimizer == "lion")

    cases, statuses = grid(departs, **CHOICES)
    having = [one.having for one in findings(cases, statuses)]
    assert sorted(having, key=str) == [{"rows": ["repeated"]}, {"subject": ["lion"]}]


def test_what_takes_two_arguments_together_is_said_so_and_their_values_are_listed():
    def departs(stack, optimizer, clip, rows):
        return rows == "repeated" and clip == "norm" and optimizer != "lion"

    cases, statuses = grid(departs, **{**CHOICES, "clip": ["none", "plain", "norm"]})
    (found,) = findings(cases, statuses)
    assert found.having == {"clip": ["norm"], "rows": ["repeated"], "subject": ["adam", "sgd"]}
    assert found.subjects == ["sgd", "adam"]


def test_stacks_with_unlike_causes_are_told_apart():
    def departs(stack, optimizer, clip, rows):
        return rows == "repeated" and (stack == "here" or clip == "norm")

    cases, statuses = grid(departs, **CHOICES)
    by_having = {tuple(one.having): one for one in findings(cases, statuses)}
    assert by_having[("rows",)].wrong == ["here"]
    assert by_having[("clip", "rows")].wrong == ["there"]
    assert by_having[("clip", "rows")].having["clip"] == ["norm"]


def test_where_nothing_departs_nothing_is_found():
    cases, statuses = grid(lambda stack, **arguments: False, **CHOICES)
    assert findings(cases, statuses) == []


def test_a_case_that_has_what_a_finding_has_is_covered_by_it():
    cases, statuses = grid(lambda stack, optimizer, clip, rows: rows == "repeated" and optimizer != "sgd", **CHOICES)
    (found,) = findings(cases, statuses)
    assert covers(found, cases["adam norm repeated"])
    assert not covers(found, cases["adam norm dense"])
    assert not covers(found, cases["sgd norm repeated"])


def answer(far, said="computed"):
    return {"status": said, "departure": far}


@pytest.mark.parametrize(
    ("first", "again", "other", "documented", "told"),
    [
        (answer(2.0), None, None, None, "agrees"),
        (answer(1e5), answer(1e5), answer(2e5), None, "departs"),
        (answer(None), answer(None), answer(None), None, "departs"),  # another shape
        (answer(1e5), answer(0.1), answer(1e5), None, "rounding"),
        (answer(1e5), answer(1e5), answer(1.0), None, "doubtful"),
        (answer(1e5), answer(None, "refused"), answer(1e5), None, "departs"),  # float64 is not there
        (answer(1e5), answer(1e5), answer(1e5), "its documentation", "documented"),
        (answer(1.0), None, None, "its documentation", "agrees"),
        (answer(None, "hangs"), None, None, None, "hangs"),
    ],
)
def test_a_departure_must_stay_in_float64_and_on_other_inputs(first, again, other, documented, told):
    assert status(first, again, other, documented) == told


def test_where_no_stack_agrees_with_the_formula_the_formula_may_be_wrong():
    told = settle({"a": {"here": "departs", "there": "departs"}, "b": {"here": "departs", "there": "agrees"}})
    assert told["a"] == {"here": "doubtful", "there": "doubtful"}
    assert told["b"] == {"here": "departs", "there": "agrees"}
