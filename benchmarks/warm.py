"""What a warm worker saves: 20 jobs of tied_ae in one multirun, against the same 20 as separate commands.

    python -m benchmarks.warm [framework]

The bound is one import + the training seconds that the runs report + 0.3 s a job; all is measured in this one call.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JOBS = 20


def main(framework="keras"):
    """Print seconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        place = [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
        common = [sys.executable, "-m", "src.run", "scenario=tied_ae", f"framework={framework}", *place]
        _timed([*common, f"hydra.run.dir={folder}/first"])  # makes the store, warms the disk
        seeds = ",".join(map(str, range(JOBS)))
        together = _timed([*common[:3], "-m", *common[3:], f"seed.value={seeds}", f"hydra.sweep.dir={folder}/sweep"])
        seconds = [json.loads(path.read_text())["seconds"] for path in Path(folder).glob("sweep/*/result.json")]
        apart = sum(_timed([*common, f"seed.value={seed}", f"hydra.run.dir={folder}/{seed}"]) for seed in range(JOBS))
    training = sum(one["training"] for one in seconds)
    imported = max(one["import"] for one in seconds)
    bound = imported + training + 0.3 * JOBS
    print(f"{len(seconds)} jobs, {framework}: one import {imported:.1f} s, training {training:.1f} s")
    print(f"one multirun      {together:7.1f} s   {together / bound:.2f} of the bound of {bound:.1f} s (allowed: 1.50)")
    print(f"separate commands {apart:7.1f} s   {apart / together:.2f} of the multirun")


def _timed(command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
