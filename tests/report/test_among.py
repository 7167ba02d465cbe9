"""How lucky was I: where runs stand among a sweep's seeds, on real runs."""

import json

import pytest

from tests.conftest import call

COMMON = ["scenario=tied_ae", "variant=tied_call", "framework=tf_keras", "scenario.epochs=1"]


@pytest.fixture(scope="module")
def sweep(store, tmp_path_factory):
    """The id of a sweep of twelve seeds, and of each seed's run in the order of their outcomes, the best first."""
    folder = tmp_path_factory.mktemp("sweep")
    words = ["-m", *COMMON, "seed.value=range(12)", *store, f"hydra.sweep.dir={folder}"]
    assert call(*words).returncode == 0
    results = [json.loads(path.read_text()) for path in folder.glob("*/result.json")]
    whole = json.loads((folder / "verdict.json").read_text())["run_id"]
    return whole, sorted(results, key=lambda result: result["outcome"])


def asked(store, *words):
    done = call(*words, store[0], module="src.verdict")
    return done.returncode, done.stdout + done.stderr


def test_the_best_and_the_worst_of_a_sweep_are_told(store, sweep):
    whole, results = sweep
    code, best = asked(store, f"run={results[0]['run_id']}", f"among={whole}")
    assert code == 0
    assert f"seed {results[0]['seed']}: reconstruction_mse" in best
    assert "Of the 11 other seeds of all, 0 end better, 11 worse: it ends in the best 1 of 12." in best
    _, worst = asked(store, f"run={results[-1]['run_id'][:8]}", f"among={whole}")
    assert "11 end better, 0 worse: it ends in the worst 1 of 12." in worst
    _, middle = asked(store, f"run={results[6]['run_id']}", f"among={whole}")
    assert "it is one of many, with 50 % better." in middle


def test_three_runs_are_held_against_threes(store, sweep):
    whole, results = sweep
    code, said = asked(store, "run=" + ",".join(result["run_id"] for result in results[:3]), f"among={whole}")
    assert code == 0
    assert "3 runs: mean reconstruction_mse" in said
    assert "are at least as good on average in" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run=abcd"], "run and among belong together"),
        (["run=ffff", "among={whole}"], "the store has no such run"),
        (["run={whole}", "among={whole}"], "allowed: a finished run of one seed"),
        (["run={one}:7", "among={whole}"], "whose seeds are"),
        (["run={one}", "among={one}"], "is a run of another kind"),
        (["run={one}", "among={whole}", "last=3"], "last does not go with among"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(store, sweep, words, sentence):
    whole, results = sweep
    one = results[0]["run_id"]
    code, said = asked(store, *(word.format(whole=whole, one=one) for word in words))
    assert code == 2
    assert sentence in said
    assert "Traceback" not in said
