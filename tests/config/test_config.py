"""The configuration's files, types and checks."""

import re
import tomllib

import pytest
import yaml

from seedluck import config as configuration
from seedluck.basics.project import PROJECT, SOURCES

GROUPS = {
    path.name: sorted(p.stem for p in path.glob("*.yaml")) for path in (PROJECT / "conf").iterdir() if path.is_dir()
}


BESIDE = {  # what an option cannot do without
    "server": ["tracking.uri=x"],
    "estimator": ["scenario=embedding", "runtime=tf1_13"],
    "reference": ["runtime=keras_jax", "framework=reference"],
    "script": ["scenario=script", f"scenario.script={PROJECT / 'examples' / 'scripts' / 'loop.py'}"],
    "tf_train_adadelta": ["runtime=tf1_13"],
    "tf_train_rmsprop": ["runtime=tf1_13"],
    "ensemble": ["runtime=keras_jax"],
}


@pytest.mark.parametrize(("group", "option"), [(g, o) for g, options in GROUPS.items() for o in options])
def test_every_option_composes_and_says_what_it_is(composed, group, option):
    beside = BESIDE.get(option, [])
    config = composed(*beside, f"{group}={option}")
    if group != "experiment":  # which is no part of the configuration, it sets others
        chosen = config[group].get("name", config[group].get("kind"))
        assert chosen in (option, None, config["scenario"]["optimizer"])
    wrong = configuration.problems(config, [str(SOURCES)], {"tensorflow-probability"})
    assert all("GPU" in sentence for sentence in wrong)


def test_an_optimizer_of_ones_own_does_not_inherit_the_learning_rate_of_the_question(composed):
    assert composed("scenario=ewma_rnn")["optimizer"]["learning_rate"] == 0.1
    assert composed("scenario=ewma_rnn", "optimizer=adam")["optimizer"]["learning_rate"] is None


def test_the_fingerprint_depends_on_what_decides_the_result_and_on_nothing_else(composed):
    base = configuration.fingerprint(composed(), [])
    assert base == configuration.fingerprint(composed("tracking.experiment=other", "job.timeout=5"), [])
    changed = ["seed.value=1", "variant=tied_call", "optimizer.learning_rate=0.1", "framework.shuffle=none"]
    assert len({base, *(configuration.fingerprint(composed(one), []) for one in changed)}) == 5


def test_the_fingerprint_depends_on_the_scenarios_source(composed, tmp_path):
    config = composed("+scenario.settings.x=1")
    config["scenario"]["_target_"] = "mine.Mine"
    found = []
    for source in ("class Mine: pass\n", "class Mine: x = 1\n"):
        (tmp_path / "mine.py").write_text(source)
        found.append(configuration.fingerprint(config, [str(tmp_path)]))
    assert found[0] != found[1]


def test_leaves_are_every_setting_by_its_dotted_name(composed):
    flat = configuration.leaves(composed())
    assert flat["scenario.settings.rows"] == 16
    assert flat["optimizer.settings"] == {}
    assert not any(isinstance(value, dict) and value for value in flat.values())


def test_conda_and_the_lock_name_the_same_versions():
    lock = dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", (PROJECT / "requirements.lock").read_text(), re.M)[::-1])
    pins = yaml.safe_load((PROJECT / "conda.yaml").read_text())["dependencies"][-1]["pip"]
    direct = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert [pin.partition("==")[0] for pin in pins] == [re.match(r"[\w-]+", one)[0] for one in direct]
    assert {pin: lock[pin.partition("==")[0]] for pin in pins} == {pin: pin.partition("==")[2] for pin in pins}


def test_every_package_in_the_lock_has_hashes_and_no_address():
    text = (PROJECT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=\w)", text):
        assert "--hash=sha256:" in block
    assert "://" not in text
