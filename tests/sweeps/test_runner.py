"""Sweeps from the command line to the verdict, on a scenario that trains in no time."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import OWN, Command, call

LUCK = [f"--config-dir={OWN}", "-m", "scenario=luck", "framework=custom_loop", "framework.execution=eager"]


@pytest.fixture(scope="module")
def swept(store, tmp_path_factory):
    """One sweep of three variants, and what it left."""
    folder = tmp_path_factory.mktemp("sweep")
    words = ["variant=plain,same,shifted", "seed.value=range(6)", "sweep.evidence=[repeat,replay]"]
    words += [f"hydra.sweep.dir={folder}"]
    done = call(*LUCK, *words, *store)
    assert done.returncode == 0, done.stderr
    return folder, json.loads((folder / "verdict.json").read_text()), done


def test_the_verdict_has_what_the_contract_says(swept):
    _, verdict, _ = swept
    assert [(one["factor"], one["baseline"], one["variant"]) for one in verdict["comparisons"]] == [
        ("variant", "plain", "same"),
        ("variant", "plain", "shifted"),
    ]
    for one in verdict["comparisons"]:
        assert one["seeds"] == 6
        assert one["sentence"].endswith(".")
        assert set(one["evidence"]) == {"repeat", "replay", "reference", "outcome", "invariants", "audits", "settings"}
    assert verdict["missing"] == []


def test_the_same_model_twice_is_luck_and_another_is_a_bug(swept):
    same, shifted = swept[1]["comparisons"]
    assert same["verdict"] == "seed_luck"
    assert same["evidence"]["replay"]["identical"]
    assert same["evidence"]["replay"]["all_held"]
    assert same["evidence"]["replay"]["same_computation"]
    assert len(same["evidence"]["replay"]["seeds"]) == 3
    assert [comparison["expected"] for comparison in (same, shifted)] == ["same", "same"]
    assert (same["direction"], shifted["direction"]) == (None, "worse")
    assert shifted["verdict"] == "true_bug"
    assert shifted["evidence"]["replay"]["first"]["step"] == 1
    assert shifted["evidence"]["repeat"]["variant"]["identical"]
    assert shifted["evidence"]["settings"]["variant"] == ["plain", "shifted"]


def test_the_screen_shows_progress_the_table_and_the_verdicts(swept):
    out = swept[2].stdout
    for part in ("SEED LUCK", "TRUE BUG", "shifted against plain", "verdict.html"):
        assert part in out
    assert "27/27" in swept[2].stderr  # all that was planned
    assert "8/8" in swept[2].stderr  # further replays, of the sides that were found alike


def test_the_folder_holds_page_tables_and_pictures(swept):
    import pandas

    folder = swept[0] / "verdict"
    page = (folder / "verdict.html").read_text()
    assert page.count("<img") >= 10
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    table, rows = pandas.read_parquet(folder / "runs.parquet"), pandas.read_csv(folder / "runs.csv")
    assert len(table) == len(rows) == 35
    assert (table.role.value_counts()[["outcome", "repeat", "replay", "floor"]] == [18, 3, 7, 7]).all()
    assert len(list(folder.glob("*.png"))) >= 10


def test_the_parent_run_carries_the_verdict_and_the_children_can_be_grouped(swept, client):
    run = client.get_run(swept[1]["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.tags["verdict"] == "seed_luck 1, true_bug 1"
    assert "TRUE_BUG" in run.data.tags["mlflow.note.content"].upper()
    assert "python -m src.run" in run.data.tags["mlflow.note.content"]
    side = next(one for one in swept[1]["sides"] if one["short"] == "shifted")
    for key in ("mean", "deviation"):
        assert run.data.metrics[f"{key}/shifted"] == pytest.approx(side[key])
    names = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert {"verdict.json", "verdict.html", "runs.csv", "runs.parquet", "sides.json", "sweep.json"} <= names
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    assert len(children) == 35
    assert run.data.tags["looks"] == "1"
    assert {child.data.tags["side"] for child in children} == {f"variant={n}" for n in ("plain", "same", "shifted")}
    assert any(child.info.run_name == "variant=same seed 3" for child in children)


def test_stored_runs_are_judged_again_with_another_margin(swept, store, client):
    run = swept[1]["run_id"]
    uri = store[0]
    done = call(f"sweep={run[:8]}", "sweep.margin=1000000", uri, module="src.verdict")
    assert done.returncode == 0, done.stderr
    assert "SEED LUCK" in done.stdout or "BENIGN" in done.stdout or "INCONCLUSIVE" in done.stdout
    assert "TRUE BUG" not in done.stdout
    assert client.get_run(run).data.tags["verdict"] == "seed_luck 1, true_bug 1"
    assert "margin_1e+06" in {entry.path for entry in client.list_artifacts(run)}
    listed = call(uri, module="src.verdict")
    assert "SEED LUCK 1, TRUE BUG 1  luck: variant" in listed.stdout
    assert f"6 seeds  {run[:8]}\n" in listed.stdout
    assert call(uri, "last=1", "scenario=luck", "verdict=benign_difference", module="src.verdict").stdout.startswith(
        "No"
    )


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["swep=1"], ("'swep=1'", "sweep", "is sweep")),
        (["sweep=nothing"], ("'nothing'", "no such run", "nearest")),
        (["sweep=x", "sweep.margin=-1"], ("sweep.margin=-1", "from 0", "sweep.margin=0")),
        (["last=0"], ("last is '0'", "1 to", "last=20")),
        (["verdict=bug"], ("verdict is 'bug'", "seed_luck", "is true_bug")),
        (["scenario=a'b"], ("scenario is", "letters", "leave it out")),
        (["sweep=x", "last=3"], ("last=3", "without sweep=", "leave out last")),
    ],
)
def test_a_wrong_argument_of_the_verdict_is_answered_in_one_sentence(swept, store, words, parts):
    done = call(*words, store[0], module="src.verdict")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["variant=plain,plan"], ("'plan'", "same", "is plain")),
        (["framework.shuffle=none,sometimes"], ("'sometimes'", "each_epoch", "allowed")),
        (["seed.value=0,-1"], ("-1", "0 to")),
        (["sweep.resume=nothing"], ("'nothing'", "no such run", "parent run")),
        (["sweep.stop=sometimes"], ("'sometimes'", "decided", "all_run")),
        (["hydra.launcher.n_jobs=0"], ("n_jobs", "1 job or more", "is 1.")),
    ],
)
def test_a_wrong_sweep_is_refused_before_anything_starts(words, parts, store, tmp_path):
    done = call(*LUCK, *words, *store, f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr
    assert not (tmp_path / "sweep").exists()


def test_a_dry_run_says_what_would_run_and_trains_nothing(swept, store, tmp_path):
    done = call(*LUCK, "variant=plain,same", "seed.value=range(4)", "sweep.dry_run=true", *store,
                f"hydra.sweep.dir={tmp_path}/sweep")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "14 runs: 8 for outcomes, 2 repeat, 2 replay, 2 floor" in done.stdout
    assert "minutes" in done.stdout  # the store has seen such runs
    assert not (tmp_path / "sweep").exists()


def test_a_sweep_that_stops_when_decided_takes_seeds_in_rounds(store, tmp_path):
    words = [
        "variant=plain,shifted",
        "seed.value=range(4)",
        "sweep.stop=decided",
        "sweep.max_seeds=12",
        "sweep.evidence=[]",
    ]
    done = call(*LUCK, *words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["comparisons"][0]["verdict"] == "true_bug"
    assert verdict["seeds"] == list(range(8))  # four cannot pass a test, eight can


def test_coming_back_with_more_seeds_is_another_look(store, client, tmp_path):
    words = [*LUCK, "variant=plain,shifted", "sweep.evidence=[]", *store]
    assert call(*words, "seed.value=range(3)", f"hydra.sweep.dir={tmp_path}/few").returncode == 0
    few = json.loads((tmp_path / "few" / "verdict.json").read_text())
    assert few["comparisons"][0]["verdict"] == "inconclusive"
    more = ["seed.value=range(9)", f"sweep.resume={few['run_id']}"]
    for folder in ("more", "again"):
        assert call(*words, *more, f"hydra.sweep.dir={tmp_path}/{folder}").returncode == 0
        verdict = json.loads((tmp_path / folder / "verdict.json").read_text())
        comparison = verdict["comparisons"][0]
        assert (comparison["verdict"], comparison["seeds"]) == ("true_bug", 9)
        assert comparison["evidence"]["outcome"]["level"] == pytest.approx(0.0095)  # three seeds could pass nothing
        assert client.get_run(few["run_id"]).data.tags["looks"] == "2"  # the same outcomes again are no third one


@pytest.mark.processes
def test_seeds_that_fail_are_replayed_from_their_own_starts(store, tmp_path, client):
    words = [
        "variant=plain,same",
        "seed.value=range(10)",
        "scenario.settings.fails=1",
        "sweep.evidence=[repeat,replay]",
    ]
    done = call(*LUCK, *words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    one = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]
    outcome, replay = one["evidence"]["outcome"], one["evidence"]["replay"]
    assert outcome["failed"][0] == outcome["failed"][1] > 0
    assert outcome["failed_from"] == 1e6
    assert outcome["baseline"]["mean"] < 100
    assert replay["own"]
    assert {seed["differs"] for seed in replay["own"]} == {False}
    assert {tuple(seed["not_held"]) for seed in replay["own"]} == {
        ()
    }  # nothing is put into an order, nothing drops out
    assert (one["verdict"], replay["drawn_alike"]) == ("seed_luck", True)

    runs = [json.loads((tmp_path / str(number) / "result.json").read_text())["run_id"] for number in (0, 1)]
    asked = [f"good={runs[0]}", f"bad={runs[1]}", *store, f"hydra.run.dir={tmp_path}/pair"]
    pair = call(*asked, module="src.explain")
    assert pair.returncode == 0, pair.stderr
    explained = json.loads((tmp_path / "pair" / "explanation.json").read_text())
    assert explained["status"] == "luck"
    of_pair = json.loads(Path(client.download_artifacts(explained["sweep"], "verdict.json")).read_text())
    again = of_pair["comparisons"][0]["evidence"]["replay"]["own"]
    assert [(seed["seed"], seed["differs"]) for seed in again] == [(seed["seed"], False) for seed in replay["own"]]


def test_runs_of_the_baseline_that_are_stored_count(swept, store, tmp_path):
    words = ["variant=plain,same", "seed.value=0,1", "sweep.evidence=[]", "sweep.stored=baseline"]
    done = call(*LUCK, *words, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "2/2" in done.stderr  # those of the variant
    outcome = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]["evidence"]["outcome"]
    assert outcome["runs"][0] >= 6
    assert outcome["runs"][1] == 2


@pytest.mark.processes
def test_joblib_launches_too(store, tmp_path):
    words = ["variant=plain,shifted", "seed.value=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    done = call(*LUCK, *words, "sweep.evidence=[]", *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert [side["runs"] for side in verdict["sides"]] == [2, 2]


TEN = [*LUCK, "variant=plain,same", "seed.value=range(5)", "sweep.evidence=[]", "scenario.settings.pause=0.05"]


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    """The verdict of a sweep of ten jobs that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert call(*TEN, *store, f"hydra.sweep.dir={folder}").returncode == 0
    return json.loads((folder / "verdict.json").read_text())


