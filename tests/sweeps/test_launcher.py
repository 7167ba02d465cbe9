"""Following several jobs: none is lost, and none is begun that can do no good."""

import json

import pytest

from seedluck.basics.errors import NoStore
from seedluck.execution import train as training
from tests.conftest import OWN, call
from tests.execution.test_result import strict

LUCK = [
    f"--config-dir={OWN}",
    "-m",
    "scenario=luck",
    "framework=custom_loop",
    "framework.execution=eager",
    "sweep.evidence=[]",
]


def test_what_a_folder_held_before_survives_a_job_that_cannot_start(store, tmp_path, monkeypatch):
    words = [*LUCK, "variant=plain,same", f"hydra.sweep.dir={tmp_path}", "hydra.sweep.subdir=${variant}", *store]
    assert call(*words).returncode == 0
    before = (tmp_path / "plain" / "result.json").read_text()

    def refuse(*_):
        raise NoStore("the store is down")

    monkeypatch.setattr(training, "UnderWay", refuse)
    assert call(*words).returncode == 1
    assert (tmp_path / "plain" / "result.json").read_text() == before
    assert (tmp_path / "same" / "weights" / "final.npz").exists()


def test_jobs_that_would_share_a_folder_are_refused(store, tmp_path):
    words = ["variant=plain,same", "seed.value=0,1", f"hydra.sweep.dir={tmp_path}/s", "hydra.sweep.subdir=${variant}"]
    done = call(*LUCK, *words, *store)
    assert done.returncode == 2
    assert "gives" in done.stderr
    assert "one folder" in done.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("subdir", "folders"),
    [
        ("${seed.value}-${variant}", ["0-plain", "0-same", "1-plain", "1-same"]),
        ("${hydra.job.num}", ["0", "1", "2", "3"]),
    ],
)
def test_a_folder_is_named_by_what_its_job_has(store, tmp_path, subdir, folders):
    words = ["variant=plain,same", "seed.value=0,1", f"hydra.sweep.dir={tmp_path}", f"hydra.sweep.subdir={subdir}"]
    assert call(*LUCK, *words, *store).returncode == 0
    assert sorted(path.parent.name for path in tmp_path.glob("*/result.json")) == folders
    told = [json.loads((tmp_path / name / "job.json").read_text()) for name in folders]
    assert sorted((one["seed"]["value"], one["variant"]) for one in told) == [
        (0, "plain"), (0, "same"), (1, "plain"), (1, "same")
    ]  # fmt: skip


def test_a_measurement_whose_name_is_a_formula_ends_no_sweep(store, tmp_path, client):
    words = [f"--config-dir={OWN}", "-m", "scenario=classes", "framework=custom_loop", "variant=plain,noisy"]
    words += [r"scenario.settings.measured='$\frac$'", "sweep.evidence=[replay]", f"hydra.sweep.dir={tmp_path}"]
    done = call(*words, *store)
    assert done.returncode == 0, done.stderr
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["missing"] == []
    assert verdict["metric"] == r"$\frac$"
    assert {path.name for path in (tmp_path / "verdict").glob("*.png")} >= {"outcomes.png", "loss.png", "replay.png"}
    assert client.get_run(verdict["run_id"]).info.status == "FINISHED"


def test_every_file_is_strict_json_also_where_losses_are_none(store, tmp_path):
    words = [f"--config-dir={OWN}", "-m", "scenario=faults", "framework=custom_loop", "variant=healthy,nan"]
    done = call(*words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert strict(tmp_path) > 20
    evidence = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]["evidence"]
    losses = [point["loss"] for point in evidence["replay"]["curve"]]
    assert all(isinstance(one, float) or one is None for pair in losses for one in pair)
    assert any(None in pair for pair in losses)


def test_dropout_on_one_side_alone_parts_the_sides_though_masks_are_held(store, tmp_path):
    words = [
        "scenario=classes",
        "framework=tf_keras,keras",
        "variant=dropped_on_keras",
        "scenario.epochs=1",
        "sweep.evidence=[replay]",
    ]
    assert call(f"--config-dir={OWN}", "-m", *words, *store, f"hydra.sweep.dir={tmp_path}").returncode == 0
    evidence = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]["evidence"]
    assert evidence["replay"]["not_held"] == []
    assert evidence["replay"]["first"]["step"] == 1
