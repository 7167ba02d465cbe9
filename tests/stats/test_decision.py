"""The verdict table, and how often it is wrong."""

import numpy as np
import pytest

from benchmarks import calibration
from seedluck.stats import decision
from seedluck.stats.decision import BENIGN, DIFFERENT, INCONCLUSIVE, LUCK, REAL, SAME, TRUE_BUG

REPLAYED = {"same_computation": True, "identical": False, "drawn_alike": None, "every_seed": False}
ALIKE = {**REPLAYED, "drawn_alike": True}
PARTS = {"same_computation": False, "identical": False}


def seen(inside=False, against=(), seeds=10, same=False, rates_alike=True):
    told = {"rates_alike": rates_alike, "rates_near": rates_alike, "means_told": True, "same": same, "p_same": 1.0}
    return {"inside": inside, "against": list(against), "seeds": seeds, **told}


@pytest.mark.parametrize(
    ("outcomes", "p", "broken", "replay", "same", "different"),
    [
        (seen(), 0.001, [], PARTS, TRUE_BUG, REAL),
        (seen(), 0.001, [], ALIKE, TRUE_BUG, REAL),  # no replay speaks against the outcomes
        (seen(), 1.0, ["tied"], ALIKE, TRUE_BUG, REAL),
        (seen(inside=True), 1.0, ["tied"], None, TRUE_BUG, REAL),
        (seen(inside=True), 0.001, [], None, BENIGN, BENIGN),
        (seen(inside=True, seeds=1000), 0.002, [], None, LUCK, LUCK),
        (seen(inside=True, seeds=1000), 0.001, [], None, BENIGN, BENIGN),
        (seen(seeds=1000), 0.01, [], None, TRUE_BUG, REAL),
        (seen(inside=True, against=["spread"], seeds=1000), 0.002, [], None, INCONCLUSIVE, INCONCLUSIVE),
        (seen(inside=True, against=["failed"]), 0.001, [], None, TRUE_BUG, REAL),
        (seen(inside=True, against=["spread"]), 0.001, [], None, INCONCLUSIVE, INCONCLUSIVE),
        (seen(inside=True, against=["early"]), 1.0, [], PARTS, INCONCLUSIVE, INCONCLUSIVE),
        (seen(inside=True), 1.0, [], None, LUCK, LUCK),
        (seen(inside=True), 1.0, [], PARTS, LUCK, LUCK),
        (seen(inside=True, against=["shift"]), 0.03, [], None, LUCK, LUCK),
        (seen(inside=True, against=["spread"]), 1.0, [], None, INCONCLUSIVE, INCONCLUSIVE),
        (seen(inside=True, against=["failed"]), 1.0, [], ALIKE, INCONCLUSIVE, INCONCLUSIVE),
        (seen(), 1.0, [], ALIKE, LUCK, LUCK),
        (seen(against=["early"]), 1.0, [], ALIKE, LUCK, LUCK),
        (seen(), 1.0, [], REPLAYED, INCONCLUSIVE, INCONCLUSIVE),  # how they start was not compared
        (seen(same=True), 1.0, [], REPLAYED, LUCK, LUCK),
        (seen(rates_alike=False), 1.0, [], ALIKE, INCONCLUSIVE, INCONCLUSIVE),
        (seen(against=["mean"]), 1.0, [], ALIKE, INCONCLUSIVE, INCONCLUSIVE),
        (seen(), 1.0, [], PARTS, INCONCLUSIVE, INCONCLUSIVE),
        (seen(), 1.0, [], None, INCONCLUSIVE, INCONCLUSIVE),
    ],
)
def test_the_table(outcomes, p, broken, replay, same, different):
    assert decision.verdict(outcomes, p, broken, replay, SAME) == same
    assert decision.verdict(outcomes, p, broken, replay, DIFFERENT) == different


def judged(a, b, replay=None, **how):
    outcomes = decision.outcome(np.array(a, float), np.array(b, float), **how)
    return decision.verdict(outcomes, outcomes["p"], [], replay)


def test_most_runs_of_one_side_diverging_is_always_a_bug():
    a = np.random.default_rng(0).normal(size=10)
    for finite in (a, a * 0, a + 100):
        b = np.where(np.arange(10) < 8, np.nan, finite)
        assert judged(a, b) == judged(b, a) == TRUE_BUG


