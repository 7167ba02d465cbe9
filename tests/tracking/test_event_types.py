"""What a job may say, and what is wrong with the rest."""

import pytest

from seedluck.tracking.event_types import wrong_with

RESULT = {
    "event": "result",
    "time": 1.5,
    "seed": 3,
    "outcome": "nan",
    "converged": False,
    "diverged": True,
    "metrics": {"loss": 2, "error": "inf"},
    "invariants": {"tied": {"holds": True, "gap": 0.0, "first_broken_epoch": None}},
    "audits": {"finite": {"ok": None, "says": "not known", "epoch": 1}},
}


@pytest.mark.parametrize(
    "event",
    [
        RESULT,
        {"event": "rehearsed", "time": 1},
        {"event": "begin", "time": 1.0, "epochs": None, "steps": None, "start": []},
        {"event": "step", "time": 1.0, "step": 3, "loss": None},
    ],
)
def test_what_a_job_says_passes(event):
    assert wrong_with(event) is None


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "metrics"}, "its event 'metrics' is damaged: Object missing required field `epoch`"),
        ({**RESULT, "outcome": None}, "got `null` - at `$.outcome`"),
        ({**RESULT, "outcome": "infinite"}, "at `$.outcome`"),
        ({**RESULT, "converged": 1}, "Expected `bool`, got `int` - at `$.converged`"),
        ({**RESULT, "metrics": {"loss": [1]}}, "at `$.metrics[...]`"),
        ({"event": "resullt", "time": 1.0}, "an event of kind 'resullt', which no job says"),
        ({"time": 1.0}, "an event of kind None, which no job says"),
        ({"event": ["result"], "time": 1.0}, "an event of kind ['result'], which no job says"),
        ({"event": "progress", "time": 1.0, "epoch": 0.5, "step": 1}, "at `$.epoch`"),
        ({"event": "progress", "time": 10**400, "epoch": 1, "step": 1}, "at `$.time`"),
    ],
)
def test_what_is_no_event_is_said(event, said):
    assert said in wrong_with(event)
