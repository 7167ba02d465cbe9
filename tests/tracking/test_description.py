"""What a sweep is survives the store."""

import json
from dataclasses import replace

from src.config.place import Place
from src.config.strict_json import text
from src.tracking.description import VERSION, Description, SideDescription

WHOLE = Description(
    name="tied_ae: variant a | b",
    scenario="tied_ae",
    metric="error",
    factors=["variant"],
    sides=[SideDescription("variant=a", "a", {"variant": "a"}), SideDescription("variant=b", "b", {"variant": "b"})],
    plan="0123",
    margin=0.5,
    stop="decided",
    command="python -m src.run -m",
    seeds=[0, 1],
    looks=2,
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


def test_a_place_is_spoken_as_people_say_it():
    assert [place.spoken for place in WHOLE.jobs] == ["variant=a seed 0", "variant=a seed 0, floor copy 2"]
