"""A job's run, read back from its tags, and what of it belongs to one of several seeds."""

import math
from types import SimpleNamespace

from seedluck.tracking.job_run import LONGEST_NUMBERS, as_tag
from seedluck.tracking.reader import child, of_seed


def stored(**tags):
    """A run as MLflow gives it."""
    data = SimpleNamespace(tags={"status": "finished", **tags}, metrics={"outcome": 1.5}, params={})
    return SimpleNamespace(data=data, info=SimpleNamespace(run_id="1", status="FINISHED"))


def test_what_a_script_said_of_its_end_is_read():
    tags = {"numbers": '[["printed",1.5],["fit",null]]', "ended": "0123456789ab", "draws_nothing": "True"}
    one = child(stored(**tags, generators="keras=ba9876543210,numpy=0123456789ab"))
    assert one.numbers[0] == ("printed", 1.5)
    assert math.isnan(one.numbers[1][1])
    assert (one.ended, one.draws_nothing) == ("0123456789ab", True)
    assert one.generators == {"keras": "ba9876543210", "numpy": "0123456789ab"}


def test_an_older_run_says_nothing_of_it():
    one = child(stored())
    assert (one.numbers, one.ended, one.generators, one.draws_nothing) == ((), "", {}, False)


def test_each_of_several_seeds_has_its_own_end():
    result = {"seed": 3, "status": "finished", "outcome": 2.0, "converged": True, "diverged": False}
    result.update(invariants={}, audits={}, numbers=[], final="ba9876543210", generators={}, draws_nothing=False)
    one = of_seed(child(stored(ended="0123456789ab")), result)
    assert (one.seed, one.ended, one.numbers) == (3, "ba9876543210", ())


def test_of_very_many_numbers_the_first_are_told():
    many = [{"where": "evaluate", "value": i / 7} for i in range(500)]
    assert child(stored(numbers=as_tag(many))).numbers[0] == ("evaluate", 0.0)
    assert len(as_tag(many)) <= LONGEST_NUMBERS
