"""What it costs to observe a script: seconds of its training under observation against the same script by itself.

    python -m benchmarks.observation [epochs] [times]

Each time the script runs once by itself and once observed, in turn; the script measures its own fit.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from seedluck.basics.project import PROJECT

SCRIPT = """
import sys, time
import numpy as np
from tensorflow import keras
draw = np.random.RandomState(0)
x = draw.rand(6400, 12, 12, 1).astype("float32")
y = draw.randint(0, 4, 6400)
layers = keras.layers
model = keras.Sequential([layers.Conv2D(16, 3, activation="relu", input_shape=(12, 12, 1)), layers.MaxPooling2D()])
for layer in (layers.Flatten(), layers.Dropout(0.25), layers.Dense(64, activation="relu"), layers.Dense(4, "softmax")):
    model.add(layer)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, verbose=0)
began = time.time()
model.fit(x, y, epochs=int(sys.argv[1]), batch_size=32, verbose=0)
print("training seconds:", time.time() - began)
"""


def main(epochs: int, times: int):
    """Print both medians and their ratio."""
    seconds = {"by itself": [], "observed": []}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "train.py"
        script.write_text(SCRIPT)
        place = [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
        for i in range(times):
            done = subprocess.run([sys.executable, script, str(epochs)], capture_output=True, text=True, check=True)
            seconds["by itself"].append(float(re.findall(r"training seconds: (\S+)", done.stdout)[-1]))
            words = ["scenario=script", f"scenario.script={script}", f"scenario.args=[{epochs}]"]
            words += ["scenario.metric='training seconds'", f"hydra.run.dir={folder}/{i}"]
            command = [sys.executable, "-m", "src.run", *words, *place]
            subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, env={**os.environ})
            seconds["observed"].append(json.loads((Path(folder) / str(i) / "result.json").read_text())["outcome"])
            print({name: [round(one, 1) for one in values] for name, values in seconds.items()}, flush=True)
    alone, observed = (float(np.median(seconds[name])) for name in ("by itself", "observed"))
    print(f"by itself {alone:.1f} s, observed {observed:.1f} s: {observed / alone:.3f} times")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["30", "3"][len(sys.argv) - 1 :])))
