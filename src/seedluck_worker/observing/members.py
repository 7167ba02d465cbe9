"""What a seed trains, and the seeds of a job that trains several at once."""

import copy
import os
from collections import namedtuple

from seedluck_worker.adapters.toolkit import Toolkit
from seedluck_worker.observing.events import OfSeed
from seedluck_worker.observing.recorder import Recorder
from seedluck_worker.randomness.seeds import Seeds

#: What one seed trains: its Toolkit, its model and its Recorder.
Member = namedtuple("Member", ["kit", "model", "recorder"])


def member(kit, scenario, data, path, job, folder, events):
    """Return what one seed trains, once its path has prepared it. folder: for its weights and graphs. events: its."""
    for name in ("weights", "graph"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    path.prepare(kit, scenario, data, job)
    return Member(kit, scenario.model(kit, job["variant"]), Recorder(kit, scenario, data, job, folder, events))


class Members:
    """The seeds of a job of several. As an iterable: a Member each, made when it is asked for, with the process seeded.

    Attributes:
        seeds: their numbers.
        folder: the job's; a member has one of its own within.
        events: what the job says of all of them, Events.
        recorders: of the members made so far.
    """

    def __init__(self, seeds, kit, scenario, data, path, job, folder, events):
        self.seeds, self.folder, self.events, self.recorders = seeds, folder, events, []
        self._of_all = kit, scenario, data, path, job

    def __iter__(self):
        kit, scenario, data, path, job = self._of_all
        for seed in self.seeds:
            held = Seeds(**dict(job["seed"], value=seed))
            held.hold_process(kit.adapter)
            place, own = os.path.join(self.folder, "seeds", str(seed)), Toolkit(kit.adapter, kit.backend, held)
            made = member(own, copy.copy(scenario), data, path, job, place, self.events_of(seed))
            self.recorders.append(made.recorder)
            yield made

    def events_of(self, seed):
        """Return where a seed's events go."""
        return OfSeed(self.events, seed)