NAN = float("nan")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([2e-7] * 10, [2e-7] * 7 + [1.0] * 3),  # three seeds fail on one side only
        ([0.0, 0.1, 0.2, 0.3], [100.0, 100.1, 100.2, 100.3]),
        ([1.0] * 3, [NAN] * 3),
        (np.arange(10.0), [NAN] * 5 + [5.0, 6.0, 7.0, 8.0, 9.0]),
    ],
)
def test_a_replay_says_nothing_against_outcomes(a, b):
    assert judged(a, b, ALIKE) == judged(b, a, ALIKE) != LUCK


def test_three_seeds_pass_no_test():
    outcomes = decision.outcome(np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))
    assert outcomes["smallest_p"] == pytest.approx(0.1)
    assert judged([1, 2, 3], [11, 12, 13]) == INCONCLUSIVE


def test_half_of_the_runs_diverging_is_never_called_alike():
    a = np.random.default_rng(1).normal(size=60)
    b = np.where(np.arange(60) < 10, np.nan, a)
    assert not decision.outcome(a[:14], b[4:18], margin=100.0)["inside"]
    assert decision.outcome(a, a, margin=100.0)["inside"]


def test_a_margin_in_absolute_units_says_whether_a_difference_matters():
    generator = np.random.default_rng(2)
    a, b = generator.normal(size=20), generator.normal(size=20) + 2.0
    assert [judged(a, b, margin=margin) for margin in (0.1, 10.0)] == [TRUE_BUG, BENIGN]


def test_a_difference_of_rounding_does_not_matter():
    a = np.full(10, 1.0)
    assert judged(a, a + 1e-12) == judged(a + 1e-12, a) == BENIGN
    assert judged(a, a) == LUCK
    assert judged(a, a + 1e-3) == TRUE_BUG


def test_pairs_are_taken_where_the_start_is_the_same_and_seeds_are_enough():
    generator = np.random.default_rng(3)
    a, b = generator.normal(size=(2, 12))
    assert decision.outcome(a, b, same_start=True)["paired"]
    assert not decision.outcome(a, b)["paired"]
    assert not decision.outcome(a[:6], b[:6], same_start=True)["paired"]
    assert not decision.outcome(a[:8], b[:8], same_start=True, level=0.001)["paired"]


@pytest.mark.parametrize("bad", [1, 2, 6, 12, 30])
def test_the_rarer_of_two_values_is_judged_by_its_rate(bad):
    a, b = np.zeros(30), np.r_[np.ones(bad), np.zeros(30 - bad)]
    said = judged(a, b)
    assert said == judged(b, a) != BENIGN
    assert (said == TRUE_BUG) == (bad >= 12)
    if said == TRUE_BUG:
        assert decision.direction(decision.outcome(a, b)) == "worse"


def test_spreads_far_below_the_margin_do_not_matter():
    a, b = np.random.default_rng(4).normal(size=(2, 20))
    assert decision.outcome(a, 5 * b, margin=1.0)["against"] == ["spread"]
    assert decision.outcome(a, 5 * b, margin=100.0)["against"] == []


@pytest.mark.parametrize("paired", [False, True])
def test_a_thousand_seeds_of_the_same_thing_are_luck(paired):
    said, generator = [], np.random.default_rng(5)
    for _ in range(40):
        a, b = generator.normal(size=(2, 1000))
        said.append(judged(a, b, same_start=paired))
    assert said.count(LUCK) >= 38  # of 99 % and more
    assert TRUE_BUG not in said


@pytest.mark.parametrize("off", [8.0, 20.0, 1e3, 1e6, 1e20, NAN])
def test_a_seed_that_fails_counts_the_same_wherever_it_ends(off):
    generator = np.random.default_rng(6)
    a, b = generator.normal(size=(2, 50))
    b[:10] += off
    assert judged(a, b) == judged(b, a) == TRUE_BUG
    outcomes = decision.outcome(a, b)
    assert outcomes["failed"] == [0, 10]
    assert outcomes["margin"] < 1.5
    assert decision.direction(outcomes) == "worse"


def test_one_seed_that_blew_up_decides_nothing_and_many_do():
    a, b = np.random.default_rng(6).normal(size=(2, 1000))
    for blown, said in ((1, LUCK), (2, LUCK), (30, TRUE_BUG)):
        off = np.r_[[1e20] * blown, b[blown:]]
        assert judged(a, off) == judged(off, a) == said
        assert decision.outcome(a, off)["failed"] == [0, blown]


