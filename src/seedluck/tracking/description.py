"""What a sweep is, as its run in MLflow keeps it in ``sweep.json``: written and read here alone."""

from dataclasses import asdict, dataclass, field, fields, replace

from seedluck.config.place import Place

VERSION = 2


@dataclass(frozen=True)
class SideDescription:
    """label: tells it from every other side. short: the same for people. factors: name → value, of what was swept.

    expected: ``same`` or ``different``, of its outcomes beside those of the baseline.
    """

    label: str
    short: str
    factors: dict[str, str]
    expected: str = "same"


@dataclass(frozen=True)
class Look:
    """The outcomes were judged. planned: with all that were to be there, so that it may use what was planned.

    runs: how many outcomes there were. shown: whether its verdict was shown to somebody; otherwise it is not spent.
    """

    planned: bool
    runs: int
    shown: bool = True


@dataclass(frozen=True)
class Decided:
    """A verdict that stands. look: its number, from 1. seeds: by which it was made. p_adjusted: after Holm, at it."""

    look: int
    seeds: list[int]
    p_adjusted: float
    real: bool


@dataclass
class Description:
    """Everything that is needed to judge a sweep's runs, and to go on with it.

    name: for people. factors: names of what was swept. plan: a digest of all that its sides train with. margin: in the
    metric's units, or None. stop: ``all_run`` or ``decided``. command: reproduces it. seeds: those trained so far.
    most_seeds: a side, of the last planned round; None of an older sweep.
    planned: how many looks at its outcomes it was to take. looks: those that were taken. decided: label of a side →
    the verdict on it that stands. jobs: the place of every run that belongs to it. evidence: the kinds that were asked
    for. import_path: folders of modules that are not the project's. resumable: whether the command with
    ``sweep.resume`` goes on with it. ordered: whether it was said which side is the good one. borrowed: places that are
    filled by runs of others, with the ids of these. better: ``lower`` or ``higher``, of outcomes. without_reference:
    label of a side → why it could not be held against a reference.
    """

    name: str
    scenario: str
    metric: str
    factors: list[str]
    sides: list[SideDescription]
    plan: str
    margin: float | None
    stop: str
    command: str
    seeds: list[int] = field(default_factory=list)
    most_seeds: int | None = None
    planned: int = 1
    looks: list[Look] = field(default_factory=list)
    decided: dict[str, Decided] = field(default_factory=dict)
    jobs: list[Place] = field(default_factory=list)
    evidence: list[str] = field(default_factory=lambda: ["repeat", "replay"])
    import_path: list[str] = field(default_factory=list)
    resumable: bool = False
    ordered: bool = False
    better: str = "lower"
    borrowed: list[tuple[Place, str]] = field(default_factory=list)
    without_reference: dict[str, str] = field(default_factory=dict)
    version: int = VERSION

    @property
    def taken(self) -> list[tuple[int, bool]]:
        """Of every look its seeds a side, and whether no outcome was lacking; as looks.number takes it."""
        return [(one.runs // max(1, len(self.sides)), one.planned) for one in self.looks]

    def look(self, runs: int, complete: bool):
        """Count a look, unless the last one had the same outcomes. runs: how many outcomes there are.

        complete: whether none is left out that was to be trained by now; a sweep that broke off is judged as well, by a
        look that uses none of what was planned, and once more when the rest is there.
        """
        last = self.looks[-1] if self.looks else None
        if last is None or runs > last.runs or (complete and not last.planned and runs == last.runs):
            self.looks.append(Look(complete, runs, shown=False))

    def looks_to_keep(self) -> list[Look]:
        """Return the looks that are spent: those that were shown, and those before a verdict that stands."""
        last = max((decided.look for decided in self.decided.values()), default=0)
        return [one for number, one in enumerate(self.looks, 1) if one.shown or number <= last]

    def shown(self):
        """The verdict of the last look is on the screen, or was acted upon."""
        self.looks = [replace(one, shown=True) for one in self.looks]

    @property
    def open(self) -> list[str]:
        """Labels of the sides, but for the baseline, on which no verdict stands yet."""
        return [side.label for side in self.sides[1:] if side.label not in self.decided]

    def content(self) -> dict:
        """Return the content of ``sweep.json``."""
        return asdict(self)

    @classmethod
    def read(cls, content: dict) -> "Description":
        """Return the description that ``sweep.json`` holds; what an older program left out has its default."""
        known = {
            known_field.name: content[known_field.name] for known_field in fields(cls) if known_field.name in content
        }
        known["sides"] = [SideDescription(**side) for side in known["sides"]]
        known["jobs"] = [Place(*place) for place in known.get("jobs", [])]
        known["borrowed"] = [(Place(*place), run_id) for place, run_id in known.get("borrowed", [])]
        looks = known.get("looks", [])
        if isinstance(looks, int):  # version 1 kept their number
            looks = [asdict(Look(True, len(known["jobs"])))] * looks
        known["looks"] = [Look(**look) for look in looks]
        known["decided"] = {label: Decided(**decided) for label, decided in known.get("decided", {}).items()}
        return cls(**{"plan": "", **known})
