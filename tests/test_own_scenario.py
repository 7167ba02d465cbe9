"""The guide's example, taken from the guide itself, works from a folder outside this repository."""

import json
import re
import shlex

from seedluck.basics.project import PROJECT
from tests.conftest import call


def test_the_example_of_the_guide_runs(tmp_path, store):
    guide = (PROJECT / "docs" / "own_scenario.md").read_text()
    (module,) = re.findall(r"```python\n(.*?)```", guide, re.S)
    (options,) = re.findall(r"```yaml\n(.*?)```", guide, re.S)
    shell = "".join(re.findall(r"```sh\n(.*?)```", guide, re.S))
    folder = tmp_path / "my_question"
    (folder / "scenario").mkdir(parents=True)
    (folder / "line.py").write_text(module)
    (folder / "scenario" / "line.yaml").write_text(options)
    once, many, why = (shlex.split(line.replace("my_question", str(folder)))[1:] for line in shell.strip().splitlines())

    done = call(*once[2:], f"hydra.run.dir={tmp_path}/run", *store)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["converged"]
    assert result["invariants"]["answers_lie_on_a_line"]["holds"]
    assert f"--config-dir={folder}" in json.loads((tmp_path / "run" / "about.json").read_text())["command"]

    done = call(*many[2:], f"hydra.sweep.dir={tmp_path}/sweep", *store)
    assert done.returncode == 0, done.stderr
    verdict = json.loads((tmp_path / "sweep" / "verdict.json").read_text())
    assert [(side["short"], side["runs"]) for side in verdict["sides"]] == [
        ("shuffle=none", 3),
        ("shuffle=each_epoch", 3),
    ]
    assert verdict["comparisons"][0]["evidence"]["replay"]["differs"]  # rows in another order, every epoch

    done = call(*why[2:], "dry_run=true", *store, module="src.explain")
    assert done.returncode == 0, done.stderr
    assert "sequential" in done.stdout
    assert "at most" in done.stdout
