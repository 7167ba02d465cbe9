"""What a sweep is, as its run in MLflow keeps it in ``sweep.json``: written and read here alone."""

from dataclasses import asdict, dataclass, field, fields

from src.config.place import Place

VERSION = 1


@dataclass(frozen=True)
class SideDescription:
    """label: tells it from every other side. short: the same for people. factors: name → value, of what was swept."""

    label: str
    short: str
    factors: dict[str, str]


@dataclass
class Description:
    """Everything that is needed to judge a sweep's runs, and to go on with it.

    name: for people. factors: names of what was swept. plan: a digest of all that its sides train with. margin: in the
    metric's units, or None. stop: ``all_run`` or ``decided``. command: reproduces it. seeds: those trained so far.
    looks: rounds so far. jobs: the place of every run that belongs to it. evidence: the kinds that were asked for.
    import_path: folders of modules that are not the project's. resumable: whether the command with
    ``sweep.resume`` goes on with it. ordered: whether it was said which side is the good one. borrowed: places that are
    filled by runs of others, with the ids of these.
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
    looks: int = 0
    jobs: list[Place] = field(default_factory=list)
    evidence: list[str] = field(default_factory=lambda: ["repeat", "replay"])
    import_path: list[str] = field(default_factory=list)
    resumable: bool = False
    ordered: bool = False
    borrowed: list[tuple[Place, str]] = field(default_factory=list)
    version: int = VERSION

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
        return cls(**{"plan": "", **known})
