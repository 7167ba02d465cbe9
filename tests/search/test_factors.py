"""Factors of two configurations, and how they are typed."""

import copy

import pytest
from hydra import compose, initialize_config_dir

from seedluck import config as configuration
from seedluck.basics.project import PROJECT
from seedluck.search.factors import ABSENT, alike, at, differences, mixed, not_taken, overrides, typed


def names(factors):
    return [factor.name for factor in factors]


def test_leaves_that_differ_are_factors_and_what_only_feeds_others_is_not(composed):
    good, bad = (
        composed("scenario=ewma_rnn"),
        composed("scenario=ewma_rnn", "scenario.learning_rate=0.2", "seed.value=3"),
    )
    (factor,) = differences(good, bad, {}, {})
    assert (factor.name, factor.good, factor.bad) == ("optimizer.learning_rate", 0.1, 0.2)


def test_a_default_counts_as_what_it_became(composed):
    good = bad = composed("scenario=adadelta", "optimizer.learning_rate=null")
    old, new = {"resolved.optimizer.lr": "1.0"}, {"resolved.optimizer.learning_rate": "0.0010000000474974513"}
    (factor,) = differences(good, bad, old, new)
    assert (factor.name, factor.good, factor.bad) == ("optimizer.learning_rate", 1.0, 0.001)
    assert differences(good, bad, new, new) == []


def test_what_an_optimizer_calls_itself_is_no_factor(composed):
    good, bad = composed("optimizer=sgd"), composed("optimizer=adam")
    seen = [{"resolved.optimizer.name": "SGD"}, {"resolved.optimizer.name": "Adam", "resolved.optimizer.beta_1": "0.9"}]
    (factor,) = differences(good, bad, *seen)
    assert (factor.name, factor.good, factor.bad) == ("optimizer.name", "sgd", "adam")


def test_a_setting_of_one_side_alone_is_taken_away_from_the_other(composed):
    good, bad = composed("optimizer=sgd", "+optimizer.settings.momentum=0.9"), composed("optimizer=sgd")
    (factor,) = differences(good, bad, {}, {})
    assert (factor.name, factor.good, factor.bad) == ("optimizer.settings.momentum", 0.9, ABSENT)
    assert mixed(bad, [factor], frozenset([factor.name]))["optimizer"]["settings"] == {"momentum": 0.9}
    assert mixed(good, [factor], frozenset())["optimizer"]["settings"] == {}


def test_runtimes_of_one_name_differ_by_what_is_in_them(composed):
    good, bad = composed("runtime=tf2_15"), composed("runtime=tf2_15", "runtime.lock=runtimes/tf2_4.lock")
    (factor,) = differences(good, bad, {}, {})
    assert (factor.name, factor.good) == ("runtime.lock", "runtimes/tf2_15.lock")
    assert mixed(bad, [factor], frozenset([factor.name]))["runtime"] == good["runtime"]


def test_the_runtime_is_one_factor(composed):
    good, bad = composed("runtime=tf2_0"), composed("runtime=tf2_15")
    factors = differences(good, bad, {}, {})
    assert names(factors) == ["runtime"]
    config = mixed(bad, factors, frozenset(["runtime"]))
    assert config["runtime"] == good["runtime"]
    assert bad["runtime"]["name"] == "tf2_15"
    assert overrides("runtime", good["runtime"], config, ["framework=keras"]) == ["runtime=tf2_0"]
    assert overrides("runtime", good["runtime"], config, []) == ["framework=tf_keras", "runtime=tf2_0"]


def test_a_setting_that_did_not_take_is_noticed(composed):
    good, bad = composed("framework.variables=resource"), composed("framework.variables=resource")
    bad["framework"]["variables"] = "reference"
    factors = differences(good, bad, {}, {})
    assert not_taken(bad, factors, {"resolved.framework.variables": "reference"}) is None
    assert "did not take" in not_taken(bad, factors, {"resolved.framework.variables": "resource"})


@pytest.mark.parametrize(
    "value", ["none", "a,b", "it's", "true", "1", "", "é", "x=y", "a b", "{a}", 0.5, None, True, 3]
)
def test_what_is_typed_is_read_back(value):
    configuration.register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        config = compose("config", ["+" + typed("scenario.settings.mine", value)])
    assert config.scenario.settings.mine == value


def test_what_is_only_spelt_differently_is_no_factor(composed):
    good, bad = composed("scenario=script", "scenario.script=a.py"), composed("scenario=script", "scenario.script=b.py")
    told = {"resolved.given.trainings": "1", "resolved.optimizer.decay": "0.0"}
    seen = [{**told, "resolved.framework.compile.loss": loss} for loss in ("mse", "MeanSquaredError", "mae")]
    del seen[1]["resolved.optimizer.decay"]
    assert names(differences(good, bad, *seen[:2])) == ["scenario.script"]
    assert names(differences(good, bad, seen[0], seen[2])) == ["framework.compile.loss", "scenario.script"]


def test_nothing_of_a_training_that_was_not_seen_inside_is_exchanged(composed):
    words = ("scenario=script", "optimizer.learning_rate=null")
    good, bad = composed(*words, "scenario.script=a.py"), composed(*words, "scenario.script=b.py", "scenario.args=[x]")
    seen = {"resolved.given.trainings": "1", "resolved.optimizer.learning_rate": "0.1"}
    unseen = {"resolved.given.trainings": "0", "resolved.optimizer.learning_rate": "0.2"}
    assert "optimizer.learning_rate" in names(differences(good, bad, seen, {**unseen, "resolved.given.trainings": "1"}))
    for pair in ((seen, unseen), (unseen, seen), (unseen, unseen)):
        assert names(differences(good, bad, *pair)) == ["scenario.args", "scenario.script"]


def test_numbers_are_alike_up_to_float32():
    assert alike(0.1, 0.10000000149011612)
    assert not alike(0.1, 0.1001)
    assert alike("none", "none")
    assert at({"a": {"b": 1}}, "a.c") is ABSENT
    assert copy.deepcopy(ABSENT) is ABSENT
