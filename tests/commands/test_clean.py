"""What runs left on disk, and what of it goes."""

import json
import os
import time

import pytest

from seedluck.basics.alone import alone
from tests.conftest import call

DAY = 86400


@pytest.fixture
def left(tmp_path):
    """Folders as runs leave them: an old one, an old failed one, a new one, and one that the store has not got."""

    def folder(name, days, **result):
        place = tmp_path / "multirun" / name
        place.mkdir(parents=True)
        for file, content in (("job.json", {}), ("result.json", {"status": "finished", "lost": None, **result})):
            (place / file).write_text(json.dumps(content))
            os.utime(place / file, (time.time() - days * DAY,) * 2)

    folder("sweep/0", 40)
    folder("sweep/1", 40, status="failed")
    folder("sweep/2", 1)
    folder("other/0", 400, status="failed", lost="Connection refused")
    (tmp_path / "multirun" / "sweep" / "verdict").mkdir()
    return tmp_path / "multirun"


def clean(folder, *words):
    done = call(f"folder={folder}", *words, module="src.clean")
    assert done.returncode == 0, done.stderr
    return done.stdout, sorted(str(path.parent.relative_to(folder)) for path in folder.glob("**/job.json"))


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["older=30d"], {"sweep/0", "sweep/1"}),
        (["failed=true"], {"sweep/1"}),
        (["older=300d"], set()),
        ([], {"sweep/0", "sweep/1", "sweep/2"}),
    ],
)
def test_what_is_asked_for_goes_once_it_is_said_to(left, words, gone):
    said, there = clean(left, *words)
    assert len(there) == 4
    assert not gone or f"would go: {len(gone)}," in said
    assert "kept: 1 runs' folders whose store has not got them yet (python -m src.deliver FOLDER)" in said
    way = said.rpartition("python -m src.clean ")[2].split()  # as it is printed
    if gone:
        assert call(*way, module="src.clean").returncode == 0
    assert {*there} - {str(path.parent.relative_to(left)) for path in left.glob("**/job.json")} == gone
    assert (left / "sweep" / "verdict").exists()


def test_what_trains_stays(left):
    with alone(left / "sweep" / ".lock", "trains"):
        said, there = clean(left, "dry_run=false")
    assert "kept: 3 runs' folders that may still train" in said
    assert len(there) == 4


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("older=soon", "older is 'soon'; allowed: a number of days, as 30d"),
        ("unused=runs", "unused is 'runs'; allowed: runtimes"),
        ("failed=yes", "failed is 'yes'; allowed: true, false"),
        ("folder=/nowhere", "folder is '/nowhere', which is no folder"),
        ("age=3", "'age=3' is no argument; allowed: older=VALUE"),
    ],
)
def test_a_mistake_is_one_sentence(word, said):
    done = call(word, module="src.clean")
    assert done.returncode == 2
    assert said in done.stderr
