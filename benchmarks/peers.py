"""What a training costs here, against four other ways to do the same; all in one run, on whatever machine this is.

    python -m benchmarks.peers [trainings ...]        20 and 60 unless said otherwise

The training is the autoencoder of ``tied_ae``: 100 epochs of one batch, by fit of the package tf-keras, no evidence.

    loop       a script, in a new interpreter for each seed; five are timed, and the time of the rest is reckoned
    autolog    the same with mlflow.tensorflow.autolog
    joblib     Hydra's joblib launcher over that task with autolog, two at once, in processes that it keeps
    ours       python -m src.run -m, which records losses, measurements, invariants, audits, weights and graphs
    limit      bare processes, two at once, forked from one that has imported TensorFlow; they record nothing

What a further training costs is the difference between two sizes, in which imports and reports cancel out.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOOPED = 5  # trainings of the first two rows that are really made
ENVIRONMENT = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
"""
TASK = (
    ENVIRONMENT
    + """
import sys
import numpy as np
import tensorflow as tf
import tf_keras as keras


class Decoder(keras.layers.Layer):
    def __init__(self, encoder, units, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.units = encoder, units

    def build(self, input_shape):
        self.kernel = tf.transpose(self.encoder.kernel)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return tf.matmul(inputs, self.kernel) + self.bias


def train(seed):
    keras.utils.set_random_seed(seed)
    x = np.random.RandomState(0).rand(16, 51).astype("float32")
    inputs = keras.layers.Input(shape=(51,))
    encoder = keras.layers.Dense(1, name="encoder")
    model = keras.Model(inputs, Decoder(encoder, 51)(encoder(inputs)))
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    return model.fit(x, x, batch_size=16, epochs=100, verbose=0).history["loss"][-1]
"""
)
AUTOLOG = """
import mlflow


def logged(seed, uri):
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("peers")
    mlflow.tensorflow.autolog(log_models=False, checkpoint=False)
    with mlflow.start_run():
        loss = train(seed)
        mlflow.log_metric("final_loss", loss)
    return float(loss)
"""
JOBLIB = """
import hydra
from task import logged


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(cfg):
    return logged(cfg.seed, cfg.uri)


main()
"""
CONFIG = """
defaults: [override hydra/launcher: joblib]
seed: 0
uri: ???
hydra: {launcher: {n_jobs: 2}}
"""
FORKED = """
import gc

gc.collect()
gc.freeze()
running, seeds = 0, list(range(int(sys.argv[1])))
while seeds or running:
    while seeds and running < 2:
        seed = seeds.pop(0)
        if os.fork() == 0:
            train(seed)
            os._exit(0)
        running += 1
    os.wait()
    running -= 1
"""


def main(sizes):
    """Print seconds and ratios for every size."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _prepared(Path(folder))
        each = {name: _timed(rows[name], range(LOOPED), folder) / LOOPED for name in ("loop", "autolog")}
        seconds = {}
        for size in sizes:
            for name in ("joblib", "ours", "limit"):
                seconds[name, size] = _timed(rows[name], [size], folder)
            seconds["loop", size], seconds["autolog", size] = (each[name] * size for name in ("loop", "autolog"))
        for size in sizes:
            ours = seconds["ours", size]
            print(f"{size} trainings")
            for name in ("loop", "autolog", "joblib", "ours", "limit"):
                spent = seconds[name, size]
                print(f"  {name:<8} {spent:7.1f} s, {spent / size:6.2f} s each, {spent / ours:5.2f} of ours")
        if len(sizes) > 1:
            low, high = min(sizes), max(sizes)
            more = {n: (seconds[n, high] - seconds[n, low]) / (high - low) for n in ("joblib", "ours", "limit")}
            print(
                f"each training between the {low}th and the {high}th: "
                + ", ".join(f"{name} {value:.2f} s" for name, value in more.items())
                + f"; ours {more['ours'] / more['limit']:.2f} of the limit"
            )


def _prepared(folder):
    """Name → function of a number or a size, to the command that trains so."""
    uri = f"sqlite:///{folder}/mlflow.db"
    (folder / "task.py").write_text(TASK + AUTOLOG)
    (folder / "plain.py").write_text(TASK + "\ntrain(int(sys.argv[1]))\n")
    (folder / "autolog.py").write_text("import sys\nfrom task import logged\nlogged(int(sys.argv[1]), sys.argv[2])\n")
    (folder / "sweep.py").write_text(JOBLIB)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "bare.py").write_text(TASK + FORKED)
    python = sys.executable
    subprocess.run([python, "autolog.py", "0", uri], cwd=folder, check=True, capture_output=True)  # makes the store
    places = [f"tracking.uri={uri}", f"tracking.artifacts={folder}/artifacts"]

    def ours(size):
        sweep = [f"seed.value=range({size})", "sweep.evidence=[]", f"hydra.sweep.dir={folder}/ours{size}"]
        return [python, "-m", "src.run", "-m", "scenario=tied_ae", *sweep, *places]

    return {
        "loop": lambda seed: [python, "plain.py", str(seed)],
        "autolog": lambda seed: [python, "autolog.py", str(seed), uri],
        "joblib": lambda size: [python, "sweep.py", "-m", f"seed=range({size})", f"uri={uri}"],
        "ours": ours,
        "limit": lambda size: [python, "bare.py", str(size)],
    }


def _timed(command, sizes, folder):
    spent = 0.0
    for size in sizes:
        words = command(size)
        began = time.monotonic()
        done = subprocess.run(words, cwd=None if "src.run" in words else folder, capture_output=True, text=True)
        spent += time.monotonic() - began
        if done.returncode:
            sys.exit(f"{json.dumps(words)} failed: {done.stderr[-2000:]}")
    return spent


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [20, 60])
