"""A path, a runtime, a kind of evidence and a backend of somebody's own are new files in a folder, and nothing else."""

import json
import re

import pytest

from seedluck.basics.project import PROJECT
from tests.conftest import OWN, call

FILES = {
    "framework/twins.yaml": """
        # Every seed of a side in one job, one after the other.
        defaults: [keras]
        name: twins
    """,
    "twins.py": '''
        """The path ``twins``: compile and fit, for all seeds of a job."""

        from seedluck_worker.paths.fit import prepare, train

        PACKAGES = ["keras"]
        NEEDS = ["patience"]
        SEVERAL_SEEDS = True


        def train_seeds(members, scenario, data, job):
            for member in members:
                train(member.kit, scenario, member.model, data, job, member.recorder)
    ''',
    "runtime/patient.yaml": """
        # Today's stack, where a path that needs patience finds it.
        defaults: [current]
        name: patient
        features: [eager, patience]
    """,
    "ratio.py": '''
        """How much more one side's outcomes spread than the other's, and its first seed a third time."""

        from seedluck.evidence.kinds import Line, Training

        TITLE = "Ratio of deviations"


        def trainings(epochs):
            return [Training("third")]


        def see(comparison):
            a, b = (float(outcomes.std()) for outcomes in comparison.outcomes)
            thirds = [comparison.run("third", side, comparison.first_seed) for side in comparison.sides]
            return {"ratio": b / a, "thirds": [run.outcome for run in thirds]}


        def say(content, names):
            return f"the deviation of `{names[1]}` is {content['ratio']:.2f} times that of `{names[0]}`"


        def show(content, names):
            return [Line(f"{content['ratio']:.2f} times")]
    ''',
    "hydra/launcher/elsewhere.yaml": """
        # Every job trains in a folder of another machine's, which comes back when it has ended.
        _target_: hydra_plugins.seedluck.BackendLauncher
        backend: elsewhere.Elsewhere
        note: started
    """,
    "elsewhere.py": '''
        """A backend whose workers do not see the job's folder."""

        import shutil
        import tempfile
        from pathlib import Path

        from seedluck.execution.backends.local import warm


        class Elsewhere:
            def __init__(self, note):
                self._note, self._places, self._parents = note, {}, {}

            def capacity(self, device):
                return 1

            def prepare(self, config):
                warm(config)

            def submit(self, job):
                self._places[job] = place = Path(tempfile.mkdtemp())
                (place / self._note).touch()
                shutil.copy(job.folder / "job.json", place)
                self._parents[job] = warm(job.config)
                self._parents[job].start(place, list(job.import_path))

            def events(self, job):
                return self._parents[job].events(self._places[job])

            def cancel(self, job):
                self._parents[job].kill(self._places[job])

            def fetch(self, job):
                shutil.copytree(self._places[job], job.folder, dirs_exist_ok=True)
                shutil.rmtree(self._places[job])
    ''',
}


@pytest.fixture(scope="module")
def swept(store, tmp_path_factory):
    """The folder of a sweep with all of them, and its verdict."""
    own, folder = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("sweep")
    for name, text in FILES.items():
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text("\n".join(line[indent:] for line in lines).rstrip() + "\n")
    for name in ("luck.py", "scenario/luck.yaml"):
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text((OWN / name).read_text())
    words = ["-m", "scenario=luck", "variant=plain,shifted", "seed.value=range(3)", "framework=twins"]
    words += [
        "runtime=patient",
        "hydra/launcher=elsewhere",
        "sweep.evidence=[repeat,ratio]",
        f"hydra.sweep.dir={folder}",
    ]
    done = call(f"--config-dir={own}", *words, *store)
    assert done.returncode == 0, done.stderr
    return folder, json.loads((folder / "verdict.json").read_text())


def test_a_sweep_runs_with_all_of_them(swept):
    folder, verdict = swept
    (one,) = verdict["comparisons"]
    assert one["seeds"] == 3
    assert one["evidence"]["repeat"]["variant"]["identical"]
    assert one["evidence"]["ratio"]["ratio"] > 0
    assert "The deviation of `shifted` is" in one["sentence"]
    assert "Ratio of deviations" in (folder / "verdict" / "verdict.html").read_text()
    assert all((path.parent / "started").exists() for path in folder.glob("*/job.json"))


