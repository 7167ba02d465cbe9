"""Events are strict JSON, whatever number is in them."""

import json

import numpy as np

from seedluck_worker.observing.events import Events, save_arrays


def test_numbers_without_a_word_in_json_are_spelled(tmp_path):
    events = Events(str(tmp_path / "events.jsonl"))
    events.emit("metrics", metrics={"a": float("nan"), "b": np.float32("inf"), "c": -np.inf, "d": np.int64(3)})
    events.close()

    def refuse(constant):
        raise AssertionError(constant)

    said = json.loads((tmp_path / "events.jsonl").read_text(), parse_constant=refuse)
    assert said["metrics"] == {"a": "nan", "b": "inf", "c": "-inf", "d": 3}
    assert said["event"] == "metrics"


def test_arrays_appear_under_their_name_only_once_whole(tmp_path):
    save_arrays(str(tmp_path / "w.npz"), {"layer/kernel": np.eye(2)})
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]
    with np.load(tmp_path / "w.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["layer/kernel"], np.eye(2))
