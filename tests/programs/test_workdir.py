"""A working folder of its own: what a run of a script writes there is its own, whatever trains beside it."""

import json
import textwrap

import pytest

from tests.conftest import call

WORDS = ["scenario=script", "scenario.metric=score"]
SAVES = """
    import os, time
    import numpy as np
    mine = float(np.random.normal())
    before = open("data.txt").read()
    open("best.txt", "w").write(str(mine))
    os.makedirs("deep/er")
    open("deep/er/log.txt", "w").write("here")
    os.remove("old.txt")
    time.sleep(0.5)
    assert before == open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "data.txt")).read()
    import helper
    assert os.path.isfile("sub/more.txt") and helper.x == 1
    print("score:", float(open("best.txt").read()) - mine)
"""


@pytest.fixture
def place(tmp_path):
    """A folder with a script and what it reads."""
    folder = tmp_path / "place"
    (folder / "sub").mkdir(parents=True)
    (folder / "train.py").write_text(textwrap.dedent(SAVES))
    for name in ("data.txt", "old.txt", "sub/more.txt"):
        (folder / name).write_text(name)
    (folder / "helper.py").write_text("x = 1")
    return folder


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts)


def test_runs_at_once_do_not_see_what_others_write(place, store, tmp_path):
    before = names(place)
    done = call(
        "-m",
        *WORDS,
        f"scenario.script={place}/train.py",
        "seed.value=0,1,2,3",
        f"hydra.sweep.dir={tmp_path}/sweep",
        *store,
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads((tmp_path / "sweep" / str(i) / "result.json").read_text()) for i in range(4)]
    assert [one["outcome"] for one in results] == [0.0] * 4
    assert names(place) == before
    assert {one["workdir"] for one in results} <= {"overlay", "copy"}


@pytest.mark.parametrize("way", ["overlay", "copy", "here"])
def test_what_was_written_is_kept_among_the_runs_files(place, store, tmp_path, way):
    words, before = [f"hydra.run.dir={place}/run", *store], names(place)
    if way == "copy":  # where the store lies in the folder, which has to be written to
        words[1:] = [f"tracking.uri=sqlite:///{place}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    words += ["scenario.workdir=here"] * (way == "here")
    done = call(*WORDS, f"scenario.script={place}/train.py", *words)
    assert done.returncode == 0, done.stderr
    result, told = (json.loads((place / "run" / name).read_text()) for name in ("result.json", "workdir.json"))
    assert result["outcome"] == 0.0
    assert told["how"] == result["workdir"]
    assert told["how"] == way or (way == "overlay" and told["why"])  # a kernel may refuse it, and then says why
    after = [name for name in names(place) if not name.startswith(("run", "mlflow.db"))]
    if way == "here":
        assert {*after} - {*before} == {"best.txt", "deep", "deep/er", "deep/er/log.txt"}
    else:
        assert after == before
        assert told["kept"] == ["best.txt", "deep/er/log.txt"]
        assert told["removed"] == ["old.txt"]
        assert (place / "run" / "wrote" / "deep" / "er" / "log.txt").read_text() == "here"
    assert not (place / "run" / "work").exists()


def test_what_is_large_is_listed_and_not_kept(place, store):
    (place / "train.py").write_text("open('large', 'wb').write(bytes(17 * 2**20)); print('score: 0.5')")
    assert call(*WORDS, f"scenario.script={place}/train.py", f"hydra.run.dir={place}/run", *store).returncode == 0
    told = json.loads((place / "run" / "workdir.json").read_text())
    assert (told["kept"], told["left_out"]) == ([], {"large": 17 * 2**20})


def test_a_large_file_that_a_copy_leads_to_is_told_where_it_was_changed(place, tmp_path):
    (place / "large").write_bytes(bytes(17 * 2**20))
    (place / "train.py").write_text("open('large', 'r+b').write(b'x'); print('score: 0.5')")
    words = [f"tracking.uri=sqlite:///{place}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    assert call(*WORDS, f"scenario.script={place}/train.py", f"hydra.run.dir={place}/run", *words).returncode == 0
    assert json.loads((place / "run" / "workdir.json").read_text())["changed"] == ["large"]


def test_runs_that_write_one_file_elsewhere_are_told(place, store, tmp_path):
    (place / "train.py").write_text(f"open('{tmp_path}/best.txt', 'w').write('x'); print('score: 0.5')")
    words = [f"scenario.script={place}/train.py", "seed.value=0,1", f"hydra.sweep.dir={tmp_path}/sweep", *store]
    done = call("-m", *WORDS, *words)
    assert f"Several runs wrote {tmp_path}/best.txt" in done.stdout


def test_another_word_for_it_is_refused(place, store):
    done = call(*WORDS, f"scenario.script={place}/train.py", "scenario.workdir=there", *store)
    assert done.returncode == 2
    assert "scenario.workdir is 'there'; allowed: own, here" in done.stderr
