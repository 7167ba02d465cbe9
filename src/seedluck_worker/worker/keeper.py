"""The keeper of a job: a process between the warm parent and the job, which lets nothing of the job stay behind.

What a job starts becomes the keeper's own child once its parent is gone, even if it left the job's session; so nothing
gets away from it. The kernel tells the keeper when the warm parent dies, and ends the job when the keeper does. It
starts no thread, and runs no code of the job's.
"""

import contextlib
import os
import resource
import signal
import sys
import time
import traceback

from seedluck_worker.system.process import adopt_orphans, descendants, end_with

SECONDS_TO_END = 1.0  # for what a job leaves running, before it is asked to end
SECONDS_ASKED = 2.0  # between being asked and being killed
SECONDS_KILLED = 5.0  # that a killed process may take
HEARD = (signal.SIGCHLD, signal.SIGTERM)


def keep(work, tidy_up):
    """Do a work in a process and a session of its own, and leave this process as that one ended.

    work: returns an exit code. tidy_up: called in this process once nothing of the job runs any more, with the command
    lines of what it left running and had to be ended. SIGTERM ends the job and all that it started at once.
    """
    parent = os.getppid()
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # taken by sigwait, so that none is missed between two steps
    os.setsid()
    adopt_orphans()
    end_with(parent, signal.SIGTERM)
    keeper, job = os.getpid(), os.fork()
    if job == 0:
        _become_the_job(work, keeper)
    status, asked = _wait_for(job)
    left = _end_the_rest(at_once=asked)
    try:
        tidy_up([] if asked else left)
    except Exception:  # as of a full disk; the job's own end counts
        traceback.print_exc()  # into worker.log
        sys.stderr.flush()
    if os.WIFSIGNALED(status):
        _end_by(os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def _become_the_job(work, keeper):
    """Run the job in this forked process and leave it without any of the parent's clean-up."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.setsid()
        end_with(keeper)
        code = work()
    except BaseException:
        traceback.print_exc()  # into worker.log
    finally:
        with contextlib.suppress(OSError, ValueError):  # of a job that closed its output
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _wait_for(job):
    """Wait for the job's end; return its status, and whether this process was asked to end it."""
    asked = False
    while True:
        if signal.sigwait(HEARD) == signal.SIGTERM:
            asked = True
            os.kill(job, signal.SIGKILL)
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == job:
                return status, asked
            if not ended:
                break


def _end_the_rest(at_once):
    """End all that the job left running; return the command lines of what did not end by itself.

    It is given a moment to end by itself, then asked to, then killed. at_once: it is killed.
    """
    steps = [(None, SECONDS_TO_END), (signal.SIGTERM, SECONDS_ASKED)] * (not at_once) + [
        (signal.SIGKILL, SECONDS_KILLED)
    ]
    names = []
    for number, seconds in steps:
        deadline = time.time() + seconds
        while time.time() < deadline and _any_child():
            if number is not None:
                left = descendants()
                names = names or sorted(_name(command) for command in left.values())
                _tell(left, number)
                number = number if number == signal.SIGKILL else None  # asked once, killed until nothing is left
            time.sleep(0.01)
    return names


def _name(command):
    """What a process is called: its command line, but for one that was forked and runs no other program."""
    return "a process that it forked" if "-m seedluck_worker.worker" in command else command


def _any_child():
    """Whether this process has a child that runs; those that have ended are buried."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _tell(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
            os.kill(process, signal.SIGCONT)  # one that is stopped hears nothing else
        except OSError:  # gone meanwhile, or another user's
            continue


def _end_by(number):
    """End this process by the signal that ended the job, without a second dump of its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # a signal that ends nobody
