"""Many processes writing to one SQLite file at the same time."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import pytest

PROCESSES, RUNS, EPOCHS = 8, 5, 60


def write(config, folder, process):
    """Record some runs as jobs would, in small batches; return their ids."""
    from pathlib import Path

    from seedluck.tracking import job_run as tracking_run

    tracking_run.SECONDS_BETWEEN_BATCHES = 0.0  # every epoch is a transaction of its own
    written = []
    for run in range(RUNS):
        place = Path(folder) / f"{process}-{run}"
        place.mkdir()
        one = tracking_run.Record(config, place, f"{process} {run}", {"writer": process})
        for epoch in range(1, EPOCHS + 1):
            one.take({"event": "metrics", "epoch": epoch, "time": time.time(), "metrics": {"loss": epoch}, "gaps": {}})
        assert one.lost is None
        written.append(one.run_id)
    return written


@pytest.mark.processes
def test_forty_jobs_from_eight_processes_lose_no_metric(composed, store, client, tmp_path):
    config = composed("scenario=luck", f"scenario.epochs={EPOCHS}", "tracking.experiment=crowd")
    from seedluck.tracking.connection import experiment

    experiment(client, config["tracking"])  # the store stands before the crowd comes
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["seedluck.tracking.job_run"])  # MLflow is imported once
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        written = list(pool.map(write, [config] * PROCESSES, [str(tmp_path)] * PROCESSES, range(PROCESSES)))
    runs = [run for some in written for run in some]
    assert len(set(runs)) == PROCESSES * RUNS
    for run in runs:
        assert [metric.step for metric in client.get_metric_history(run, "loss")] == list(range(1, EPOCHS + 1))
