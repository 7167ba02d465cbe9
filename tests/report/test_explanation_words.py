"""What is said of an explanation."""

from seedluck.report.explanation_words import history, sentence
from seedluck.search.along.bisection import History


def content(status, **more):
    return {
        "status": status,
        "cause": [],
        "cured": None,
        "provoked": None,
        "remainder": None,
        "why": "",
        "factors": [],
        **more,
    }


CAUSE = [{"factor": "framework.targets", "good": "expanded", "bad": "as_given", "share": 1.0}]
CURED = {"factors": ["framework.targets"], "seeds": 10, "like_good": 10, "says": None}
CURED.update(share=1.0, share_interval=(0.97, 1.0))
VERDICT = {
    "verdict": "seed_luck",
    "baseline": "a",
    "variant": "b",
    "evidence": {
        "outcome": {
            "baseline": {"mean": 17.1, "deviation": 1.03},
            "variant": {"mean": 17.6, "deviation": 1.33},
        },
        "replay": {"first": {"step": 2, "variable": "encoder/kernel"}},
        "settings": {"runtime.lock": [1, 2], "resolved.model.x": [1, 2], "resolved.optimizer.epsilon": [1, 2]},
    },
}
NAMES = ("embedding", "mse", "tf_keras", "estimator")


def test_a_cause_that_cures_and_provokes():
    provoked = {**CURED, "state": "bad", "like_good": 0}
    said = sentence(content("found", cause=CAUSE, cured=CURED, provoked=provoked), *NAMES, VERDICT)
    assert said == (
        "`embedding` differs because of `framework.targets`: with `expanded` instead of `as_given` 10 of 10 seeds of "
        "`estimator` end as `tf_keras` does, all of the difference (90 % interval 97 to 100 %). Given to `tf_keras`, "
        "it alone brings the difference about in 10 of 10."
    )


def test_a_main_cause_has_its_share_and_what_is_left_is_named():
    cured = {**CURED, "share": 0.96, "share_interval": (0.95, 0.97)}
    rest = {"share": 0.04, "share_interval": (0.03, 0.05), "may_be": ["scenario.batch_size", "optimizer.name"]}
    said = sentence(content("found", cause=CAUSE, cured=cured, remainder=rest), *NAMES, VERDICT)
    assert said.endswith(
        "end as `tf_keras` does, 96 % of the difference (90 % interval 95 to 97 %). The rest, 4 % (3 to 5 %), may be "
        "`scenario.batch_size` or `optimizer.name`; rest=true pursues it."
    )


def test_a_cause_that_cannot_stand_on_the_good_side():
    provoked = {**CURED, "state": "cannot_run", "says": "not there."}
    said = sentence(content("found", cause=CAUSE, cured=CURED, provoked=provoked), *NAMES, VERDICT)
    assert said.endswith("On `tf_keras` it cannot be tried alone: not there.")


def test_factors_that_matter_together():
    two = [*CAUSE, {"factor": "b", "good": None, "bad": 1}]
    provoked = {**CURED, "state": "bad", "like_good": 0}
    said = sentence(content("found", cause=two, cured=CURED, provoked=provoked), *NAMES, VERDICT)
    assert "`framework.targets` and `b`, which matter together: with" in said
    assert "they together bring the difference about" in said


def test_a_cause_out_of_reach_says_where_the_sides_part_and_what_could_not_be_exchanged():
    factors = [{"factor": name} for name in ("runtime", "optimizer.settings.epsilon")]
    said = sentence(content("not_in_configuration", why="it stays", factors=factors), *NAMES, VERDICT)
    assert "the sides part at step 2 in `encoder/kernel`" in said
    assert said.endswith("could not be exchanged: resolved.model.x.")


def test_luck_and_ambiguity():
    luck = sentence(content("luck"), *NAMES, VERDICT)
    assert "the verdict is seed luck: `mse` spreads 17.1 ± 1 over the seeds of `a` and 17.6 ± 1.3" in luck
    said = sentence(content("ambiguous", why="the seeds cannot tell", cause=CAUSE), *NAMES, VERDICT)
    assert said.endswith("It may be framework.targets.")