@pytest.mark.parametrize("seeds", [50, 1000])
def test_seeds_that_fail_on_one_side_are_never_a_benign_difference(seeds):
    bad = round(0.16 * seeds) if seeds == 50 else 295
    a, b = np.full(seeds, 0.5), np.r_[np.full(seeds - bad, 0.5), np.full(bad, 9.1)]
    assert judged(a, b) == judged(b, a) == TRUE_BUG
    outcomes = decision.outcome(a, b)
    assert (outcomes["failed_from"], outcomes["others_to"]) == (9.1, 0.5)


@pytest.mark.parametrize("noise", [0.0, 1e-9])
@pytest.mark.parametrize("other", [0.9, 0.98])
def test_failed_seeds_do_not_set_the_margin(noise, other):
    a = -(np.array([1.0] * 6 + [0.1]) + noise * np.arange(7))  # accuracies
    b = np.full(7, -other)
    assert judged(a, b) == judged(b, a) == TRUE_BUG
    assert decision.outcome(a, b)["failed"] == [1, 0]


def test_rare_failures_beside_a_small_shift_of_many_seeds_are_not_benign():
    generator = np.random.default_rng(7)
    for _ in range(4):
        a, b = generator.normal(size=(2, 1000))
        assert judged(a, np.r_[b[10:] + 0.2, [1e6] * 10]) == TRUE_BUG


def test_one_seed_and_a_replay_show_no_luck():
    for other in (100.0, NAN):
        assert judged([0.0], [other], REPLAYED) == judged([other], [0.0], REPLAYED) == INCONCLUSIVE


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_replay_does_not_explain_seeds_that_fail_on_one_side(bad):
    a, b = np.random.default_rng(8).normal(size=(2, 10))
    assert judged(a, np.r_[[NAN] * bad, b[bad:]], ALIKE) == INCONCLUSIVE


@pytest.mark.parametrize("noise", [0.0, 1e-12])
def test_two_seeds_that_end_the_same_are_luck_with_a_replay_alone(noise):
    a = np.array([0.3, 1.3])
    assert judged(a, a + noise, REPLAYED, same_start=True) == LUCK
    assert judged(a, a + noise, same_start=True) == INCONCLUSIVE


def test_rates_that_so_few_seeds_do_not_show_alike_are_no_luck():
    a = np.arange(5.0)
    assert judged(a, a, same_start=True) == INCONCLUSIVE  # 0 of 5 against 0 of 5 may be 43 % apart
    assert judged(np.arange(12.0), np.arange(12.0), same_start=True) == LUCK
    assert judged(a, a + 1e-3, same_start=False, margin=1e-9) == INCONCLUSIVE


def test_a_small_difference_of_few_seeds_is_benign_and_no_bug():
    a = np.arange(6.0)
    assert judged(a, a + 10, margin=1e6) == BENIGN
    assert judged(np.full(6, 1.0), np.full(6, 1.0) + 1e-12) == BENIGN


def test_sides_of_different_size_are_compared_with_all_their_seeds():
    generator, real = np.random.default_rng(9), 0
    for _ in range(100):
        a, b = generator.normal(size=50), generator.normal(size=3) + 3.0
        real += judged(a, b) == judged(b, a) == TRUE_BUG
    assert real >= 90


def test_sides_without_draws_need_no_statistics():
    outcomes = decision.outcome(np.ones(2), np.ones(2) * 2)
    assert decision.verdict(outcomes, 1.0, [], None, fixed=DIFFERENT) == TRUE_BUG
    assert decision.verdict(outcomes, 1.0, [], None, fixed=SAME) == LUCK
    assert decision.verdict(outcomes, 0.001, [], None, fixed=decision.COPIES) == INCONCLUSIVE


def test_direction_and_size_come_from_one_estimate():
    a, b = np.r_[[0.0] * 19, 100.0], np.r_[[0.0] * 10, [1.0] * 10]
    outcomes = decision.outcome(a, b)
    assert decision.direction(outcomes) == "worse"
    assert decision.apart(outcomes)[0] > 0


def test_a_margin_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="margin is nan"):
        decision.outcome(np.ones(5), np.ones(5), margin=NAN)


