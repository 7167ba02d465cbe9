"""The examples of docs/found.md still show what they say, each on the stack that it names."""

import json
import re
import subprocess

import pytest

from seedluck.basics.project import PROJECT
from seedluck.hunt.stacks import stacks
from seedluck.runtimes.releases import environment

BLOCKS = re.findall(r"```python (\w+)\n(.*?)```", (PROJECT / "docs" / "found.md").read_text(), re.S)
RUN = """
import json, sys
import keras
import numpy as np
for text in json.load(sys.stdin):
    exec(text, globals())
    told = [np.asarray(keras.ops.convert_to_numpy(one), "float64") for one in (computed, expected)]
    same = told[0].shape == told[1].shape and bool(np.allclose(*told, rtol=1e-3))
    print(json.dumps({"same": same, "computed": told[0].tolist(), "expected": told[1].tolist()}))
"""


@pytest.mark.stacks
@pytest.mark.parametrize(
    ("backend", "runtime"),
    [("tensorflow", "current"), ("tf_keras", "current"), ("jax", "keras_jax"), ("torch", "keras_torch")],
)
def test_every_example_shows_a_difference(backend, runtime):
    texts = [text for on, text in BLOCKS if on == backend]
    stack = stacks([runtime], ["keras"], [])[0]
    interpreter, _ = environment(stack.runtime)
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", RUN],
        input=json.dumps(texts),
        env={
            "KERAS_BACKEND": backend.replace("tf_keras", "tensorflow"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PATH": "",
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_ENABLE_ONEDNN_OPTS": "1",  # or channels first run on some processors alone
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(told) == len(texts) > 0
    assert [one["same"] for one in told] == [False] * len(texts), told


def test_there_is_an_example_for_every_row():
    text = (PROJECT / "docs" / "found.md").read_text()
    assert len(re.findall(r"^\| \d+ \|", text, re.M)) == len(BLOCKS)
    assert {on for on, _ in BLOCKS} == {"tensorflow", "tf_keras", "jax", "torch"}
