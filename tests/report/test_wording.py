"""What is said of an explanation."""

from src.report.wording import history, sentence
from src.search.bisection import History


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
        "`estimator` end as `tf_keras` does, all of the difference (95 % interval 97 to 100 %). Given to `tf_keras`, "
        "it alone brings the difference about in 10 of 10."
    )


def test_a_main_cause_has_its_share_and_what_is_left_is_named():
    cured = {**CURED, "share": 0.96, "share_interval": (0.95, 0.97)}
    rest = {"share": 0.04, "share_interval": (0.03, 0.05), "may_be": ["scenario.batch_size", "optimizer.name"]}
    said = sentence(content("found", cause=CAUSE, cured=cured, remainder=rest), *NAMES, VERDICT)
    assert said.endswith(
        "end as `tf_keras` does, 96 % of the difference (95 % interval 95 to 97 %). The rest, 4 % (3 to 5 %), may be "
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