@pytest.mark.parametrize("seeds", [0, 1, 2, 3])
def test_hardly_any_seeds_say_nothing(seeds):
    for a, b in ((np.ones(seeds), np.ones(seeds)), (np.ones(seeds), np.full(seeds, NAN)), (np.full(seeds, NAN),) * 2):
        assert judged(a, b) == judged(b, a) == INCONCLUSIVE


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([1.0] * 9, [2.0] * 9, "worse"),
        ([2.0] * 9, [1.0] * 9, "better"),
        ([1.0] * 9, [1.0] * 9, None),
        ([1.0] * 9, [NAN] * 8 + [0.5], "worse"),
    ],
)
def test_lower_is_better_and_to_diverge_is_worst(a, b, said):
    assert decision.direction(decision.outcome(np.array(a), np.array(b))) == said


def test_a_broken_invariant_is_worse():
    alike = decision.outcome(np.ones(3), np.ones(3))
    assert decision.direction(alike, broken_side=1) == "worse"
    assert decision.direction(alike, broken_side=0) == "better"


def test_an_invariant_must_hold_everywhere_on_one_side_and_nowhere_on_the_other():
    assert decision.invariants_differ({"tied": [True, True]}, {"tied": [False, False]}) == ["tied"]
    assert decision.invariants_differ({"tied": [False]}, {"tied": [True]}) == ["tied"]
    assert decision.invariants_differ({"tied": [True, True]}, {"tied": [True, False]}) == []
    assert decision.invariants_differ({"tied": [True]}, {}) == []


def test_holm_against_a_worked_example():
    assert decision.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("kind", calibration.KINDS)
@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_error_bounds_on_simulated_sweeps(kind, correlation):
    """A small version of benchmarks/calibration.py, which also swaps the sides of every sweep.

    The seeds are fixed, so it passes always or never.
    """

    def share(sizes, sweeps, verdict, planned=1, **how):
        return calibration.cell(kind, sizes, sweeps, planned=planned, correlation=correlation, **how)[verdict]

    assert share((10,), 60, "real") <= 0.07
    assert share((20,), 60, LUCK, shift=2.0) <= 0.01
    assert share((10,), 60, "real", shift=4.0) >= 0.95
    assert share(calibration.RESUMED, 20, "real") <= 0.07
    assert share(calibration.ROUNDS, 15, "real", planned=None) <= 0.07
    assert share(calibration.ROUNDS, 15, LUCK, planned=None, shift=2.0) <= 0.07


@pytest.mark.parametrize("trouble", calibration.TROUBLES)
def test_luck_is_more_than_a_location(trouble):
    assert calibration.cell("normal", (50,), 100, planned=1, trouble=trouble)[LUCK] <= 0.12
    assert calibration.cell("normal", tuple(range(8, 49, 8)), 60, trouble=trouble)[LUCK] <= 0.15


def test_a_look_that_could_not_pass_costs_nothing():
    share = calibration.cell("normal", (3, 10), 100, planned=1, shift=2.0)["real"]
    assert share >= 0.8
    assert calibration.shares_at((3, 10), 1) == calibration.shares_at((10,), 1)
    assert calibration.shares_at((5, 10), 1)[0] < 0.1


@pytest.mark.parametrize(
    ("ends", "p", "said"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 1 / 5040, LUCK),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 1 / 120, INCONCLUSIVE),
        ([1.0, 1.0, 1.0, 0.99, 0.98], 1 / 20, INCONCLUSIVE),  # as accuracies that are nearly all the best there is
        ([1.0] * 5 + [0.9, 0.9, 0.8, 0.7, 0.6], 1 / 15120, LUCK),
    ],
)
def test_pairs_that_all_end_the_same_are_luck_where_chance_would_not_do_it(ends, p, said):
    seen = decision.outcome(np.array(ends), np.array(ends))
    assert seen["p_same"] == pytest.approx(p)
    assert decision.verdict(seen, seen["p"], [], None) == said
    replay = {"same_computation": False, "drawn_alike": None, "every_seed": False}
    assert decision.verdict(seen, seen["p"], [], {**replay, "differs": False}) == said  # which could not hold all
    assert decision.verdict(seen, seen["p"], [], {**replay, "differs": True}) == INCONCLUSIVE
    other = decision.outcome(np.array(ends), np.array(ends) + np.eye(len(ends))[0] * 0.01)
    assert other["p_same"] == 1.0
