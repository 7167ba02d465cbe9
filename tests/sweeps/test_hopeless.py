"""A sweep of which every side fails for one reason stops there, and says it once."""

import json
import re

import pytest

from tests.conftest import call

MISSING = "import nothing_like_it"
LATER = "x = 1\nimport nothing_like_it"
NO_SCORE, NO_SCORE_EITHER = "loss = 1.0", "error = 1.0"  # so that each is told other names that are allowed


@pytest.mark.parametrize(
    ("sources", "begun"),
    [
        ((MISSING, LATER), 3),
        ((NO_SCORE, NO_SCORE_EITHER), 3),
        ((MISSING, "raise ValueError('x')"), 12),
        ((MISSING, "print('score: 1')"), 12),
    ],
    ids=["one reason", "no such number", "two reasons", "one side alone"],
)
def test_no_more_seeds_are_begun_where_all_fail_for_one_reason(store, tmp_path, sources, begun):
    for name, source in zip("ab", sources, strict=True):
        (tmp_path / f"{name}.py").write_text(source)
    scripts = f"scenario.script={tmp_path}/a.py,{tmp_path}/b.py"
    words = ["-m", "scenario=script", scripts, "scenario.metric=score", "sweep.evidence=[]"]
    done = call(*words, "seed.value=range(6)", "hydra.launcher.n_jobs=1", f"hydra.sweep.dir={tmp_path}/sweep", *store)
    assert done.returncode == 1
    jobs = [path for path in (tmp_path / "sweep").iterdir() if path.name.isdecimal()]
    assert len(jobs) in ((2, 3) if begun == 3 else (begun,))  # a third may begin before the second's end is heard of
    said = "fails on its first seed for one reason, so that no further seed was begun: "
    said += r"[ab].py(, line \d: Module| trained nothing)"
    assert bool(re.search(said, done.stderr)) is (begun == 3)


def test_where_seeds_have_finished_before_the_others_are_tried(store, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.py").write_text("import sys\nassert int(sys.argv[1]) < 1\nprint('score:', 1)")
    scripts = f"scenario.script={tmp_path}/a.py,{tmp_path}/b.py"
    words = ["-m", "scenario=script", scripts, "scenario.metric=score", "scenario.args=['{seed}']", "sweep.evidence=[]"]
    words += ["hydra.launcher.n_jobs=1", f"hydra.sweep.dir={tmp_path}/sweep", *store]
    done = call(*words, "seed.value=0")
    assert done.returncode == 0, done.stderr
    run_id = json.loads((tmp_path / "sweep" / "verdict.json").read_text())["run_id"]
    done = call(*words, "seed.value=0,1,2", f"sweep.resume={run_id}")
    assert done.returncode == 1
    assert len([path for path in (tmp_path / "sweep").iterdir() if path.name.isdecimal()]) == 6
