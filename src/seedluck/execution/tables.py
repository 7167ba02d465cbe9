"""What became of many seeds that one job trained, as tables: a row a seed, and a row for each seed and epoch."""

from pathlib import Path

import numpy as np

ENDED = ("seed", "status", "outcome", "converged", "diverged", "epochs")


def leave(folder: Path, results: list[dict]):
    """Write ``seeds.parquet`` into a job's folder and, where the job told how each seed went, ``curves.parquet``.

    results: of execution/result.py, one for each seed. The worker leaves the curves as arrays in ``curves.npz``,
    which observing/watched.py describes.
    """
    import pandas as pd

    pd.DataFrame([_row(result) for result in results]).to_parquet(folder / "seeds.parquet")
    if (folder / "curves.npz").exists():
        pd.DataFrame(_curves(folder / "curves.npz")).to_parquet(folder / "curves.parquet")


def _row(result):
    gaps = {f"gap/{name}": told["gap"] for name, told in result["invariants"].items()}
    return {**{name: result[name] for name in ENDED}, **result["metrics"], **gaps}


def _curves(file):
    with np.load(file, allow_pickle=False) as arrays:
        seeds, epochs, loss = arrays["seeds"], arrays["epochs"], arrays["loss"]
        measured = {name.partition("/")[2]: arrays[name] for name in arrays.files if name.startswith("measured/")}
    lost = np.concatenate([np.full((len(seeds), 1), np.nan), loss[:, epochs[1:] - 1]], axis=1)
    columns = {"seed": np.repeat(seeds, len(epochs)), "epoch": np.tile(epochs, len(seeds)), "loss": lost.ravel()}
    return {**columns, **{name: values.ravel() for name, values in measured.items()}}
