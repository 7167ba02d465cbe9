"""Sweeps on a Slurm: the same outcomes, nothing lost, and collected by another command."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.scale.conftest import processes

pytestmark = pytest.mark.scale
WORDS = ["hydra/launcher=slurm"]


def queue(slurm):
    done = subprocess.run(["squeue", "-h", "-r", "-o", "%i"], env=slurm, capture_output=True, text=True)
    return done.stdout.split()


def collects(sweep, slurm, run_id, expected):
    """Another command brings what is under way in Slurm to its end, and begins nothing anew."""
    again = sweep(*WORDS, f"sweep.resume={run_id}", environment=slurm)
    again.end()
    assert again.outcomes() == expected
    assert len(list(again.folder.glob("*/job.json"))) == len(expected)


def test_outcomes_are_those_of_this_machine_alone(slurm, sweep, expected):
    on_slurm = sweep(*WORDS, environment=slurm)
    on_slurm.end()
    assert on_slurm.outcomes() == expected
    tasks = {json.loads(file.read_text())["task"] for file in on_slurm.folder.glob("*/slurm.json")}
    assert len(tasks) == 2  # of two cores, each of which imports the framework once


@pytest.fixture
def held(slurm, sweep, tmp_path):
    """A sweep whose two tasks are in the middle of their first jobs, and the file whose removal lets them go on."""
    hold = tmp_path / "hold"
    on_slurm = sweep(*WORDS, f"scenario.settings.hold={hold}", environment=slurm)
    on_slurm.until_held(hold, 2)
    yield on_slurm, hold
    hold.unlink(missing_ok=True)


def test_no_task_is_given_a_password(slurm, sweep, tmp_path):
    hold, planted = tmp_path / "hold", "s3cret-planted"
    environment = {**slurm, "MLFLOW_TRACKING_PASSWORD": planted}
    on_slurm = sweep(*WORDS, f"scenario.settings.hold={hold}", environment=environment)
    on_slurm.until_held(hold, 2)
    tasks = [*processes("submitit.core._submit"), *processes("seedluck_worker.worker")]
    given = [Path(f"/proc/{pid}/environ").read_bytes() for pid in tasks]
    told = subprocess.run(["scontrol", "show", "job"], env=slurm, capture_output=True, text=True).stdout
    hold.unlink()
    on_slurm.end()
    assert len(tasks) >= 4
    assert not any(planted.encode() in one for one in given)
    assert planted not in told
    assert not [path for path in on_slurm.folder.rglob("*") if path.is_file() and planted.encode() in path.read_bytes()]


def test_a_cancelled_task_is_marked_and_made_up_for(slurm, sweep, held, expected):
    on_slurm, hold = held
    task = queue(slurm)[0]
    subprocess.run(["scancel", task], env=slurm, check=True)
    hold.unlink()
    said = on_slurm.end(code=1)
    assert f"its task {task} was cancelled in Slurm" in said
    assert 2 <= len(on_slurm.outcomes()) < len(expected)
    words = [f"scenario.settings.hold={hold}", f"sweep.resume={on_slurm.run_id}"]
    again = sweep(*WORDS, *words, environment=slurm)
    again.end()
    assert again.outcomes() == expected


def test_a_task_that_ends_without_a_word_is_tried_again(held, expected):
    on_slurm, hold = held
    os.kill(processes("submitit.core._submit")[0], signal.SIGKILL)
    hold.unlink()
    said = on_slurm.end()
    assert on_slurm.outcomes() == expected
    assert "it is tried again" in said


def test_a_command_that_does_not_wait_leaves_all_to_another(slurm, sweep, expected):
    first = sweep(*WORDS, "hydra.launcher.wait=false", environment=slurm)
    said = first.end()
    assert "8 jobs are submitted" in said
    run_id = said.partition("sweep.resume=")[2].split()[0]
    assert len(first.outcomes()) < len(expected)
    collects(sweep, slurm, run_id, expected)


def test_what_a_killed_command_submitted_is_collected(slurm, sweep, expected):
    first = sweep(*WORDS, environment=slurm)
    first.until_finished(1)
    first.process.kill()
    first.process.wait()
    parent = json.loads(next(first.folder.glob("*/about.json")).read_text())["tags"]["mlflow.parentRunId"]
    collects(sweep, slurm, parent, expected)


def test_ctrl_c_takes_everything_from_the_queue(slurm, held, expected):
    on_slurm, _ = held
    on_slurm.interrupt()
    on_slurm.end(code=130)
    for _ in range(100):
        if not queue(slurm):
            break
        time.sleep(0.1)
    assert queue(slurm) == []
    kept = on_slurm.outcomes()
    assert kept.items() <= expected.items()


def test_what_slurm_refuses_is_said_in_one_sentence(slurm, sweep):
    on_slurm = sweep(*WORDS, "hydra.launcher.parameters={slurm_partition: nowhere}", environment=slurm)
    said = on_slurm.end(code=2)
    assert "Slurm does not take the sweep's tasks" in said
    assert "Traceback" not in said
