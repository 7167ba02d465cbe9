"""What a job says while it trains, line by line in its folder: reading ``events.jsonl``."""

import json
import math
from pathlib import Path


def number(value) -> float:
    """Return a number as events spell it: "nan", "inf" and "-inf" are words there."""
    return float(value)


def finite(value):
    """Return the number, as events spell it, or None if it is not finite or not given."""
    value = math.nan if value is None else number(value)
    return value if math.isfinite(value) else None


def event_of(line: bytes | str) -> dict | None:
    """Return the event that a whole line tells; None if it cannot be read, as one that a killed worker cut off."""
    try:
        event = json.loads(line)
    except ValueError:  # of JSON, or of bytes that are no text
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def read_events(folder: Path) -> list[dict]:
    """Return what the job in the folder has said so far, without lines that cannot be read."""
    return [event for event in map(event_of, _lines(folder)) if event]


def count_unreadable(folder: Path) -> int:
    """Return how many lines of the job's events are whole and yet cannot be read."""
    return sum(event_of(line) is None for line in _lines(folder))


def _lines(folder):
    path = folder / "events.jsonl"
    *lines, _ = path.read_bytes().split(b"\n") if path.exists() else [b""]
    return [line for line in lines if line.strip()]
