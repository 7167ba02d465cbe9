"""A runtime taken apart: which package, and which release of it; on releases whose answers are known."""

import pytest

from seedluck.search.along import packages
from seedluck.stats.similarity import BAD, GOOD, REFUSED

OLD = {"python": "3.11", "lock": "runtimes/keras3_0_1.lock", "over": []}
NEW = {"python": "3.11", "lock": "runtimes/keras3_5_0.lock", "over": []}
RELEASES = ["3.0.0", "3.0.1", "3.0.2", "3.0.4", "3.0.5", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.4.1", "3.5.0", "3.6.0"]


class Told:
    """Answers like the good side from a release on, or with anything but ``keras``."""

    def __init__(self, good, refused=()):
        self.good, self.refused, self.asked = good, refused, []

    def test(self, mix, sure):
        (requirement,) = mix
        self.asked.append(requirement)
        package, _, release = requirement.partition("==")
        if requirement in self.refused:
            return REFUSED
        return GOOD if package == "keras" and RELEASES.index(release) >= RELEASES.index(self.good) else BAD


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(packages, "released", lambda package, python: RELEASES)


def test_packages_that_differ_are_those_that_a_runtime_names():
    assert packages.differing(NEW, OLD) == {"keras": ("3.5.0", "3.0.1")}
    current = {"python": None, "lock": "requirements.lock", "over": []}
    assert {"keras", "tensorflow-cpu"} <= packages.differing(current, OLD).keys()  # by the bad side's names
    laid = {**NEW, "over": ["keras==3.0.1"]}
    assert packages.differing(laid, OLD) == {}


@pytest.mark.parametrize("good", RELEASES[2:11])
def test_the_release_that_mended_it_is_found_by_bisection(good):
    search = Told(good)
    found = packages.taken_apart(search, NEW, OLD, lambda line: None)
    assert (found["package"], found["gone_since"], found["first_seen"]) == ("keras", good, None)
    assert len(search.asked) <= 6
    assert f"It is gone since keras {good}." in packages.said(found, "old")


def test_a_release_that_cannot_run_is_stepped_over():
    found = packages.taken_apart(Told("3.2.0", refused=["keras==3.1.0", "keras==3.3.0"]), NEW, OLD, lambda line: None)
    assert found["gone_since"] == "3.2.0"
    assert found["levels"].get("3.1.0") in (None, "cannot_run")


def test_where_no_package_alone_does_it_that_is_said():
    found = packages.taken_apart(Told("3.6.0"), NEW, OLD, lambda line: None)
    assert found["package"] is None
    assert "no package alone makes the difference go away" in packages.said(found, "old")
    assert "the same releases" in packages.said(packages.taken_apart(Told("3.6.0"), OLD, OLD, print), "old")
