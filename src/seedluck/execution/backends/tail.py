"""Reading a job's events while they are being written."""

from pathlib import Path

from seedluck.tracking.events import event_of


class Tail:
    """The events of a job's ``events.jsonl``, as they come; a line that is no event is one of kind DAMAGED."""

    def __init__(self, folder: Path):
        self._path, self._position = folder / "events.jsonl", 0

    def new(self) -> list[dict]:
        """Return the events since the last call."""
        if not self._path.exists():
            return []
        with open(self._path, "rb") as file:
            file.seek(self._position)
            *lines, _ = file.read().split(b"\n")
        self._position += sum(len(line) + 1 for line in lines)
        return [event_of(line) for line in lines if line.strip()]
