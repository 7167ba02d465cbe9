"""What a sweep is survives the store."""

import json
from dataclasses import replace

from src.config.place import Place
from src.config.strict_json import text
from src.tracking.description import VERSION, Decided, Description, Look, SideDescription

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
    assert description.looks == [Look(True, 4), Look(False, 5), Look(True, 8), Look(False, 12)]
    numbers = [description.spent_at(look) for look in range(1, 5)]
    assert numbers == [(1, 2), (3, 2), (2, 2), (4, 2)]  # those that were not planned come after all that were


def test_what_is_decided_is_no_longer_open():
    assert WHOLE.open == []
    assert replace(WHOLE, decided={}).open == ["variant=b"]


def test_a_place_is_spoken_as_people_say_it():
    assert [place.spoken for place in WHOLE.jobs] == ["variant=a seed 0", "variant=a seed 0, floor copy 2"]
