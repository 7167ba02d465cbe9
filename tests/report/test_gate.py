"""What a CI system is told: by an exit code, JUnit XML and Markdown, whatever the names are."""

from xml.etree import ElementTree

import pytest

from seedluck.report.gate import junit, markdown
from tests.conftest import OWN, call

HOSTILE = "a|b<script>`x`\n\x00\ud800]]>&\"'"


def verdict(kind="true_bug", missing=(), name="plain"):
    comparison = {"factor": "variant", "baseline": name, "variant": "other", "seeds": 5, "verdict": kind}
    comparison["sentence"] = f"`error` ends at 3 for `{name}`."
    return {"scenario": "luck", "run_id": "abc", "comparisons": [comparison], "missing": list(missing)}


@pytest.mark.parametrize(("gate", "failures"), [(["true_bug"], "1"), (["inconclusive"], "0")])
def test_a_comparison_is_a_test_case(gate, failures):
    suite = ElementTree.fromstring(junit(verdict(), gate))
    assert suite.attrib == {"name": "luck", "tests": "1", "failures": failures, "errors": "0"}
    assert len(suite.findall("testcase/failure")) == int(failures)


def test_what_did_not_finish_is_an_error():
    suite = ElementTree.fromstring(junit(verdict("seed_luck", ["variant=plain seed 3"]), ["true_bug"]))
    assert suite.attrib["errors"] == "1"
    assert "1 runs did not finish" in markdown(verdict("seed_luck", ["x"]), ["true_bug"])


def test_hostile_names_stay_text():
    suite = ElementTree.fromstring(junit(verdict(name=HOSTILE), ["true_bug"]))
    assert "<script>" in suite.find("testcase").attrib["name"]
    rows = [line for line in markdown(verdict(name=HOSTILE), ["true_bug"]).splitlines() if line.startswith("| **")]
    assert len(rows) == 1
    assert "<script>" not in rows[0].replace("\\<", "")


@pytest.fixture(scope="module")
def swept(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    words = ["-m", f"--config-dir={OWN}", "scenario=luck", "variant=plain,shifted", "seed.value=range(5)"]
    assert call(*words, *store, "sweep.evidence=[]", f"hydra.sweep.dir={folder}").returncode == 0


@pytest.mark.parametrize(("gate", "code"), [("true_bug", 3), ("true_bug,inconclusive", 3), ("seed_luck", 0)])
def test_the_exit_code_says_whether_the_gate_is_passed(swept, store, gate, code):
    done = call(f"gate={gate}", store[0], module="src.verdict")
    assert done.returncode == code, done.stderr
    assert "junit.xml" in done.stdout


def test_a_gate_of_no_verdict_is_a_mistake(store):
    done = call("gate=true_bugs", store[0], module="src.verdict")
    assert done.returncode == 2
    assert "the nearest valid choice is true_bug" in done.stderr
