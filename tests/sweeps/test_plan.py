"""What a sweep trains, from its overrides."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from seedluck.basics.errors import Mistake
from seedluck.evidence.kinds import kinds
from seedluck.stats.decision import DIFFERENT, SAME
from seedluck.sweeps.plan import plan


def parsed(*words):
    return plan(OverridesParser.create().parse_overrides(list(words)))


def test_the_first_value_is_the_baseline_and_seeds_are_no_factor():
    made = parsed("scenario=tied_ae", "variant=tied_call,frozen_copy", "seed.value=range(3)")
    assert [side.label for side in made.sides] == ["variant=tied_call", "variant=frozen_copy"]
    assert made.seeds == (0, 1, 2)
    assert made.fixed == ("scenario=tied_ae",)


def test_several_factors_make_a_product():
    made = parsed("optimizer=sgd,adam", "variant=a,b")
    assert [side.short for side in made.sides] == ["sgd, a", "sgd, b", "adam, a", "adam, b"]


def test_seed_follows_seed_so_that_pairs_are_whole_early():
    made = parsed("variant=a,b", "seed.value=7,8")
    assert [(job.seed, job.side.short) for job in made.outcomes([7, 8])] == [(7, "a"), (7, "b"), (8, "a"), (8, "b")]


def test_evidence_is_a_repeat_a_replay_and_a_moved_copy_of_every_side():
    made = parsed("variant=a,b,c", "seed=per_op", "seed.value=4,5")
    jobs = made.evidence(kinds(["repeat", "replay"]), epochs=100)
    roles = [job.role for job in jobs]
    assert (roles.count("repeat"), roles.count("replay"), roles.count("floor")) == (3, 3, 3)
    held = [job for job in jobs if job.role != "repeat"]
    assert all("seed=shared" in job.overrides and "seed=per_op" not in job.overrides for job in held)
    assert all(job.seed == 4 for job in jobs)
    assert len({job.place for job in jobs}) == len(jobs)
    assert made.evidence(kinds(["repeat"]), 100)[0].overrides[0] == "seed=per_op"


def test_further_seeds_are_replayed_on_the_sides_that_ask_for_it_and_on_the_baseline_once():
    made = parsed("variant=a,b,c", "seed.value=4,5,6")
    jobs = made.further(kinds(["repeat", "replay"]), 100, {"variant=b": [4, 6], "variant=c": [6]})
    assert {job.role for job in jobs} == {"replay", "floor"}
    replayed = sorted((job.side.short, job.seed) for job in jobs if job.role == "replay")
    assert replayed == [("a", 4), ("a", 6), ("b", 4), ("b", 6), ("c", 6)]
    assert len({job.place for job in jobs}) == len(jobs)


def test_a_seed_that_failed_starts_on_both_sides_as_it_did_where_it_failed():
    made = parsed("variant=old,new", "seed=per_op", "seed.value=0,1,2")
    planned = made.from_own_starts(kinds(["replay"]), 3, {"variant=new": [(2, 0), (1, 1)]})
    for copy in (0, 1):  # the second is moved by one unit in the last place
        of_copy = [one for one in planned if one.copy == copy]
        assert [(one.role, one.side.short, one.seed, one.starts_as.side) for one in of_copy] == [
            ("own_baseline", "old", 2, "variant=old"),
            ("own_baseline", "new", 2, "variant=old"),
            ("own_variant", "old", 1, "variant=new"),
            ("own_variant", "new", 1, "variant=new"),
        ]
        assert all(("seed.ulp_copy=1" in one.overrides) == copy for one in of_copy)
    assert len(planned) == 8
    assert all("seed=per_op" in one.overrides and "seed=shared" not in one.overrides for one in planned)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["variant=a,b"], [SAME]),
        (["framework.execution=compiled,eager"], [SAME]),
        (["runtime=tf1_13,current"], [SAME]),
        (["device.threads=1,2"], [SAME]),
        (["optimizer.learning_rate=0.1,0.2"], [DIFFERENT]),
        (["optimizer=sgd,adam"], [DIFFERENT]),
        (["+scenario.settings.rows=1,2"], [DIFFERENT]),
        (["variant=a,b", "optimizer=sgd,adam"], [DIFFERENT, SAME, DIFFERENT]),
    ],
)
def test_what_is_swept_says_what_is_expected(words, expected):
    made = parsed(*words)
    assert [made.expected(side) for side in made.sides[1:]] == expected


def test_nothing_is_compared_where_only_seeds_are_swept():
    made = parsed("scenario=tied_ae", "seed.value=1,2")
    assert [side.label for side in made.sides] == ["all"]
    assert made.evidence(kinds(["repeat", "replay"]), 10) == []


def test_a_later_override_replaces_an_earlier_one_as_on_the_command_line():
    made = parsed("seed.value=range(10)", "variant=a,b", "seed.value=3")
    assert made.seeds == (3,)


@pytest.mark.parametrize("seeds", ["0,00", "1,01,2"])
def test_a_seed_that_is_given_twice_in_two_spellings_is_refused(seeds):
    with pytest.raises(Mistake, match=r"seed\.value lists \d twice"):
        parsed("variant=a,b", f"seed.value={seeds}")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["seed.value=1,x"], ("'x'", "whole numbers", "is 0.")),
        (["seed.value=1,1"], ("seed.value", "twice", "once")),
        (["variant=a,a"], ("variant", "a twice", "once")),
        (["seed.value=range(0)"], ("range(0)", "one or more", "seed.value=0")),
        (["seed.value=range(0,5,0)"], ("range(0,5,0)", "one or more", "seed.value=0")),
        (["tracking.experiment=a,b"], ("tracking.experiment", "changes no training", "tracking.experiment=a")),
        (["scenario=tied_ae,gpd"], ("scenario is swept", "several questions", "scenario=tied_ae")),
        (["optimizer.learning_rate=interval(0,1)"], ("interval", "learning_rate=0,1")),
    ],
)
def test_a_sweep_that_cannot_be_planned_is_refused(words, parts):
    with pytest.raises(Mistake) as mistake:
        parsed(*words)
    for part in parts:
        assert part in mistake.value.args[0]
