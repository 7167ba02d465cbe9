"""What a job says while it trains, line by line in its folder: reading ``events.jsonl``."""

import json
import math
from pathlib import Path

from seedluck.tracking.event_types import wrong_with

DAMAGED = "damaged"  # the event that stands for a line which is none; ``why`` says what is wrong with it


def number(value) -> float:
    """Return a number as events spell it: "nan", "inf" and "-inf" are words there."""
    return float(value)


def finite(value):
    """Return the number, as events spell it, or None if it is not finite or not given."""
    value = math.nan if value is None else number(value)
    return value if math.isfinite(value) else None


def event_of(line: bytes | str) -> dict:
    """Return the event that a whole line tells, one of tracking/event_types.py; or one of kind DAMAGED."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):  # of JSON, or of bytes that are no text
        return {"event": DAMAGED, "why": "a line of its events cannot be read"}
    why = wrong_with(event) if isinstance(event, dict) else "a line of its events is none"
    return {"event": DAMAGED, "why": why} if why else event


def read_events(folder: Path) -> list[dict]:
    """Return what the job in the folder has said so far, without lines that cannot be read."""
    return [event for event in map(event_of, _lines(folder)) if event["event"] != DAMAGED]


def count_unreadable(folder: Path) -> int:
    """Return how many lines of the job's events are whole and yet cannot be read, or are no event."""
    return sum(event_of(line)["event"] == DAMAGED for line in _lines(folder))


def _lines(folder):
    path = folder / "events.jsonl"
    *lines, _ = path.read_bytes().split(b"\n") if path.exists() else [b""]
    return [line for line in lines if line.strip()]