def test_a_job_of_several_seeds_has_a_result_for_each(swept, client):
    folder, verdict = swept
    several = sorted(path.parent for path in folder.glob("*/results.json"))
    roles = [json.loads((one / "about.json").read_text())["tags"]["role"] for one in several]
    assert sorted(roles) == ["outcome"] * 2 + ["repeat"] * 2  # a repeated job is the same job, all its seeds
    results = json.loads((several[0] / "results.json").read_text())
    assert [result["seed"] for result in results] == [0, 1, 2]
    assert len({result["outcome"] for result in results}) == 3
    whole = json.loads((several[0] / "result.json").read_text())
    assert whole["seeds"] == [0, 1, 2]
    assert whole["outcome"] == pytest.approx(sum(result["outcome"] for result in results) / 3)
    assert {path.name for path in (several[0] / "seeds").iterdir()} == {"0", "1", "2"}
    assert all((several[0] / "seeds" / seed / "weights" / "final.npz").exists() for seed in "012")
    run = client.get_run(whole["run_id"])
    assert run.data.tags["seed"] == "0,1,2"
    assert run.data.metrics["outcome"] == pytest.approx(whole["outcome"])


def test_a_seed_ends_in_a_job_of_several_as_it_does_alone(swept, train):
    folder, verdict = swept
    words = ["scenario=luck", "framework=keras"]
    alone = [train(*words, f"seed.value={seed}").result["outcome"] for seed in (1, 2)]
    side = next(path for path in folder.glob("*/results.json") if '"plain"' in path.read_text())
    assert [result["outcome"] for result in json.loads(side.read_text())][1:] == pytest.approx(alone, rel=1e-5)


PAGE = (PROJECT / "docs" / "own_framework.md").read_text()
TOY = {
    **dict(re.findall(r"```(?:python|yaml)\n# (\S+), in [^\n]*\n(.*?)```", PAGE, re.S)),
    "toy.py": """
import numpy as np

generator = np.random.RandomState(0)


class Variable:
    def __init__(self, value):
        self.value = value


class Line:
    def __init__(self, features, spread):
        self.variables = {"kernel": Variable((spread * generator.normal(size=features)).astype("float32"))}

    def __call__(self, x):
        self.x = x
        return x @ self.variables["kernel"].value


class SGD:
    def __init__(self, rate):
        self.rate = rate

    def step(self, model, error):
        kernel = model.variables["kernel"]
        kernel.value = kernel.value - np.float32(self.rate / len(error)) * (model.x.T @ error)
""",
}
LOOP = """
import numpy as np
import toy

x = np.random.RandomState(1).normal(size=(60, 3)).astype("float32")
y = x @ np.array([1, -2, 3], "float32")
model, optimizer = toy.Line(3, SPREAD), toy.SGD(0.1)
for step in range(24):
    rows = slice(20 * (step % 3), 20 * (step % 3) + 20)
    optimizer.step(model, model(x[rows]) - y[rows])
print("loss:", float(np.mean((x @ model.variables["kernel"].value - y) ** 2)))
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A folder with a framework and its adapter, and two scripts that begin otherwise."""
    own = tmp_path_factory.mktemp("toy")
    for name, text in TOY.items():
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(text.lstrip())
    for name, spread in (("near", "1.0"), ("far", "40.0")):
        (own / f"{name}.py").write_text(LOOP.replace("SPREAD", spread))
    return own


def test_a_framework_of_ones_own_is_one_file(toy, store, tmp_path):
    """It is watched, replayed, exchanged and explained."""
    scripts = f"scenario.script={toy}/near.py,{toy}/far.py"
    words = [f"--config-dir={toy}", "scenario=script", scripts, "runtime=toyed", "scenario.metric=loss"]
    words += ["seed.value=range(5)", "sweep.evidence=[repeat,replay]", *store]
    done = call("-m", *words, f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["comparisons"]
    replay = one["evidence"]["replay"]
    assert one["verdict"] == "true_bug"
    assert (replay["same_start"], replay["identical"], replay["not_held"]) == (True, True, [])
    assert len(replay["curve"]) > 10
    done = call(*words, f"hydra.run.dir={tmp_path}/why", module="src.explain")
    assert done.returncode == 0, done.stderr
    answer = json.loads((tmp_path / "why" / "explanation.json").read_text())
    assert (answer["status"], answer["cause"][0]["factor"]) == ("found", "framework.given.initial_weights")


def test_an_adapter_that_is_not_there_is_said(toy, store, tmp_path):
    words = ["scenario=script", f"scenario.script={toy}/near.py", "runtime.adapters=[nowhere.Toy]", *store]
    done = call(*words, f"hydra.run.dir={tmp_path}/run")
    assert done.returncode == 2
    assert done.stderr.startswith("runtime.adapters has 'nowhere.Toy', and no such module is on the import path")