def test_histories():
    states = {"v1": "same", "v2": "differs", "v3": "same"}
    said = history("runtime", History("v2", "v3", "v1", "v2", True, states), "a", "b")
    assert said == ("`b` differs from `a` since runtime v2 (not yet in v1); it is gone since v3 (still in v2).")
    again = {"v1": "differs", "v2": "same", "v3": "differs"}
    said = history("runtime", History("v1", None, None, "v3", False, again), "a", "b")
    assert "in runtime v1 already" in said
    assert "it is still there in v3" in said
    assert "more than once" in said
    assert "were not seen to differ" in history(
        "runtime", History(None, None, None, None, True, {"v1": "same"}), "a", "b"
    )


SCRIPT = {"factor": "scenario.script", "good": "b.py", "bad": "a.py", "share": 1.0}
START = {"factor": "framework.given.initial_weights", "good": "b.py", "bad": "a.py"}
ALONE = {"good_values": {"framework.given.initial_weights": "b.py"}, "state": "bad"}
OF_SCRIPTS = {
    "verdict": "true_bug",
    "seeds": 10,
    "evidence": {
        "replay": {"first": {"step": 1, "variable": "hidden/kernel"}, "not_held": []},
        "settings": {
            "resolved.package": ["keras", "tensorflow.keras"],
            "resolved.optimizer.class": ["keras.optimizers.SGD", "tensorflow.keras.optimizers.SGD"],
            "resolved.framework.fit.batch_size": ["32", "64"],
            "resolved.data.fed.empty": ["", "11"],
        },
        "audits": {
            "baseline": {},
            "variant": {"batches": {"wrong": 12, "says": "a batch of 0 rows is fed, first at step 11"}},
        },
    },
}


def of_scripts(status="found", evidence=None, unseen=(), **more):
    """What is said of two scripts of which the variant is the bad one."""
    verdict = {**OF_SCRIPTS, "evidence": {**OF_SCRIPTS["evidence"], **(evidence or {})}}
    cured = {**CURED, "factors": ["scenario.script"]}
    told = content(status, **{"cause": [SCRIPT], "cured": cured, "factors": [SCRIPT, START], "tests": [ALONE], **more})
    return sentence(told, "script", "mse", "a.py", "b.py", verdict, unseen=unseen)


def test_a_cause_in_a_script_is_named_by_all_that_differs_there():
    assert of_scripts() == (
        "`b.py` differs from `a.py` in the script itself, all of the difference (90 % interval 97 to 100 %). What "
        "differs there and could not be exchanged by itself: `b.py` is given tensorflow.keras.optimizers.SGD where "
        "`a.py` has keras.optimizers.SGD; the package is tf.keras for `b.py` and keras for `a.py`; `b.py` has "
        "batch_size 64 where `a.py` has 32. On `b.py`, a batch of 0 rows is fed, first at step 11. Exchanged, and no "
        "cause: `framework.given.initial_weights`. Replayed from one start, the sides part at step 1 in "
        "`hidden/kernel`."
    )


def test_what_was_exchanged_and_is_no_cause_is_no_candidate():
    size = {"factor": "framework.fit.batch_size", "good": 32, "bad": 64}
    tests = [{"good_values": {"framework.fit.batch_size": 32}, "state": "bad"}]
    said = of_scripts(factors=[SCRIPT, size], tests=tests)
    assert "has batch_size" not in said
    assert "Exchanged, and no cause: `framework.fit.batch_size`." in said
    tests[0]["state"] = "cannot_run"
    assert "has batch_size" in of_scripts(factors=[SCRIPT, size], tests=tests)


def test_a_replay_that_did_not_hold_all_does_not_say_where_sides_part():
    replay = {**OF_SCRIPTS["evidence"]["replay"], "not_held": ["the rows, which come in another order"]}
    for status in ("found", "not_in_configuration"):
        said = of_scripts(status, {"replay": replay}, why="it stays")
        assert "part at" not in said
        assert "as this was not held: the rows, which come in another order." in said
    assert "eplay" not in of_scripts(evidence={"replay": None})


def test_who_was_not_seen_inside_is_said_whatever_came_of_the_search():
    for status in ("found", "not_in_configuration", "ambiguous"):
        assert "The training of `b.py` was not seen inside." in of_scripts(status, why="so", unseen=["b.py"])


def test_an_open_verdict_lists_what_was_told_differently_and_how_many_seeds_were_added():
    said = of_scripts("ambiguous", cause=[], factors=[], tests=[], why="it is inconclusive.", more_seeds=10)
    assert "stays ambiguous: it is inconclusive. The sides were told differently: `b.py` is given" in said
    said = of_scripts(more_seeds=10)
    assert said.startswith("10 seeds of each side left it open; with 10 more of each they are told apart. `b.py` diff")
