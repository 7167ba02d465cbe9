"""Seeds that are copies of one, and trainings in which nothing is drawn."""

from types import SimpleNamespace

import pytest

from seedluck.evidence import copies
from seedluck.stats.decision import CERTAIN, COPIES, DIFFERENT, SAME

NAN = float("nan")


def runs(outcomes, script="a.py", **told):
    told = {"ended": "", "generators": {}, "draws_nothing": False, **told}
    ended = told.pop("ended")
    return [
        SimpleNamespace(
            outcome=outcome,
            diverged=outcome != outcome,
            params={"scenario.script": script},
            of_script=script != "None",
            ended=ended if isinstance(ended, str) else ended[i],
            **{
                **told,
                "generators": told["generators"] if isinstance(told["generators"], dict) else told["generators"][i],
            },
        )
        for i, outcome in enumerate(outcomes)
    ]


def comparison(a, b, floor=()):
    sides = ("a", "b")
    return SimpleNamespace(judged=(a, b), sides=sides, runs=lambda role, side: list(floor) if side == "a" else [])


def fixed(a, b, floor=()):
    return copies.see(comparison(a, b, floor))["fixed"]


VARIED = runs([1.0, 2.0, 3.0])


def test_five_copies_are_not_five_seeds():
    same = runs([1.0] * 5)
    both = copies.see(comparison(same, runs([2.0] * 5)))
    assert (both["sides"], both["fixed"], both["ends"]) == ([COPIES, COPIES], COPIES, [1.0, 2.0])
    assert copies.see(comparison(VARIED, same))["sides"] == [None, COPIES]
    assert fixed(runs([NAN] * 3), VARIED) is None  # that every seed fails is no sign of it


def test_seeds_that_end_with_other_weights_or_draw_are_seeds():
    assert fixed(runs([1.0] * 3, ended=["x", "y", "z"]), VARIED) is None
    assert fixed(runs([1.0] * 3, generators=[{"torch": str(seed)} for seed in range(3)]), VARIED) is None
    assert fixed(runs([1.0] * 3, generators=[{"numpy": "seeded by hand"}] * 3), VARIED) == COPIES
    assert fixed(runs([1.0, 1.0, 1.0 + 1e-12]), VARIED) is None
    assert fixed(runs([1.0]), VARIED) is None


def test_where_nothing_is_drawn_one_run_says_all():
    nothing = {"draws_nothing": True, "ended": "x"}
    assert fixed(runs([1.0] * 2, **nothing), runs([2.0] * 2, **nothing)) == DIFFERENT
    assert fixed(runs([1.0] * 2, **nothing), runs([1.0 + 1e-9] * 2, **nothing)) == SAME
    assert fixed(runs([1.0], **nothing), runs([2.0], **nothing)) is None  # its data may be drawn
    assert fixed(runs([1.0] * 2, **nothing), VARIED) is None


def test_rounding_is_what_a_side_drifts_from_its_own_copy():
    nothing = {"draws_nothing": True, "ended": "x"}
    a, b = runs([1.0] * 2, **nothing), runs([1.01] * 2, **nothing)
    assert fixed(a, b) == DIFFERENT
    assert fixed(a, b, floor=runs([1.002])) == SAME


def test_a_scenario_whose_seeds_all_end_alike_draws_nothing():
    assert copies.see(comparison(runs([1.0] * 3, script="None", ended="x"), VARIED))["sides"] == [CERTAIN, None]
    assert copies.see(comparison(runs([1.0] * 3, script="None"), VARIED))["sides"] == [None, None]  # not known


@pytest.mark.parametrize(("state", "words"), [(COPIES, "hand it on with `{seed}`"), (DIFFERENT, "one run says all")])
def test_it_is_said_what_to_do(state, words):
    sides = [COPIES, None] if state == COPIES else [CERTAIN, CERTAIN]
    content = {"sides": sides, "fixed": state, "ends": [0.5, 0.25], "handed": [False, False]}
    said = copies.said(content, ("old.py", "new.py"), "error")
    assert words in said
    assert "0.5 for `old.py`" in said
    assert ("changes nothing in `old.py`" in said) == (state == COPIES)


def test_a_seed_that_is_handed_on_is_not_asked_for_again():
    content = {"sides": [COPIES, None], "fixed": COPIES, "ends": [1.0, 0.9], "handed": [True, True]}
    said = copies.said(content, ("old.py", "new.py"), "accuracy")
    assert "hand it on" not in said
    assert "was not seen" in said
