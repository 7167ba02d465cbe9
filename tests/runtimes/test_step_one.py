"""From shared seeds the first step is the same everywhere, or docs/step_one.md knows why not.

What the page calls a difference of definition must be there; what it calls rounding, order or a race may be.
"""

import functools
import re

import numpy as np
import pytest

from seedluck import config as configuration
from seedluck.basics.project import PROJECT, SOURCES
from seedluck.config.locks import locked

ONE_STEP = {
    "embedding": ["scenario.batch_size=10000"],
    "ewma_rnn": ["scenario.settings.samples=1"],
    "gpd": [],
    "input_shape": ["scenario.settings.rows=1000", "scenario.batch_size=1000", "scenario.settings.dropout=0"],
    "tied_ae": ["variant=tied_call"],
}
REFERENCE = {"gpd": ("train_step", "tf_keras")}
ROUNDING = 1e-5


def table(heading):
    """The cells of scenario, runtime, path and package that a table of the page lists."""
    page = (PROJECT / "docs" / "step_one.md").read_text()
    (section,) = re.findall(rf"## {heading}\n(.*?)(?=\n## |\Z)", page, re.S)
    cells = set()
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("| scenario"):
            scenario, runtimes, paths, packages = (cell.strip() for cell in line.split("|")[1:5])
            for runtime in runtimes.split():
                cells |= {(scenario, runtime, p, k) for p in paths.split() for k in packages.split()}
    return cells


@pytest.fixture(scope="module")
def reference(step):
    return functools.cache(
        lambda scenario: step(scenario, "current", *REFERENCE.get(scenario, ("tf_keras", "tf_keras")))
    )


@pytest.fixture(scope="module")
def step(train, composed):
    def one(scenario, runtime, framework, package):
        overrides = [
            f"scenario={scenario}", f"runtime={runtime}", f"framework={framework}", f"framework.package={package}",
            "framework.shuffle=none", "seed=shared", "scenario.epochs=1", *ONE_STEP[scenario],
        ]  # fmt: skip
        config = composed(*overrides)
        if configuration.problems(config, [str(SOURCES)], set(locked(config["runtime"]))):
            return None  # not offered
        run = train(*overrides)
        assert run.result["status"] == "finished", run.result["reason"]
        return run

    return one


def flat(run, moment):
    return np.concatenate([weight.ravel() for weight in run.weights(moment).values()])


RUNTIMES = [
    pytest.param(path.stem, marks=[pytest.mark.stacks] if path.stem != "current" else [])
    for path in sorted((PROJECT / "conf" / "runtime").glob("*.yaml"))
]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("scenario", ONE_STEP)
def test_the_first_step_is_the_same_or_known_to_differ(step, reference, scenario, runtime):
    start, expected = (flat(reference(scenario), moment) for moment in ("initial", "final"))
    moved = np.linalg.norm(expected - start)
    defined, free = table("Definition"), table("Rounding and order") | table("Races")
    wrong = []
    for framework in ("keras", "tf_keras", "train_step", "custom_loop", "estimator"):
        for package in ("keras", "tf_keras"):
            run = step(scenario, runtime, framework, package)
            cell = (scenario, runtime, framework, package)
            if run is None:
                continue
            np.testing.assert_array_equal(flat(run, "initial"), start)
            size = np.linalg.norm(flat(run, "final") - expected) / moved
            if cell in defined:
                wrong += [(*cell, float(size), "must differ")] * (not size > ROUNDING)
            elif cell not in free:
                wrong += [(*cell, float(size), "must agree")] * (not size <= ROUNDING)
    assert not wrong
