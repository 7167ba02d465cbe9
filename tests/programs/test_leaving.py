"""The end of a script: what it leaves running, what it asked to be called, and that it leaves by itself."""

import json
import textwrap

import pytest

from tests.conftest import call, still_running

WORDS = ["scenario=script", "scenario.metric=score"]


@pytest.fixture
def run(store, tmp_path):
    """Run a source as a script; return its result.json."""

    def one(source, *words):
        (tmp_path / "a.py").write_text(textwrap.dedent(source))
        asked = [*WORDS, f"scenario.script={tmp_path}/a.py", f"hydra.run.dir={tmp_path}/run", *words, *store]
        done = call(*asked)
        assert "Traceback" not in done.stderr
        return json.loads((tmp_path / "run" / "result.json").read_text())

    return one


def test_a_script_that_leaves_before_its_result_has_failed(run):
    result = run("import os\nprint('score: 0.5', flush=True)\nos._exit(0)")
    assert (result["status"], result["outcome"], result["diverged"]) == ("failed", None, False)
    assert result["reason"].startswith("it told no result before the worker ended with exit code 0")


def test_its_threads_are_waited_for(run):
    source = """
        import threading, time
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        pool.submit(time.sleep, 0.1)
        def late():
            time.sleep(0.3)
            print("score: 0.5")
        threading.Thread(target=late).start()
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
    """
    assert run(source)["outcome"] == 0.5


def test_what_it_registered_is_called(run, tmp_path):
    source = f"""
        import atexit, multiprocessing
        def last():
            open({str(tmp_path.parent / "called")!r}, "a").write("once")
            raise ValueError("at the very end")
        atexit.register(last)
        print("score: 0.5")
    """
    result = run(source)
    assert (result["status"], result["outcome"]) == ("finished", 0.5)
    assert (tmp_path.parent / "called").read_text() == "once"
    assert "at the very end" in (tmp_path / "run" / "worker.log").read_text()


def test_what_it_registered_is_called_where_it_fails_too(run, tmp_path):
    source = f"""
        import atexit
        atexit.register(lambda: open({str(tmp_path.parent / "closed")!r}, "a").write("once"))
        raise ValueError("in the middle")
    """
    result = run(source)
    assert (result["status"], "ValueError: in the middle" in result["reason"]) == ("failed", True)
    assert (tmp_path.parent / "closed").read_text() == "once"


def test_what_it_leaves_running_is_ended_and_told(run, tmp_path):
    pids = tmp_path.parent / "pids"
    source = f"""
        import os, subprocess, sys, time
        def known(pid):
            with open({str(pids)!r}, "a") as pids:
                print(pid, file=pids)
        if os.fork() == 0:
            known(os.getpid())
            time.sleep(1e6)
        sleeper = ["sleep", "1000000"]
        known(subprocess.Popen(sleeper, start_new_session=True).pid)
        ignores = ["sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"]
        known(subprocess.Popen(ignores).pid)
        if os.fork() == 0:  # a daemon, which leaves its session and its parent
            os.setsid()
            if os.fork() == 0:
                known(os.getpid())
                time.sleep(1e6)
            os._exit(0)
        while len(open({str(pids)!r}).readlines()) < 4:
            time.sleep(0.01)
        print("score: 0.5")
    """
    result = run(source)
    assert (result["status"], result["outcome"]) == ("finished", 0.5)
    ignoring = "sh -c trap '' TERM; while true; do sleep 0.1; done"
    assert {"a process that it forked", "sleep 1000000", ignoring} <= {*result["left_behind"]}
    assert not still_running({int(pid) for pid in pids.read_text().split()})


def test_a_process_that_it_forked_is_not_the_job(run):
    source = """
        import os, sys
        child = os.fork()
        print("score:", 0.5 if child else 0.9)
        if child:
            os.waitpid(child, 0)
    """
    result = run(source)
    assert (result["status"], result["outcome"], result["left_behind"]) == ("finished", 0.5, [])
    assert [one["value"] for one in result["numbers"]] == [0.5]
