"""The place of a result in a sweep: which side, which seed, and what it was trained for."""

from typing import NamedTuple

OUTCOME, TRIAL = "outcome", "trial"  # roles that every sweep, and every search, knows

SPOKEN = {  # roles whose name says nothing by itself
    "own_baseline": "replay of how it failed on the baseline",
    "own_variant": "replay of how it failed on the variant",
    "inactive": "replay without what layers draw",
}


class Place(NamedTuple):
    """What tells a result from every other of its sweep.

    role: ``outcome``, ``trial`` (of a search), or that of a kind of evidence, such as ``replay``. side: its label.
    copy: which copy with initial weights moved by one unit in the last place; 0 for none.
    """

    role: str
    side: str
    seed: int
    copy: int = 0

    @property
    def spoken(self) -> str:
        """``variant=tied_call seed 3, floor copy 1``."""
        extra = "" if self.role == OUTCOME else f", {spoken(self.role)}" + (f" copy {self.copy}" if self.copy else "")
        return f"{self.side} seed {self.seed}{extra}"


def spoken(role: str) -> str:
    """Return a role in words."""
    return SPOKEN.get(role, role)
