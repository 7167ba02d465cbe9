"""What a sweep is survives the store."""

import json
from dataclasses import replace

from seedluck.basics.strict_json import text
from seedluck.config.place import Place
from seedluck.stats.looks import number
from seedluck.tracking.description import VERSION, Decided, Description, Look, SideDescription

WHOLE = Description(
    name="tied_ae: variant a | b",
    scenario="tied_ae",
    metric="error",
    factors=["variant"],
    sides=[
        SideDescription("variant=a", "a", {"variant": "a"}),
        SideDescription("variant=b", "b", {"variant": "b"}, "different"),
    ],
    plan="0123",
    margin=0.5,
    stop="decided",
    command="python -m src.run -m",
    seeds=[0, 1],
    planned=3,
    looks=[Look(True, 4), Look(False, 5)],
    decided={"variant=b": Decided(1, [0, 1], 0.002, True)},
    jobs=[Place("outcome", "variant=a", 0), Place("floor", "variant=a", 0, 2)],
    evidence=["repeat"],
    import_path=["/somewhere"],
    resumable=True,
    borrowed=[(Place("outcome", "variant=b", 1), "run")],
)


def test_it_is_read_as_it_was_written():
    assert Description.read(json.loads(text(WHOLE.content()))) == WHOLE
    assert WHOLE.content()["version"] == VERSION


def test_what_an_older_program_left_out_has_its_default():
    content = WHOLE.content()
    for name in ("version", "evidence", "import_path", "ordered", "borrowed", "resumable"):
        del content[name]
    read = Description.read({**content, "something": "that is gone"})
    assert read == replace(WHOLE, evidence=["repeat", "replay"], import_path=[], borrowed=[], resumable=False)


def test_a_sweep_of_an_older_program_keeps_the_number_of_its_looks():
    read = Description.read({**WHOLE.content(), "looks": 2, "decided": {}})
    assert [look.planned for look in read.looks] == [True, True]


def test_looks_are_counted_where_there_is_something_new_and_spend_their_own_shares():
    description = replace(WHOLE, planned=2, looks=[], decided={})
    for runs, complete in ((4, True), (4, True), (5, False), (8, True), (12, True)):
        description.look(runs, complete)
    assert description.taken == [(2, True), (2, False), (4, True), (6, True)]
    numbers = [number(description.taken[:look], 2, lambda seeds: True) for look in range(1, 5)]
    assert numbers == [1, 3, 2, 4]  # those that lacked outcomes, and those beyond, come after all that were planned


def asked(**more):
    return replace(WHOLE, **{"planned": 1, "looks": [], "decided": {}, **more})


def test_what_lacked_outcomes_is_looked_at_once_more_when_they_are_there():
    description = asked()
    description.look(11, complete=False)
    description.look(11, complete=False)
    description.look(12, complete=True)
    assert description.taken == [(5, False), (6, True)]
    description = asked(looks=[Look(False, 12)])  # of an older program, which counted other evidence too
    description.look(12, complete=True)
    assert description.taken == [(6, False), (6, True)]


def test_a_look_that_was_not_shown_is_not_spent():
    description = asked(looks=[Look(True, 12), Look(True, 20, shown=False)])
    assert description.looks_to_keep() == [Look(True, 12)]
    description.decided = {"new": Decided(2, [0], 0.001, True)}
    assert len(description.looks_to_keep()) == 2
    description.shown()
    assert all(look.shown for look in description.looks)


def test_what_is_decided_is_no_longer_open():
    assert WHOLE.open == []
    assert replace(WHOLE, decided={}).open == ["variant=b"]


def test_a_place_is_spoken_as_people_say_it():
    assert [place.spoken for place in WHOLE.jobs] == ["variant=a seed 0", "variant=a seed 0, floor copy 2"]
