import pytest

from seedluck.basics.markdown import escaped, fenced
from seedluck.basics.printable import is_printable, printable


@pytest.mark.parametrize("control", ["\x1b[31m", "\x07", "\r", "\x9b", "\u202e"])
def test_what_a_terminal_obeys_is_written_out(control):
    shown = printable(f"a{control}b")
    assert shown.startswith("a\\")
    assert shown.isprintable()
    assert not is_printable({"x": [f"a{control}b"]})
    assert not is_printable({control: 1})


@pytest.mark.parametrize("text", ["plain", "日本語 ☃", "line\nbreak\ttab", "<script>", 3, None, [1, "a"]])
def test_the_rest_stays(text):
    assert is_printable(text)
    assert printable(str(text)) == str(text)


def test_nothing_ends_a_block_of_code():
    lines = fenced("a\n```\nb `````` c").splitlines()
    assert lines[0] == lines[-1] == "`" * 7
    assert fenced("a") == "```\na\n```"


def test_markup_is_text():
    assert escaped("<img src=x>\n**a**") == r"\<img src=x\> \*\*a\*\*"
