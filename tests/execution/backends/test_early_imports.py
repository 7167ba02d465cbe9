"""Which frameworks a warm parent may import before a script starts."""

import pytest

from seedluck.execution.backends.early_imports import imported

RUNTIME = {"backend": "tensorflow", "packages": {"keras": "keras", "tf_keras": "tf_keras"}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy", ("numpy",)),
        ("from tensorflow import keras", ("tensorflow",)),
        ("import keras", ("tensorflow", "keras")),
        ("import torch", ("numpy",)),
        ("from beside import model", ("tf_keras",)),
        ("import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\nimport tensorflow", ("tensorflow",)),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow", ("numpy",)),
        ("import os\nos.environ.update(A='1')\nimport tensorflow", ("numpy",)),
        ("from os import environ\nimport tensorflow", ("numpy",)),
        ("import tensorflow\ndef f(:", ("numpy",)),
    ],
)
def test_what_a_script_imports_is_imported_before_unless_it_may_mean_another(tmp_path, source, expected):
    (tmp_path / "beside.py").write_text("import tf_keras\nmodel = None\n")
    script = tmp_path / "train.py"
    script.write_text(source)
    assert imported(script, RUNTIME) == expected
