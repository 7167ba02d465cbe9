"""Every path keeps the contract of paths/__init__.py, as far as a run's events and weights tell."""

import itertools

import pytest
import yaml

from seedluck.basics.project import PROJECT
from seedluck.config.paths import framework_paths

CURRENT = yaml.safe_load((PROJECT / "conf" / "runtime" / "current.yaml").read_text())
HERE = [name for name, path in framework_paths([]).items() if not path.missing(CURRENT)]
STEPS = 5


def kept(run, epochs, steps):
    """Insist that a run of so many epochs, of so many steps each, did everything in its order."""
    said = [event for event in run.events if event["event"] != "progress"]
    kinds = [event["event"] for event in said]
    assert run.result["status"] == "finished"
    compiled = next(i for i, event in enumerate(said) if "optimizer" in event.get("settings", {}))
    begun = kinds.index("begin")
    assert compiled < begun
    assert (said[begun]["epochs"], said[begun]["steps"]) == (epochs, steps)
    measured = [i for i, kind in enumerate(kinds) if kind == "metrics"]
    assert list(dict.fromkeys(said[i]["epoch"] for i in measured)) == list(range(epochs + 1))
    assert measured[0] < begun < measured[1]  # once before training, then after every epoch
    assert all("loss" in said[i]["metrics"] for i in measured[1:])
    assert kinds[-2:] == ["result", "ended"]
    of_seed = [event for event in said if event["event"] in ("metrics", "begin", "step", "result")]
    assert {event["seed"] for event in of_seed} == {run.result["seed"]}


@pytest.mark.parametrize("framework", HERE)
def test_a_path_does_everything_in_its_order(train, framework):
    words = ["scenario=tied_ae", "variant=tied_call", f"framework={framework}", "scenario.epochs=3"]
    run = train(*words, "scenario.batch_size=4", f"job.steps={STEPS}")
    kept(run, epochs=3, steps=4)
    assert [event["step"] for event in run.events if event["event"] == "step"] == list(range(STEPS + 1))
    weights = [run.weights("initial"), *(run.weights(f"step_{step:05d}") for step in range(1, STEPS + 1))]
    moved = [
        any((before[name] != after[name]).any() for name in before) for before, after in itertools.pairwise(weights)
    ]
    assert moved == [True] * STEPS  # every step is a step of its own, and its weights are those after it


@pytest.mark.stacks
@pytest.mark.parametrize("runtime", ["tf1_13", "tf2_15"])
def test_so_does_an_estimator(train, runtime):
    words = ["scenario=embedding", "framework=estimator", f"runtime={runtime}", "scenario.epochs=3"]
    kept(train(*words, "scenario.settings.observations=20"), epochs=3, steps=10)
