"""Scripts that make it hard for whoever runs them: each comes to its number, or to a sentence."""

import json
import textwrap

import pytest

from tests.conftest import call

POOL = """
    import multiprocessing
    import helper
    if __name__ == "__main__":
        multiprocessing.set_start_method("{}")
        with multiprocessing.Pool(2) as pool:
            print("score:", sum(pool.map(helper.half, [0.25, 0.75])))
"""
FINISHED = {
    "in Latin-1": ("a.py", "# coding: latin-1\nprint('\xfc'); print('score: 0.5')".encode("latin-1")),
    "bytes that are no text": ("a.py", b"import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n'); print('score: 0.5')"),
    "a name with blanks and quotes": ("a b's.py", b"print('score: 0.5')"),
    "a name with a dot": ("a.v2.py", b"print('score: 0.5')"),
    "no ending": ("train", b"print('score: 0.5')"),
    "umlauts in the name": ("\xe4.py", b"print('score: 0.5')"),
    "megabytes": ("a.py", b"for i in range(40): print('x' * 2**17)\nprint('score: 0.5')"),
    "reads its input": ("a.py", b"import sys; print('score:', 0.5 + len(sys.stdin.read()))"),
    "deletes its folder": (
        "a.py",
        b"import os, shutil; shutil.rmtree(os.path.dirname(os.path.abspath(__file__)), True); print('score: 0.5')",
    ),
    "leaves by sys.exit(0)": ("a.py", b"import sys; print('score: 0.5'); sys.exit(0)"),
    "forks": ("a.py", textwrap.dedent(POOL.format("fork")).encode()),
    "spawns": ("a.py", textwrap.dedent(POOL.format("spawn")).encode()),
    "a server that forks": ("a.py", textwrap.dedent(POOL.format("forkserver")).encode()),
    "closes standard output": ("a.py", b"import os; print('score: 0.5', flush=True); os.close(1)"),
    "changes folder": ("a.py", b"import os; os.chdir('/'); print('score: 0.5')"),
    "ignores signals": (
        "a.py",
        b"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('score: 0.5')",
    ),
}
FAILED = {
    "leaves at once": ("import os; print('score: 0.5', flush=True); os._exit(0)", "it told no result before"),
    "leaves with a code": ("import sys; print('score: 0.5'); sys.exit(7)", "a.py left with exit code 7"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "signal 9 ended the worker process"),
    "aborts": ("import os; os.abort()", "signal 6 ended the worker process"),
    "recurses for ever": ("def f(): f()\nf()", "a.py, line 1: RecursionError: "),
    "is no Python": ("x = = 1", "a.py, line 1: this Python cannot read it (invalid syntax)"),
    "raises what cannot be printed": (
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E()",
        "a.py, line 3: E: a message that cannot be printed",
    ),
}


@pytest.fixture
def run(store, tmp_path):
    """Run a file's content as a script; return its result.json."""

    def one(name, content):
        place = tmp_path / "place"
        place.mkdir()
        (place / name).write_bytes(content)
        (place / "helper.py").write_text("def half(x):\n    return x / 2\n")
        path = str(place / name).replace("'", "\\'")
        words = ["scenario=script", "scenario.metric=score", f"scenario.script='{path}'"]
        done = call(*words, f"hydra.run.dir={tmp_path}/run", *store)
        assert "Traceback" not in done.stderr, done.stderr
        return json.loads((tmp_path / "run" / "result.json").read_text())

    return one


@pytest.mark.parametrize("what", FINISHED)
def test_it_comes_to_its_number(run, what):
    result = run(*FINISHED[what])
    assert (result["status"], result["outcome"]) == ("finished", 0.5), result["reason"]
    assert result["left_behind"] == []


@pytest.mark.parametrize("what", FAILED)
def test_it_comes_to_a_sentence(run, what):
    source, said = FAILED[what]
    result = run("a.py", source.encode())
    assert (result["status"] in ("failed", "killed"), result["outcome"]) == (True, None)
    assert result["reason"].startswith(said)


def test_of_megabytes_the_ends_are_kept(run, tmp_path):
    lines = b"print('first')\nfor i in range(40): print('x' * 2**17)\nprint('score: 0.5')"
    assert run("a.py", lines)["outcome"] == 0.5
    for name in ("printed.txt", "worker.log"):
        text = (tmp_path / "run" / name).read_text()
        assert text.startswith("first\n")
        assert text.endswith("score: 0.5\n")
        assert "characters are left out]" in text
        assert len(text) < 2**21 + 100
