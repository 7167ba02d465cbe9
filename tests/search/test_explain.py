"""The command ``python -m src.explain`` from what is typed to what it leaves."""

import json
from pathlib import Path

import pytest

from seedluck.basics.project import PROJECT
from seedluck.search import explainer
from tests.conftest import OWN, call

LUCK = [
    f"--config-dir={OWN}",
    "scenario=luck",
    "framework=custom_loop",
    "framework.execution=eager",
    "tracking.experiment=why",  # apart from the sweeps of other tests
    "seed.value=range(5)",
    "sweep.evidence=[repeat,replay]",
]


def explain(*arguments):
    return call(*arguments, module="src.explain")


def left(done, folder=None):
    """The explanation.json of a command that ended well, in the folder that was named."""
    assert done.returncode == 0, done.stderr
    if folder:
        return json.loads((folder / "explanation.json").read_text())
    *_, run = (line.split()[1] for line in done.stdout.splitlines() if line.startswith("run "))
    return json.loads((PROJECT / "multirun" / "explanations" / run / "explanation.json").read_text())


@pytest.fixture(scope="module")
def explained(store):
    """Why the variant shifted differs from plain, and what the command said."""
    done = explain(*LUCK, "variant=plain,shifted", *store)
    return left(done), done


@pytest.mark.processes
def test_a_default_that_a_variant_decides_is_the_cause(explained):
    found, done = explained
    assert found["status"] == "found"
    assert found["cause"] == [{"factor": "scenario.settings.shift", "good": 0.0, "bad": 10.0, "share": 1.0}]
    assert (found["cured"]["seeds"], found["cured"]["like_good"]) == (10, 10)
    assert (found["provoked"]["state"], found["provoked"]["like_good"]) == ("bad", 0)
    assert "10 of 10 seeds of `shifted` end as `plain` does" in found["sentence"]
    assert "CAUSE FOUND" in done.stdout
    assert "at most" in done.stderr


def test_every_training_is_a_run_under_one_parent(explained, client):
    found, _ = explained
    parent = client.get_run(found["run_id"])
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["explanation"] == "found"
    trials = children(client, found["run_id"])
    assert len(trials) == found["trainings"]
    assert {run.data.tags["role"] for run in trials} == {"trial"}
    for test in found["tests"]:
        assert len(test["runs"]) == test["seeds"] == len(test["outcomes"])
        assert all(client.get_run(run).info.status == "FINISHED" for run in test["runs"])


def test_the_sweeps_page_says_why(explained, client):
    found, _ = explained
    page = Path(client.download_artifacts(found["sweep"], "verdict.html")).read_text()
    assert "cause found" in page
    assert "scenario.settings.shift" in page
    assert client.get_run(found["sweep"]).data.tags["explanation"] == "found"


def test_asked_again_it_trains_nothing(explained, store):
    again = left(explain(f"sweep={explained[0]['sweep'][:8]}", *store))
    assert again["trainings"] == 0
    assert again["cause"] == explained[0]["cause"]


def test_the_answer_lies_in_the_folder_that_was_named(explained, store, tmp_path, monkeypatch):
    at_once, real = [], explainer.Trials

    def noted(parent, folder, backend):
        at_once.append(backend.capacity("cpu"))
        return real(parent, folder, backend)

    monkeypatch.setattr(explainer, "Trials", noted)
    words = [*LUCK, "variant=plain,shifted", "hidden=variant"]
    words += [f"hydra.run.dir={tmp_path}/why", "hydra.launcher.n_jobs=1"]
    for _ in range(2):  # a folder may be named again
        found = left(explain(*words, *store), tmp_path / "why")
        assert found["cause"][0]["factor"] == "scenario.settings.shift"
    assert (tmp_path / "why" / "explanation" / "verdict.html").exists()
    assert at_once == [1, 1]


def test_a_cause_that_is_hidden_is_not_replaced_by_another(explained, store, client):
    found = left(explain(*LUCK, "variant=plain,shifted", "hidden=scenario.settings.shift", *store))
    assert (found["status"], found["cause"]) == ("not_in_configuration", [])
    assert "part at step 1" in found["sentence"]
    assert found["hidden"] == ["scenario.settings.shift"]
    assert "Hidden, and kept as on `shifted`: scenario.settings.shift" in found["sentence"]
    assert client.get_run(found["sweep"]).data.tags["explanation"] == "found"  # as it was before


def break_off(client, sweep):
    """Leave a finished sweep as an interruption would have: closed as killed, and one run lacking."""
    lacking = children(client, sweep)[-1]
    client.delete_run(lacking.info.run_id)
    client.set_terminated(sweep, "KILLED")
    return lacking


def children(client, run):
    experiment = client.get_run(run).info.experiment_id
    found = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run}'")
    return [one for one in found if one.data.tags.get("kind") != "explanation"]  # which is a child of its sweep


