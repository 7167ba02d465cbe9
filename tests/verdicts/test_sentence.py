"""What is said of a comparison: never more than its evidence, and never nothing."""

import numpy as np
import pytest

from seedluck.evidence.kinds import kinds
from seedluck.evidence.spread import spread
from seedluck.stats import decision
from seedluck.verdicts.sentence import sentence
from seedluck.wording import outcome_words

REPLAY = {"to_end": True, "identical": False, "inactive": None,
          "same_start": True, "differs": True, "same_computation": False, "seeds": [{"seed": 0}],
          "first": {"step": 3, "variable": "line/kernel", "distance": 0.5, "times_floor": 2e4}}  # fmt: skip
ALIKE = {**REPLAY, "differs": False, "first": None, "same_computation": True, "seeds": [{"seed": i} for i in (0, 4, 7)]}
KINDS = {name: module for name, module in kinds(["repeat", "replay"]).items() if name in ("repeat", "replay")}
AGREES = {side: {"identical": True, "of": "weights"} for side in ("baseline", "variant")}


def evidence(a, b, replay=None, repeat=AGREES, invariants=None, margin=None):
    a, b = np.array(a, float), np.array(b, float)
    seen = decision.outcome(a, b, margin=margin)
    seen.update(level=decision.LEVEL, comparisons=1, seeds_to_decide=23, baseline=spread(a), variant=spread(b))
    seen["margin_is"] = outcome_words.DEVIATION if margin is None else "as given"
    return {"outcome": seen, "replay": replay, "repeat": repeat, "invariants": invariants or {}}


def said(verdict, **found):
    return sentence(verdict, ("old", "new"), "error", evidence(**found), KINDS)


NORMAL = np.random.default_rng(0).normal(size=10)


def test_divergence_is_counted_in_seeds():
    text = said("true_bug", a=NORMAL, b=np.where(np.arange(10) < 8, np.nan, NORMAL), replay=REPLAY)
    assert text.startswith("8 of 10 seeds of `new` diverged and none of `old`.")
    assert "they part at step 3 in `line/kernel`, 2e+04 times the noise floor" in text


def test_a_race_is_said():
    repeat = {"baseline": {"identical": True, "of": "weights"}, "variant": {"identical": False, "of": "weights"}}
    text = said("true_bug", a=NORMAL, b=NORMAL + 9, repeat=repeat)
    assert "`error` ends at 9" in text
    assert text.endswith("The same seed run twice gives different weights on `new`.")


def test_a_broken_invariant_names_its_side():
    held = {"holds": 10, "broken": 0}
    invariants = {"tied": {"baseline": held, "variant": {"holds": 0, "broken": 10}, "differs": True}}
    text = said("true_bug", a=NORMAL, b=NORMAL, invariants=invariants)
    assert text.startswith("`tied` is broken in all 10 runs of `new` and holds in every one of `old`.")


def test_by_how_much_is_said_with_an_interval_and_the_margin():
    text = said("true_bug", a=NORMAL, b=NORMAL + 9)
    assert "worse by 9 (95 % interval " in text
    assert "times the margin of " in text
    assert "better by 9 (95 % interval " in said("real_difference", a=NORMAL + 9, b=NORMAL)


@pytest.mark.parametrize(
    ("ends_alike", "differs"),
    [(False, "what they report, not what they train"), (True, "the order of rows, or what layers draw")],
)
def test_sides_that_train_the_same_in_a_replay_differ_in_what_it_holds_or_in_what_they_report(ends_alike, differs):
    replay = {**ALIKE, "all_held": True, "not_compared": [], "not_held": [], "ends_alike": ends_alike}
    found = evidence(NORMAL, NORMAL + 9, replay)
    found["outcome"]["same_start"] = True
    text = sentence("true_bug", ("old", "new"), "error", {**found, "settings": {}}, KINDS)
    assert f"As both start alike at every seed, what differs is {differs}" in text


def test_what_is_within_the_margin_is_said_with_it():
    text = said("benign_difference", a=NORMAL, b=NORMAL + 1e-3, margin=3.0, replay=REPLAY)
    assert ": really worse by 0.001" in text
    assert "shown to be within the margin of 3" in text
    assert outcome_words.DEVIATION in said("seed_luck", a=NORMAL, b=NORMAL + 1e-3)


def test_seeds_that_end_the_same_are_said_to():
    same = np.full(10, 2.0)
    text = said("seed_luck", a=same, b=same, replay={**ALIKE, "identical": True})
    assert text == (
        "Every one of 10 seeds ends the same for `new` and `old`; replayed from one start, at seeds 0, 4, 7, both "
        "train bit for bit the same to the end."
    )


def test_the_same_computation_up_to_rounding_is_said():
    text = said("seed_luck", a=NORMAL[:4], b=NORMAL[4:8], replay=ALIKE)
    assert text.startswith("Replayed from one start, at seeds 0, 4, 7, both train up to rounding the same to the end;")


def test_an_open_verdict_says_how_many_seeds_would_do():
    assert "about 23 seeds a side of a new sweep would decide" in said("inconclusive", a=NORMAL, b=NORMAL[::-1] + 0.5)
    several = np.where(np.arange(6) < 5, np.nan, NORMAL[:6])
    text = said("inconclusive", a=NORMAL[:6], b=several)
    assert text.startswith("5 of 6 seeds of `new` diverged and none of `old`; `error` ends at ")
    assert "in the one finite seed for `new`" in text
    assert "6 seeds cannot tell that from chance; about 23 seeds a side of a new sweep would decide" in text
    assert "3 seeds cannot pass any test" in said("inconclusive", a=NORMAL[:3], b=NORMAL[:3] + 1)


def test_what_speaks_against_luck_is_said():
    a, b = np.random.default_rng(1).normal(size=(2, 60))
    text = said("inconclusive", a=a, b=3 * b, margin=3.0)
    assert "but the seeds of one side spread further" in text


@pytest.mark.parametrize("bad", range(11))
def test_every_true_bug_has_a_reason(bad):
    a, b = NORMAL, np.where(np.arange(10) < bad, np.nan, NORMAL)
    if decision.outcome(a, b)["p"] <= decision.LEVEL:
        assert said("true_bug", a=a, b=b)


def test_a_second_replay_without_what_cannot_be_held_is_told_beside_the_first():
    still = {**ALIKE, "identical": True, "layers": ["alpha"]}
    text = said("true_bug", a=NORMAL, b=NORMAL + 9, replay={**REPLAY, "inactive": still})
    assert "noise floor. With `alpha` kept from drawing, from the same start the two sides train bit for bit" in text


def test_of_a_training_that_was_not_seen_inside_the_outcomes_are_repeated():
    repeat = {"baseline": {"identical": True, "of": "weights"}, "variant": {"identical": False, "of": "outcome"}}
    text = said("true_bug", a=NORMAL, b=NORMAL + 9, repeat=repeat)
    assert text.endswith("The same seed run twice gives different outcomes on `new`.")
