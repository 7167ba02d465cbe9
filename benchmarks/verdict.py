"""How long a verdict takes on 2 x 1000 stored outcomes: reading them, and deciding.

python -m benchmarks.verdict
"""

import sqlite3
import tempfile
import time
from pathlib import Path

import numpy as np
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

from seedluck import config as configuration
from seedluck.config.place import Place
from seedluck.sweeps.runner import begin
from seedluck.tracking.description import Description, Look, SideDescription
from seedluck.tracking.parent import SweepRun
from seedluck.verdicts.judgement import judge

SEEDS = 1000


def store(folder, seeds: int = SEEDS, shift: float = 0.2) -> tuple[SweepRun, Description]:
    """A sweep of two sides whose runs have the tags, parameters and metrics of real ones, but trained nothing.

    shift: of the variant, in deviations.
    """
    uri, generator = f"sqlite:///{folder}/mlflow.db", np.random.default_rng(0)
    tracking = {"uri": uri, "artifacts": f"{folder}/artifacts", "experiment": "verdict"}
    parent = SweepRun.create({"tracking": tracking}, "verdict")
    sides = [SideDescription(f"variant={name}", name, {"variant": name}) for name in ("old", "new")]
    description = Description(
        name="none: variant", scenario="none", metric="error", factors=["variant"], sides=sides, plan="none",
        margin=None, stop="all_run", command="none", seeds=list(range(seeds)), looks=[Look(True, 2 * seeds)],
        jobs=[Place("outcome", side.label, seed) for side in sides for seed in range(seeds)],
    )  # fmt: skip
    begin(parent, description, None, "benchmark")
    client, experiment = MlflowClient(uri), parent.experiment
    tags = {"mlflow.parentRunId": parent.run_id, "role": "outcome", "side": "", "seed": "", "copy": "0"}
    tags.update(status="finished", converged="True", diverged="False", **{"audit.loss": "ok: so it is"})
    run = client.create_run(experiment, tags={**tags, **{f"version.{i}": "1" for i in range(5)}})
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(name, 0.0, 0, 0) for name in ("outcome", "loss", "seconds/training")],
        params=[Param(f"setting.{i}", str(i)) for i in range(60)],
    )
    client.set_terminated(run.info.run_id)
    values = {side.label: generator.normal(shift * (side.short == "new"), 1, seeds) for side in sides}
    _copy(f"{folder}/mlflow.db", run.info.run_id, values)
    client.delete_run(run.info.run_id)
    return parent, description


def _copy(database, template, values):
    """Copy a run once for every side and seed, row by row; through MLflow itself it takes minutes."""
    with sqlite3.connect(database) as store:
        for table in ("runs", "tags", "params", "latest_metrics"):
            cursor = store.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (template,))
            names = [column[0] for column in cursor.description]
            rows, copies = [dict(zip(names, row, strict=True)) for row in cursor], []
            for side, outcomes in values.items():
                for seed, outcome in enumerate(outcomes):
                    told = {"side": side, "seed": str(seed), "outcome": float(outcome)}
                    for row in rows:
                        value = told.get(row.get("key"), row.get("value"))
                        changed = {
                            "run_uuid": f"{side[-3:]}{seed:029d}",
                            **({"value": value} if "value" in row else {}),
                        }
                        copies.append(tuple({**row, **changed}.values()))
            store.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(names))})", copies)


def main():
    """Print seconds."""
    configuration.register()
    with tempfile.TemporaryDirectory() as folder:
        parent, description = store(Path(folder))
        began = time.monotonic()
        children = parent.children()
        read = time.monotonic()
        found = judge(parent, description)
        judged = time.monotonic()
    print(f"{len(children)} runs: read {read - began:.2f} s; read and judged {judged - read:.2f} s (allowed: 5 s)")
    print(found.verdict["comparisons"][0]["sentence"])


if __name__ == "__main__":
    main()