def test_luck_is_not_explained(store, client):
    words = [*LUCK, "variant=plain,same", *store]
    found = left(explain(*words))
    assert (found["status"], found["cause"], found["trainings"]) == ("luck", [], 0)
    assert "nothing to explain" in found["sentence"]
    assert " ± " in found["sentence"]

    trained = {run.info.run_id for run in children(client, found["sweep"])}
    lost = break_off(client, found["sweep"])
    again = left(explain(*words))
    assert (again["status"], again["sweep"]) == ("luck", found["sweep"])
    now = {run.info.run_id for run in children(client, found["sweep"])}
    assert trained - now == {lost.info.run_id}
    assert len(now) == len(trained)

    for run in now:
        client.set_tag(run, "fingerprint", "of another scenario")
    refused = explain(f"sweep={found['sweep']}", *store)
    assert refused.returncode == 2
    assert "could not be held against it" in refused.stderr


@pytest.mark.processes
def test_two_runs_are_explained(store, explained, client):
    tests = explained[0]["tests"]
    good, bad = tests[0]["runs"][0], next(test["runs"][0] for test in tests if not test["good_values"])
    words = [f"good={good}", f"bad={bad}", *store]
    found = left(explain(*words))
    assert found["cause"] == [{"factor": "scenario.settings.shift", "good": 0.0, "bad": 10.0, "share": 1.0}]
    assert (found["good"], found["bad"]) == ("good", "bad")
    assert found["cured"]["like_good"] == found["cured"]["seeds"] == 10
    judged = json.loads(Path(client.download_artifacts(found["sweep"], "verdict.json")).read_text())["comparisons"][0]
    assert "scenario.settings.shift" in judged["evidence"]["reference"]["told"]  # both have one

    count = len(children(client, found["sweep"]))
    assert count < 27  # what the sweep of before has trained is not trained again
    break_off(client, found["sweep"])
    again = left(explain(*words))
    assert (again["cause"], again["sweep"]) == (found["cause"], found["sweep"])
    assert len(children(client, found["sweep"])) == count


@pytest.mark.processes
def test_along_an_ordered_setting(explained, store):
    words = [*LUCK, "variant=plain,shifted"]
    found = left(explain(*words, "over=scenario.epochs=1,3,60", *store))
    states = {one["level"]: one["state"] for one in found["levels"]}
    assert states["1"] == states["3"] == "differs"
    assert states["60"] == "same"  # in the end a bias makes up for what was added
    assert found["first_seen"] == "1"
    assert found["gone_since"] == "60"
    assert found["monotone"]
    page = (PROJECT / "multirun" / "explanations" / found["run_id"] / "explanation" / "verdict.html").read_text()
    assert page.count("<h2>Why") == 2  # what was asked before stays
    assert "history found" in page


def test_a_dry_run_trains_nothing(explained, store, client):
    parent = client.get_run(explained[0]["run_id"])
    before = len(client.search_runs([parent.info.experiment_id]))
    done = explain(*LUCK, "variant=plain,shifted", "dry_run=true", *store)
    assert done.returncode == 0, done.stderr
    assert "scenario.settings.shift" in done.stdout
    assert "at most 4 tests" in done.stdout
    assert len(client.search_runs([parent.info.experiment_id])) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["experiment=embeding"], "experiment is 'embeding'; allowed: "),
        (["scenario=tied_ae", "variant=tied_call,frozen_copy,transposable"], "the question has 3 sides"),
        (["scenario=tied_ae"], "the question has 1 side, all; allowed: 2"),
        (["sweep=nothing"], "has no such run"),
        (["good=nothing"], "good=nothing stands alone"),
        (["sweep=a", "good=b", "bad=c"], "ask two questions"),
        (["experiment=tied_ae", "dry_run=maybe"], "dry_run is 'maybe'; allowed: true, false"),
        (["experiment=tied_ae", "framewrok=keras"], "framewrok"),
        (["what"], "'what' is no argument"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(words, said, store):
    done = explain(*words, *store)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("suspects=framework.shuffle", "in which the two sides agree; allowed: scenario.settings.shift, variant"),
        ("over=scenario.epoch", "the nearest valid choice is scenario.epochs"),
        ("over=scenario.epochs", "names no order"),
        ("over=runtime=tf9", "over=runtime lists 'tf9'"),
        ("over=variant=plain,same", "in which the two sides differ"),
        ("over=scenario.epochs=3,two", "lists two; allowed: numbers"),
        ("scenario.epochs=5", "cannot change what was trained"),
    ],
)
def test_a_mistake_that_only_the_sweep_shows(explained, store, word, said):
    done = explain(f"sweep={explained[0]['sweep']}", word, *store)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
