"""Files of a run that were cut off anywhere: each is read as far as it goes, or a sentence says what is wrong."""

import shutil

import pytest

from seedluck.basics.errors import Mistake
from seedluck.execution.delivery import deliver
from seedluck.execution.result import results_of
from seedluck.tracking.events import count_unreadable, read_events
from seedluck.tracking.leftovers import runs_below
from tests.conftest import job_of, trained

STEP = 97  # bytes between two cuts where each takes a store a moment


@pytest.fixture(scope="module")
def whole(composed, tmp_path_factory):
    """The folder of a run, and its configuration."""
    place = tmp_path_factory.mktemp("place")
    (place / "a.py").write_text("print('score: 0.5')")
    config = composed("scenario=script", f"scenario.script={place}/a.py", "scenario.metric=score")
    assert trained(job_of(config, place / "run"))["outcome"] == 0.5
    return place / "run", config


@pytest.fixture
def cut(whole, tmp_path):
    """Yield the run's folder with one of its files cut off, again and again."""

    def each(name, step):
        content = (whole[0] / name).read_bytes()
        shutil.copytree(whole[0], tmp_path / "run")
        for length in range(0, len(content.rstrip()), step):
            (tmp_path / "run" / name).write_bytes(content[:length])
            yield tmp_path / "run"

    return each


@pytest.mark.parametrize("name", ["about.json", "job.json"])
def test_a_description_that_was_cut_off_is_a_sentence(cut, name):
    for folder in cut(name, 1):
        with pytest.raises(Mistake, match="its files are not those of a run"):
            deliver(folder)


def test_a_result_that_was_cut_off_is_made_anew(cut):
    for folder in cut("result.json", STEP):
        (result,) = deliver(folder)
        assert (result["status"], result["outcome"]) == ("finished", 0.5)


def test_a_result_that_was_cut_off_is_no_reason_to_remove_a_run(cut):
    for folder in cut("result.json", 1):
        (left,) = runs_below(folder)
        assert left.status in ("waits", "finished")


def test_events_that_were_cut_off_are_read_as_far_as_they_go(cut, whole):
    before = read_events(whole[0])
    for folder in cut("events.jsonl", 1):
        events = read_events(folder)
        assert events == before[: len(events)]
        assert count_unreadable(folder) == 0
        if events and events[-1]["event"] == "ended":
            (result,) = results_of(whole[1], [0], "a run", "id", events)
            assert result["outcome"] == 0.5


def test_events_without_their_end_are_not_sent(cut):
    for folder in cut("events.jsonl", STEP):
        if not any(event["event"] == "ended" for event in read_events(folder)):
            with pytest.raises(Mistake, match="its run has not ended"):
                deliver(folder)