def kill_a_worker(folder, after):
    """Once so many jobs have ended, kill the process of one that is under way."""
    while len(list(folder.glob("*/result.json"))) < after:
        time.sleep(0.01)
    while True:
        begun = {path.parent for path in folder.glob("*/events.jsonl")}
        for job in sorted(begun - {path.parent for path in folder.glob("*/result.json")}):
            lines = (job / "events.jsonl").read_text().splitlines()
            if lines and not any('"event": "result"' in line for line in lines):  # else it may have ended by itself
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself, and its result is on the way
                    os.kill(json.loads(lines[0])["pid"], signal.SIGKILL)
                    return
        time.sleep(0.01)


@pytest.mark.parametrize(
    "interruption",
    [
        "worker",
        pytest.param("ctrl_c", marks=pytest.mark.processes),
        pytest.param("parent", marks=pytest.mark.processes),
    ],
)
def test_an_interrupted_sweep_resumes_to_the_same_verdict(interruption, whole, store, client, tmp_path):
    after = random.randint(1, 6)  # at any moment; the number is in the message
    folder = tmp_path / "first"
    words = [*TEN, *store, f"hydra.sweep.dir={folder}"]
    if interruption == "worker":
        killer = threading.Thread(target=kill_a_worker, args=(folder, after))
        killer.start()
        done = call(*words)
        killer.join()
        code, err = done.returncode, done.stderr
    else:
        command = Command(folder, words)
        while len(list(folder.glob("*/result.json"))) < after:
            assert command.process.poll() is None, command.process.communicate()
            time.sleep(0.01)
        command.process.send_signal(signal.SIGINT if interruption == "ctrl_c" else signal.SIGKILL)
        code, _, err = command.end()
    assert code == {"ctrl_c": 130, "worker": 1, "parent": -9}[interruption], (after, err)

    experiment = client.get_experiment_by_name("luck").experiment_id
    parent = client.search_runs([experiment], "tags.kind = 'sweep'", order_by=["attributes.start_time DESC"])[0]
    if interruption != "parent":
        assert f"sweep.resume={parent.info.run_id}" in err
    done = call(*TEN, *store, f"hydra.sweep.dir={folder}", f"sweep.resume={parent.info.run_id}")
    assert done.returncode == 0, (after, done.stderr)
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["run_id"] == parent.info.run_id
    ignored = {"run_id", "command"}  # the folder is part of the command
    assert {k: v for k, v in verdict.items() if k not in ignored} == {
        k: v for k, v in whole.items() if k not in ignored
    }, after
    children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    finished = [(run.data.tags["side"], run.data.tags["seed"]) for run in children if run.info.status == "FINISHED"]
    assert len(finished) == len(set(finished)) == 10, after
    assert not [run for run in children if run.info.status == "RUNNING"]
    assert client.get_run(parent.info.run_id).info.status == "FINISHED"


