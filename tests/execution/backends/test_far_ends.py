"""The far ends of the backends on clusters, without a cluster."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace

import pytest

from seedluck.basics.project import SOURCES
from seedluck.basics.strict_json import write
from seedluck.execution.backends.share import train_share
from seedluck.execution.backends.slot import Slot
from seedluck.execution.codes import ENVIRONMENT, USER
from seedluck.execution.job import sent
from tests.conftest import OWN, call, job_of

LUCK = ("scenario=luck", "scenario.epochs=1")


@pytest.fixture
def job(composed, tmp_path):
    made = job_of(composed(*LUCK), tmp_path / "job")
    made.folder.mkdir()
    write(made.folder / "job.json", made.config, keep_infinity=True)
    return made


def said(slot, name):
    """All that a job says to its end."""
    events = []
    while not events or events[-1]["event"] != "exit":
        events += slot.said(name)
    return events


def test_a_slot_takes_files_and_gives_files(job):
    slot = Slot({"OMP_NUM_THREADS": None})
    assert "tracking" not in sent(job).config  # its address may hold a password
    slot.begin("one", sent(job), {"job.json": (job.folder / "job.json").read_bytes()})
    events = said(slot, "one")
    assert events[-1]["code"] == 0
    files = slot.take("one")
    assert {"job.json", "events.jsonl", "weights/initial.npz", "weights/final.npz"} <= files.keys()
    assert list(job.folder.iterdir()) == [job.folder / "job.json"]


def test_a_slot_leaves_no_folder_and_removes_that_of_one_that_was_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = [sys.executable, "-c", "import os; from seedluck.execution.backends.slot import Slot; Slot(); os._exit(9)"]
    subprocess.run(killed, cwd=SOURCES, env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    (left,) = (path for path in tmp_path.iterdir() if path.is_dir())
    slots = [Slot(), Slot()]
    folders = {path for path in tmp_path.iterdir() if path.is_dir()}
    assert left not in folders
    assert len(folders) == 2
    for slot in slots:
        slot.close()
    assert not list(tmp_path.iterdir())


def test_a_slot_says_what_its_machine_lacks(job):
    job.config["scenario"]["script"] = "/nowhere/train.py"
    slot = Slot()
    slot.begin("one", job, {"job.json": b"{}"})
    (last,) = said(slot, "one")
    assert last["refused"]
    assert "the script /nowhere/train.py is not on" in last["reason"]


def test_a_share_leaves_how_each_of_its_jobs_ended(job, tmp_path):
    other = replace(job, folder=tmp_path / "cancelled")
    other.folder.mkdir()
    (other.folder / "cancel").touch()
    train_share([other, job])
    ends = [json.loads((one.folder / "exit.json").read_text()) for one in (other, job)]
    assert [end["by"] for end in ends] == [USER, None]
    assert [end["code"] for end in ends] == [1, 0]


def test_a_share_says_what_its_node_lacks(job, monkeypatch):
    job.config["runtime"] = {**job.config["runtime"], "name": "odd", "python": "3.99"}
    monkeypatch.setenv("SEEDLUCK_PYTHON_3_99", "/nowhere/python")
    train_share([job])
    end = json.loads((job.folder / "exit.json").read_text())
    assert end["by"] == ENVIRONMENT
    assert "3.99" in end["reason"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["hydra/launcher=ray"], "hydra/launcher=ray needs Ray, which is not installed"),
        (["hydra/launcher=slurm"], "hydra/launcher=slurm finds no sbatch on this machine"),
        (["hydra/launcher=slurm", "hydra.launcher.tasks=0"], "hydra.launcher.tasks is 0; allowed: 1 task or more"),
    ],
)
def test_without_a_cluster_one_sentence_says_so(words, sentence, store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(os.environ, "PATH", "/nowhere")
    asked = ["-m", f"--config-dir={OWN}", *LUCK, "seed.value=0,1", *words, *store, f"hydra.sweep.dir={tmp_path}/sweep"]
    done = call(*asked)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not list(tmp_path.glob("sweep/*/job.json"))
