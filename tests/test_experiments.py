"""The ready questions: each composes on all its sides, and one of them is asked for real."""

import json

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import call

EXPERIMENTS = sorted(path.stem for path in (PROJECT / "conf" / "experiment").glob("*.yaml"))


# Found by the hunt, on today's stack: a fault and its healthy twin.
TWINS = {
    "tokens": "tokens_sgd",
    "rows_that_count": "rows_by_step",
    "channels_first": "channels_first_longer",
    "ewma_rnn_jax": "ewma_rnn_torch",
    "nadam": "nadam_adam",
    "nadam_alone": "nadam_alone_adam",
}
HUNTED = {*TWINS, *TWINS.values()}


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if not name.endswith("_today") and name not in HUNTED])
def test_a_ready_question_sweeps_by_itself(name, store):
    done = call(f"experiment={name}", "sweep.dry_run=true", *store)
    assert done.returncode == 0, done.stderr
    assert "26 runs: 20 for outcomes, 2 repeat, 2 replay, 2 floor" in done.stdout
    assert "and about 8 more, of replay, floor" in done.stdout


def test_every_question_is_there_on_its_own_stack_and_on_todays():
    questions = {path.stem for path in (PROJECT / "conf" / "scenario").glob("*.yaml")} - {"script", *HUNTED}
    assert {name for name in EXPERIMENTS if name in questions} == questions
    assert {f"{name}_today" for name in questions} <= set(EXPERIMENTS)


def test_a_frozen_copy_is_a_bug_on_any_number_of_seeds(store, tmp_path):
    less = ["seed.value=0", "scenario.epochs=5", "sweep.evidence=[repeat,replay]"]
    done = call("experiment=tied_ae_today", *less, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    one = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]
    assert one["verdict"] == "true_bug"
    assert "is broken in its one run of `frozen_copy`" in one["sentence"]


@pytest.mark.stacks
@pytest.mark.parametrize(
    ("name", "less"),
    [
        ("rows_that_count", ["scenario.settings.rows=256", "scenario.epochs=2"]),
        ("nadam_alone", ["scenario.epochs=3"]),
    ],
)
def test_a_fault_that_the_hunt_found_is_a_bug_of_one_side_and_its_twin_is_none(name, less, store, tmp_path):
    verdicts = {}
    for one in (name, TWINS[name]):
        folder = tmp_path / one
        done = call(f"experiment={one}", "seed.value=range(8)", *less, *store, f"hydra.sweep.dir={folder}")
        assert done.returncode == 0, done.stderr
        comparison = json.loads((folder / "verdict.json").read_text())["comparisons"][0]
        verdicts[one] = comparison["verdict"], comparison["at_fault"]
    assert verdicts[name] == ("true_bug", "variant")
    assert verdicts[TWINS[name]][0] in ("seed_luck", "inconclusive")
    assert verdicts[TWINS[name]][1] is None


@pytest.mark.processes
def test_an_input_shape_that_is_told_or_not_is_luck(store, tmp_path):
    few = ["scenario.settings.rows=300", "scenario.settings.window=20", "scenario.epochs=2", "seed.value=0"]
    done = call("experiment=input_shape_today", *few, *store, f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    one = json.loads((tmp_path / "verdict.json").read_text())["comparisons"][0]
    assert one["verdict"] == "seed_luck"
    assert one["evidence"]["replay"]["identical"]
    assert one["evidence"]["replay"]["not_held"] == []


def test_what_an_experiment_says_counts(composed):
    assert composed("experiment=ewma_rnn_today")["sweep"]["margin"] == 0.01
    assert composed("experiment=tied_ae_today")["sweep"]["margin"] is None
    assert composed("experiment=ewma_rnn_today", "sweep.margin=0.5")["sweep"]["margin"] == 0.5