def test_only_the_same_sweep_can_be_resumed(swept, store, tmp_path):
    run = swept[1]["run_id"]
    done = call(*LUCK, "variant=plain,same", *store, f"sweep.resume={run}", f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 2
    assert "variant=plain | variant=same | variant=shifted" in done.stderr


def test_a_job_that_fails_leaves_the_rest_judged_and_is_trained_again(store, tmp_path):
    fault = tmp_path / "fault"
    fault.write_text("yes")
    words = ["variant=plain,same", "sweep.evidence=[]", f"scenario.settings.fault={fault}", *store]
    done = call(*LUCK, *words, f"hydra.sweep.dir={tmp_path}/first")
    assert done.returncode == 1
    assert "the file says so" in done.stderr
    verdict = json.loads((tmp_path / "first" / "verdict.json").read_text())
    assert verdict["missing"] == ["variant=plain seed 0", "variant=same seed 0"]
    fault.write_text("")
    other = [word for word in LUCK if not word.startswith("seed.value")] + ["seed.value=9"]
    done = call(*other, *words, f"hydra.sweep.dir={tmp_path}/second", f"sweep.resume={verdict['run_id']}")
    assert done.returncode == 0, done.stderr
    again = json.loads((tmp_path / "second" / "verdict.json").read_text())
    assert again["missing"] == []
    assert again["seeds"] == [*verdict["seeds"], 9]  # what was asked for before stays asked for
