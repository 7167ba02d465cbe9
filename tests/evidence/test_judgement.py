"""Judging what is stored, at sizes that nobody trains in a test, and where files have gone."""

import json
from dataclasses import replace

import pytest
from mlflow.tracking import MlflowClient

from benchmarks.verdict import store as stored_outcomes
from src import config
from src.sweeps.runner import begin
from src.tracking.parent import SweepRun
from src.verdict import main


@pytest.fixture
def stored(tmp_path, monkeypatch):
    config.register()
    parent, description = stored_outcomes(tmp_path, seeds=70)
    parent.finish("FINISHED")
    monkeypatch.setattr(config, "PROJECT", tmp_path)
    yield parent, description, [f"sweep={parent.run_id}", f"tracking.uri={parent.uri}"]
    parent.close()


def test_a_verdict_needs_no_artifact_of_an_outcome(stored, tmp_path, capsys):
    parent, _, words = stored
    assert main(words) == 0
    assert "SEED LUCK" in capsys.readouterr().out
    folder = tmp_path / "multirun" / "verdicts" / parent.run_id
    verdict = json.loads((folder / "verdict.json").read_text())
    assert [side["runs"] for side in verdict["sides"]] == [70, 70]
    assert [path.name for path in (folder / "verdict").glob("*.png")] == ["outcomes.png"]


@pytest.mark.parametrize(
    "address", ["foo", "sqllite:///x.db", "sqlite:///README.md", "sqlite:////", "postgresql://a/b"]
)
def test_an_address_of_no_store_is_said(address, capsys):
    assert main([f"tracking.uri={address}"]) == 2
    said = capsys.readouterr().err
    assert f"tracking.uri is {address!r}" in said
    assert "tracking=local" in said
    assert len(said.splitlines()) == 1


def test_a_command_that_reads_makes_no_store(tmp_path):
    assert main([f"tracking.uri=sqlite:///{tmp_path}/typo.db"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_that_broke_off_at_once_hides_no_verdict(stored, tmp_path, capsys):
    parent, description, words = stored
    assert main(words) == 0
    other = SweepRun.create({"tracking": {"uri": parent.uri, "experiment": "verdict", "artifacts": None}}, "verdict")
    begin(other, replace(description, seeds=[], jobs=[]), None, "test")
    other.finish("KILLED")
    assert main([f"sweep={other.run_id}", words[1]]) == 0
    assert "INCONCLUSIVE" in capsys.readouterr().out
    MlflowClient(parent.uri).delete_tag(other.run_id, "verdict")  # as where nobody judged it
    assert main([words[1]]) == 0
    assert "seed luck" in capsys.readouterr().out.lower()
    other.close()


def test_evidence_whose_files_are_gone_is_said(stored, tmp_path, capsys):
    parent, description, words = stored
    for side in description.sides:
        tags = {"role": "repeat", "side": side.label, "seed": "0", "copy": "0", "status": "finished"}
        tags["mlflow.parentRunId"] = parent.run_id
        MlflowClient(parent.uri).create_run(parent.experiment, tags=tags)
    assert main(words) == 2
    assert "'weights/final.npz' of run" in capsys.readouterr().err
    assert not (tmp_path / "multirun").exists()
