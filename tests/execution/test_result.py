"""What a job's events amount to, also where some of them cannot be read."""

import json
import time
from types import SimpleNamespace

import pytest

from seedluck.execution import result
from seedluck.execution.backends.local import Local
from seedluck.execution.delivery import store
from seedluck.execution.under_way import UnderWay
from seedluck.tracking import events as events_of
from tests.conftest import job_of


def test_a_line_that_was_cut_off_is_counted_and_left_out(tmp_path):
    lines = [
        b'{"event": "rehearsed", "time": 1}',
        b'{"event": "metrics", "epo{"event": "ended"}',
        b"\xff\xfe",
        b"[]",
        b"",
    ]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines))
    assert [event["event"] for event in events_of.read_events(tmp_path)] == ["rehearsed"]
    assert events_of.count_unreadable(tmp_path) == 3


def test_a_job_whose_events_were_cut_off_ends_and_says_so(composed, tmp_path, client):
    job = UnderWay(job_of(composed("scenario=faults", "framework=custom_loop"), tmp_path), Local())
    while not job.ended:
        job.look()
        time.sleep(0.01)
    with open(tmp_path / "events.jsonl", "a") as file:
        file.write('{"event": "metrics", "epo')  # of a worker killed in the middle of a line
    found = job.finish()[0]
    assert (found["status"], found["unreadable"]) == ("finished", 1)  # its result had come whole
    assert [event["event"] for event in events_of.read_events(tmp_path)][-1] == "ended"
    note = client.get_run(found["run_id"]).data.tags["mlflow.note.content"]
    assert "1 line of events.jsonl cannot be read" in note


@pytest.mark.parametrize("line", ['{"event": "metrics"}', '{"event": "resu', "[]", '{"event": "result", "time": 1}'])
def test_a_damaged_event_fails_its_own_job(composed, tmp_path, line):
    job = UnderWay(job_of(composed("scenario=faults", "framework=custom_loop"), tmp_path), Local())
    with open(tmp_path / "events.jsonl", "a") as file:
        file.write(f"{line}\n")
    while not job.ended:
        assert all(event["event"] != events_of.DAMAGED for event in job.look())
        time.sleep(0.01)
    found = job.finish()[0]
    assert (found["status"], found["ended_by"], found["unreadable"]) == ("failed", "error", 1)
    assert found["reason"]


def test_a_gap_that_is_not_a_number_is_the_largest(train):
    found = train("scenario=faults", "variant=gaps", "framework=custom_loop").result["invariants"]["steady"]
    assert (found["holds"], found["gap"], found["first_broken_epoch"]) == (False, None, 1)


def test_so_it_is_in_a_run_that_broke_off(composed):
    gaps = [0.0, "nan", 1e-9]
    events = [{"event": "metrics", "epoch": i, "metrics": {}, "gaps": {"steady": gap}} for i, gap in enumerate(gaps)]
    events.append({"event": "ended", "status": "killed", "ended_by": "user", "reason": "", "waited": 0, "time": 0})
    found = result.result(composed("scenario=faults"), "a run", "1", events)["invariants"]["steady"]
    assert (found["holds"], found["gap"]) == (False, None)


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def strict(folder):
    """Parse every JSON file and line below a folder as strict JSON; return how many files there were."""
    files = [path for path in folder.rglob("*") if path.suffix in (".json", ".jsonl")]
    for path in files:
        for text in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
            json.loads(text, parse_constant=refuse)
    return len(files)


@pytest.mark.parametrize("seeds", [[0], [0, 1, 2]])
def test_the_seconds_of_recording_are_counted_once(composed, tmp_path, seeds):
    record = SimpleNamespace(run_id="1", seconds=0.5, lost=None, finish=lambda whole, note: None)
    about = {"name": "a run", "seeds": seeds, "command": "none"}
    about["tags"] = {"git.dirty": False, "mlflow.source.git.commit": "none"}
    ended = {"event": "ended", "status": "finished", "ended_by": "itself", "reason": None, "waited": 0, "time": 0}
    results = store(composed("scenario=faults"), tmp_path, record, about, [ended])
    assert [found["seed"] for found in results] == seeds
    assert json.loads((tmp_path / "result.json").read_text())["seconds"]["logging"] == 0.5


def test_what_a_script_said_of_its_end_is_kept(composed):
    numbers = [{"where": "printed", "value": 1.5}, {"where": "fit", "value": "nan"}]
    said = {"event": "result", "outcome": 1.5, "diverged": False, "converged": True, "invariants": {}, "audits": {}}
    said.update(numbers=numbers, ended="0123456789ab", generators={"numpy": "ba9876543210"}, draws_nothing=True)
    ended = {"event": "ended", "status": "finished", "ended_by": "itself", "reason": None, "waited": 0, "time": 0}
    found = result.result(composed("scenario=faults"), "a run", "1", [said, ended])
    assert found["numbers"] == [{"where": "printed", "value": 1.5}, {"where": "fit", "value": None}]
    assert (found["final"], found["generators"]) == ("0123456789ab", {"numpy": "ba9876543210"})
    assert found["draws_nothing"] is True
    broken = result.result(composed("scenario=faults"), "a run", "1", [ended])
    assert (broken["numbers"], broken["final"], broken["generators"], broken["draws_nothing"]) == ([], "", {}, False)
