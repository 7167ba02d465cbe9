"""What is written is read back by Hydra as it was."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from seedluck_worker.shared.values import read, written

TEXTS = [
    "plain",
    "null",
    "true",
    "1",
    "",
    "two words",
    "it's",
    '"',
    "a\\",
    "a\\'b",
    "{x}",
    "[1,2]",
    "x=1",
    "~/a,b",
    "$x",
]
OTHERS = [1, -2, 0.1, 1e-7, True, None, [1, [2.5, "a b"]], {"class_name": "Adam", "config": {"rate": 0.1, "on": False}}]


@pytest.mark.parametrize("value", [*TEXTS, *OTHERS], ids=repr)
def test_hydra_reads_back_what_was_written(value):
    override = OverridesParser.create().parse_override(f"key={written(value)}")
    back = override.value()
    assert back == value or str(back) == value
    assert type(back) is type(value) or isinstance(value, str)


def test_a_tuple_is_a_list():
    assert written((1, "a")) == "[1,a]"


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("(1, 2)", (1, 2)), ("None", None), ("adam", "adam")])
def test_a_parameter_is_the_value_that_it_was(text, value):
    assert read(text) == value
