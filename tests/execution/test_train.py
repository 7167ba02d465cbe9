"""The one way to train: nothing is begun that can do no good, and every job is told of."""

import json

import pytest

from seedluck.basics.errors import Mistake, NoStore
from seedluck.execution import train as training
from seedluck.execution.backends.local import Local
from seedluck.execution.observer import Silent
from seedluck.execution.train import train
from tests.conftest import job_of


class Noting(Silent):
    """Notes what it is told."""

    def __init__(self):
        self.begun_jobs, self.reasons = [], []

    def begun(self, job):
        self.begun_jobs.append(job)

    def refused(self, job, reason):
        self.reasons.append(reason)


def jobs_of(composed, tmp_path, *variants):
    for seed, variant in enumerate(variants):
        words = ["scenario=faults", f"variant={variant}", "framework=custom_loop", f"seed.value={seed}"]
        yield job_of(composed(*words), tmp_path / str(seed), words)


def test_once_one_has_failed_the_others_of_an_all_or_none_are_not_trained(composed, tmp_path):
    jobs, noting = list(jobs_of(composed, tmp_path, "raises", "healthy", "healthy")), Noting()
    ended = {one.job: one for one in train(jobs, Local(1), noting, all_or_none=True)}
    assert noting.begun_jobs == jobs[:1]
    assert ended[jobs[0]].results[0]["status"] == "failed"
    assert [ended[job].results or ended[job].error for job in jobs[1:]] == [None, None]


def test_a_job_that_fails_stops_no_other(composed, tmp_path):
    jobs = list(jobs_of(composed, tmp_path, "raises", "healthy"))
    ended = {one.job: one.finished for one in train(jobs, Local(), Silent())}
    assert [ended[job] for job in jobs] == [False, True]


def test_a_store_that_is_away_is_asked_once(composed, tmp_path, monkeypatch):
    asked = []

    def refuse(job, backend, attached):
        asked.append(job)
        raise NoStore("the store is down")

    monkeypatch.setattr(training, "UnderWay", refuse)
    jobs, noting = list(jobs_of(composed, tmp_path, "healthy", "healthy")), Noting()
    ended = list(train(jobs, Local(), noting))
    assert asked == jobs[:1]
    assert noting.reasons == ["the store is down"]
    assert [type(one.error) for one in ended] == [NoStore, NoStore]


@pytest.mark.parametrize("jobs", [0, -1, "many", 1.5])
def test_a_number_of_jobs_that_is_none_is_refused(jobs):
    with pytest.raises(Mistake, match=r"hydra\.launcher\.n_jobs is"):
        Local(jobs)


def test_whoever_stops_listening_leaves_no_job_running(composed, tmp_path, client):
    words = ["scenario=tied_ae", "framework=custom_loop"]
    jobs = [
        job_of(composed(*words, "scenario.epochs=1"), tmp_path / "short", words),
        job_of(composed(*words, "scenario.epochs=10000000"), tmp_path / "endless", words),
    ]
    stream = train(jobs, Local(2), Silent())
    assert next(stream).job is jobs[0]
    stream.close()
    result = json.loads((tmp_path / "endless" / "result.json").read_text())
    assert (result["status"], result["reason"]) == ("killed", "the command that trained it broke off")
    assert client.get_run(result["run_id"]).info.status == "KILLED"
