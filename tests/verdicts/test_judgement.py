"""Judging what is stored, at sizes that nobody trains in a test, and where files have gone."""

import json
from dataclasses import replace

import pytest
from mlflow.tracking import MlflowClient

from benchmarks.verdict import store as stored_outcomes
from seedluck import config
from seedluck.basics import project
from seedluck.commands.verdict import main
from seedluck.config.place import Place
from seedluck.sweeps.rounds import look
from seedluck.sweeps.runner import begin
from seedluck.tracking.description import Look
from seedluck.tracking.parent import SweepRun
from seedluck.verdicts.judgement import finished, judge


@pytest.fixture
def stored(tmp_path, monkeypatch):
    config.register()
    parent, description = stored_outcomes(tmp_path, seeds=70)
    parent.finish("FINISHED")
    monkeypatch.setattr(project, "PROJECT", tmp_path)
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


@pytest.fixture
def apart(tmp_path):
    """A stored sweep of sides that are two deviations apart."""
    config.register()
    parent, description = stored_outcomes(tmp_path, seeds=30, shift=2.0)
    yield parent, description
    parent.close()


def test_no_verdict_depends_on_the_side_that_is_typed_first(apart):
    parent, description = apart
    swapped = replace(description, sides=description.sides[::-1])
    one, other = (judge(parent, asked).verdict["comparisons"][0] for asked in (description, swapped))
    assert one["verdict"] == other["verdict"] == "true_bug"
    assert (one["direction"], other["direction"]) == ("worse", "better")
    for key in ("p", "p_shift", "p_within", "p_spread", "margin"):
        assert one["evidence"]["outcome"][key] == other["evidence"]["outcome"][key]
    assert one["evidence"]["outcome"]["shift"] == -other["evidence"]["outcome"]["shift"]


def test_sides_that_may_well_differ_have_no_bug(apart):
    parent, description = apart
    description.sides = [replace(side, expected="different") for side in description.sides]
    comparison = judge(parent, description).verdict["comparisons"][0]
    assert (comparison["verdict"], comparison["expected"]) == ("real_difference", "different")


def test_a_later_look_has_less_to_spend(apart):
    parent, description = apart
    levels = []
    for looks in ([Look(True, 60)], [Look(True, 20), Look(False, 60)], [Look(False, 60)], [Look(True, 20)], []):
        judged = judge(parent, replace(description, looks=looks))
        levels.append(judged.verdict["comparisons"][0]["evidence"]["outcome"]["level"])
    assert levels == pytest.approx([0.0095, *[0.00025] * 4])  # the last two: of what no look has seen


def test_a_lost_copy_costs_no_look(apart):
    parent, description = apart
    asked = replace(description, looks=[], jobs=[*description.jobs, Place("floor", description.sides[1].label, 0, 1)])
    judged = look(parent, asked, tried=False)
    assert judged.stands
    assert judged.verdict["missing"] == ["variant=new seed 0, floor copy 1"]
    outcome = judged.verdict["comparisons"][0]["evidence"]["outcome"]
    assert (outcome["level"], outcome["look"]) == (pytest.approx(0.0095), 1)


def test_runs_of_the_baseline_alone_count_too(apart):
    parent, description = apart
    fewer = {description.sides[1].label: set(range(6, 30))}
    children = {
        place: run
        for place, run in finished(parent, description).items()
        if place.seed not in fewer.get(place.side, ())
    }
    judged = judge(parent, description, children=children).verdict["comparisons"][0]
    assert judged["evidence"]["outcome"]["runs"] == [30, 6]
    assert not judged["evidence"]["outcome"]["paired"]
    assert (judged["verdict"], judged["seeds"]) == ("true_bug", 6)


def test_how_many_seeds_would_decide_comes_with_the_command(apart):
    parent, description = apart
    few = replace(
        description, seeds=[0, 1, 2], looks=[Look(True, 6)], resumable=True, command="python -m src.run -m a=b,c"
    )
    judged = judge(parent, few).verdict["comparisons"][0]
    assert judged["verdict"] == "inconclusive"
    assert "may go unseen" in judged["sentence"]
    assert judged["next"].startswith("python -m src.run -m a=b,c 'seed.value=range(0,")
    assert judged["next"].endswith(
        f"sweep.resume={parent.run_id}"
    )  # three seeds could pass nothing, so it costs nothing
    assert judge(parent, description).verdict["comparisons"][0]["next"] is None


def test_a_verdict_that_stands_is_judged_by_the_seeds_that_made_it(apart):
    parent, description = apart
    before = judge(parent, replace(description, seeds=description.seeds[:12], looks=[Look(True, 24)]))
    label = description.sides[1].label
    assert before.decided[label].seeds == description.seeds[:12]
    after = replace(description, looks=[Look(True, 24), Look(False, 60)], decided=before.decided)
    now = judge(parent, after).verdict["comparisons"][0]
    assert now["verdict"] == "true_bug"
    assert now["seeds"] == 12
    assert now["evidence"]["outcome"]["p_adjusted"] == before.decided[label].p_adjusted
    assert [side["runs"] for side in judge(parent, after).verdict["sides"]] == [30, 30]


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
