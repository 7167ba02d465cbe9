"""How long a verdict takes on 2 x 1000 stored outcomes: reading them, deciding, and writing page, tables and pictures.

python -m benchmarks.verdict
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from src import config as configuration
from src.sweeps.judge import judge
from src.tracking.sweep import SweepRun

SEEDS = 1000


def store(folder) -> tuple[SweepRun, dict]:
    """A sweep of two sides whose runs have the tags, parameters and metrics of real ones, but trained nothing."""
    uri, generator = f"sqlite:///{folder}/mlflow.db", np.random.default_rng(0)
    tracking = {"uri": uri, "artifacts": f"{folder}/artifacts", "experiment": "verdict"}
    parent = SweepRun.create({"tracking": tracking}, "verdict")
    sides = [{"label": f"variant={name}", "short": name, "factors": {"variant": name}} for name in ("old", "new")]
    description = {
        "scenario": "none", "metric": "error", "factors": ["variant"], "sides": sides, "margin": None,
        "stop": "all_run", "seeds": list(range(SEEDS)), "looks": 1, "command": "none",
        "jobs": [["outcome", side["label"], seed, 0] for side in sides for seed in range(SEEDS)],
    }  # fmt: skip
    parent.begin(description, {})
    client, experiment = MlflowClient(uri), parent.experiment
    for side in sides:
        for seed in range(SEEDS):
            tags = {"mlflow.parentRunId": parent.run_id, "role": "outcome", "side": side["label"], "seed": seed}
            tags.update(status="finished", converged=True, diverged=False, copy=0, **{"audit.loss": "ok: so it is"})
            run = client.create_run(experiment, tags={name: str(value) for name, value in tags.items()})
            value = float(generator.normal() + 0.2 * (side["short"] == "new"))
            client.log_batch(
                run.info.run_id,
                metrics=[Metric(name, value, 0, 0) for name in ("outcome", "loss", "seconds/training")],
                params=[Param(f"setting.{i}", str(i)) for i in range(60)],
                tags=[RunTag(f"version.{i}", "1") for i in range(5)],
            )
            client.set_terminated(run.info.run_id)
    return parent, description


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
