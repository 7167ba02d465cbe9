"""How fast the command that drives a sweep is, when the jobs themselves take no time.

    python -m benchmarks.driver [seeds] [sqlite|server]

A sweep of two sides over so many seeds, on a backend that answers at once with what a real job said. Printed are the
results that are recorded in a second, for the whole sweep and for its last fifth, and the seconds that planning and
judging take.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.store import stores
from seedluck.basics.project import PROJECT
from seedluck.commands.run import main as run

OWN = PROJECT / "tests" / "own"


class Nothing:
    """A backend whose jobs have ended when they are submitted, as a recorded one did."""

    def __init__(self, recorded, n_jobs=None):
        self._recorded = Path(recorded)
        self._events = [json.loads(line) for line in (self._recorded / "events.jsonl").read_text().splitlines()]

    def capacity(self, device):
        """Many at the same time, as on a cluster."""
        return 64

    def prepare(self, config):
        """Nothing to do."""

    def submit(self, job):
        """Put the recorded job's files into the folder."""
        lines = [json.dumps(event) for event in self._said(job)]
        (job.folder / "events.jsonl").write_text("\n".join(lines) + "\n")
        shutil.copytree(self._recorded / "weights", job.folder / "weights")

    def events(self, job):
        """What the recorded job said."""
        yield from self._said(job)
        yield {"event": "exit", "code": 0, "by": None, "reason": None, "waited": 0.0, "time": time.time()}

    def _said(self, job):
        """The events of the recorded job, as this one would say them of its seed."""
        events = [event for event in self._events if event["event"] != "ended"]
        return [dict(event, seed=job.seeds[0]) if "seed" in event else dict(event) for event in events]

    def cancel(self, job):
        """Nothing to do."""

    def fetch(self, job):
        """Nothing to do."""


def main(seeds: int = 250, kind: str = "sqlite"):
    """Print the figures."""
    with stores(kind) as (_, _, store), tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        words = [f"--config-dir={OWN}", "scenario=luck", *store]
        assert run([*words, f"hydra.run.dir={scratch}/recorded"]) == 0
        began = time.time()
        asked = ["variant=plain,same", f"seed.value=range({seeds})", "sweep.evidence=[]"]
        backend = ["hydra.launcher.backend=benchmarks.driver.Nothing", f"+hydra.launcher.recorded={scratch}/recorded"]
        backend += [f"hydra.sweep.dir={scratch}/sweep"]
        assert run(["-m", *words, *asked, *backend]) == 0
        ended = time.time()
        at = sorted(path.stat().st_mtime for path in (scratch / "sweep").glob("*/result.json"))
    fifth = len(at) // 5
    print(f"{len(at)} results: {len(at) / (at[-1] - at[0]):.1f} a second", end="")
    print(
        f"; the first fifth {fifth / (at[fifth] - at[0]):.1f}, the last fifth {fifth / (at[-1] - at[-fifth - 1]):.1f}"
    )
    print(f"seconds before the first result {at[0] - began:.1f}, after the last {ended - at[-1]:.1f}")


if __name__ == "__main__":
    main(*[int(sys.argv[1])] if sys.argv[1:] else [], *sys.argv[2:])
