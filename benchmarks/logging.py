"""What recording costs: seconds spent in MLflow against seconds of a training of about a minute.

python -m benchmarks.logging
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

JOBS = {
    "embedding, 200 epochs, fit": ["scenario=embedding", "framework=keras"],
    "ewma_rnn, 10 epochs, fit": ["scenario=ewma_rnn", "framework=tf_keras"],
    "tied_ae, 5000 epochs, loop": ["scenario=tied_ae", "framework=custom_loop", "scenario.epochs=5000"],
}


def main():
    """Print a row for each job; the share is of the training's own seconds."""
    print(f"{'job':<30} {'training s':>10} {'logging s':>10} {'share':>7}")
    for name, overrides in JOBS.items():
        with tempfile.TemporaryDirectory() as folder:
            place = [f"hydra.run.dir={folder}/run", f"tracking.uri=sqlite:///{folder}/mlflow.db"]
            place.append(f"tracking.artifacts={folder}/artifacts")
            subprocess.run([sys.executable, "-m", "src.run", *overrides, *place], check=True, stdout=subprocess.DEVNULL)
            seconds = json.loads((Path(folder) / "run" / "result.json").read_text())["seconds"]
        share = seconds["logging"] / seconds["training"]
        print(f"{name:<30} {seconds['training']:10.1f} {seconds['logging']:10.2f} {share:7.1%}")


if __name__ == "__main__":
    main()
