"""Departures with one cause as one finding.

What the cases of a finding have in common is found by exchange, on each stack by itself: an argument belongs to the
cause if the case agrees with its formula under half or more of that argument's other values. Cases of one computation
with the same such arguments are one finding. Two of them become one where they differ in one argument's value alone, or
where one describes the cases of the other too; but not where each has a stack that the other has not.
"""

import zlib
from dataclasses import dataclass, field

from seedluck.hunt.statuses import AGREES, DEPARTS, DOUBTFUL

HALF = 0.5  # of the neighbours that can be told


@dataclass
class Finding:
    """Cases that depart for one cause.

    family, computation: where they are in the catalogue. having: argument → the values under which they depart; of the
    others it does not matter. wrong, right: stacks. cases: in the catalogue's order, from the simple to the rest. far:
    how far off the first is, as a share of the largest value. since: what hunt/history.py tells. script: where it
    is. reproduced: what came of it in a fresh environment.
    """

    family: str
    computation: str
    subjects: list
    having: dict
    wrong: list
    right: list
    cases: list
    far: float | None = None
    since: dict = field(default_factory=dict)
    script: str | None = None
    reproduced: str | None = None

    @property
    def name(self) -> str:
        """A name for files, of the smallest case."""
        plain = "".join(letter if letter.isalnum() else "_" for letter in self.cases[0])
        return f"{plain[:60].strip('_')}_{zlib.crc32(self.cases[0].encode()):08x}"


def flat(case: dict) -> dict:
    """Return argument → value, those within a dict by ``settings.momentum``, and the subject."""
    told = {"subject": case["subject"]}
    for key, value in case["arguments"].items():
        if value == case["subject"]:
            continue
        if isinstance(value, dict) and value:
            told.update({f"{key}.{inner}": _plain(one) for inner, one in value.items()})
        elif not isinstance(value, dict):
            told[key] = _plain(value)
    return told


def findings(cases: dict[str, dict], statuses: dict[str, dict[str, str]], status: str = DEPARTS) -> list[Finding]:
    """Return the findings, those with most cases first.

    cases: name → what the catalogue says of it. statuses: case → stack → status, without witnesses that depart. status:
    ``doubtful`` for what is so.
    """
    groups, order = {}, {name: i for i, name in enumerate(cases)}
    lines = _lines(cases)
    for name, by_stack in statuses.items():
        for stack in (stack for stack, one in by_stack.items() if one == status):
            having = _having(name, cases, statuses, stack, lines)
            key = (cases[name]["family"], cases[name]["computation"], tuple(sorted(having.items())))
            groups.setdefault(key, set()).add((name, stack))
    told = []
    for family, computation, having, places in _merged(groups, cases):
        names = sorted({name for name, _ in places}, key=order.__getitem__)
        wrong = [stack for stack in next(iter(statuses.values())) if any(where == stack for _, where in places)]
        right = sorted({stack for one in names for stack, said in statuses[one].items() if said == AGREES})
        right = [stack for stack in right if stack not in wrong]
        subjects = list(dict.fromkeys(cases[one]["subject"] for one in names))
        having = {key: sorted(values, key=str) for key, values in having.items()}
        told.append(Finding(family, computation, subjects, having, wrong, right, names))
    return sorted(told, key=lambda one: -len(one.cases))


def covers(finding: Finding, case: dict) -> bool:
    """Whether a case has what the cases of a finding have in common."""
    if (case["family"], case["computation"]) != (finding.family, finding.computation):
        return False
    return case["subject"] in finding.subjects and _satisfies(flat(case), finding.having)


def _satisfies(arguments, having):
    return all(arguments.get(key) in values for key, values in having.items())


def _lines(cases):
    """(computation, all arguments but one) → argument → the cases that differ in it alone."""
    told = {}
    for name, case in cases.items():
        arguments = flat(case)
        for key in arguments:
            rest = tuple(sorted((k, v) for k, v in arguments.items() if k != key))
            told.setdefault((case["family"], case["computation"], key, rest), []).append(name)
    return told


def _having(name, cases, statuses, stack, lines):
    """The arguments that belong to the cause, and their values in this case."""
    case, told = cases[name], {}
    arguments = flat(case)
    for key, value in arguments.items():
        rest = tuple(sorted((k, v) for k, v in arguments.items() if k != key))
        others = [one for one in lines[case["family"], case["computation"], key, rest] if one != name]
        said = [
            statuses[one][stack] for one in others if statuses.get(one, {}).get(stack) in (AGREES, DEPARTS, DOUBTFUL)
        ]
        if said and said.count(AGREES) / len(said) >= HALF:
            told[key] = value
    return told


def _merged(groups, cases):
    """Groups become one that differ in one argument's value, or of which one describes the other's cases too."""
    parts = [
        [family, of, {key: {value} for key, value in having}, places] for (family, of, having), places in groups.items()
    ]
    while (pair := _alike(parts, cases)) is not None:
        one, other = pair
        for key in one[2]:
            one[2][key] |= other[2].get(key, set())
        one[3] |= other[3]
        parts = [part for part in parts if part is not other]
    return parts


def _alike(parts, cases):
    """Two groups that are one, the one whose description stays first; None if there are none."""
    for one in parts:
        for other in parts:
            if one is other or one[:2] != other[:2]:
                continue
            wrong, others = ({stack for _, stack in part[3]} for part in (one, other))
            if one[2].keys() == other[2].keys() and (wrong <= others or others <= wrong):
                unlike = [key for key in one[2] if one[2][key] != other[2][key]]
                if not unlike or (len(unlike) == 1 and (unlike != ["subject"] or len(one[2]) > 1)):
                    return one, other
            described = others <= wrong and all(_satisfies(flat(cases[name]), one[2]) for name, _ in other[3])
            if described and one[2].keys() > other[2].keys():
                return one, other
            subjects = [{cases[name]["subject"] for name, _ in part[3]} for part in (one, other)]
            if described and other[2].keys() - one[2].keys() == {"subject"} and subjects[1] <= subjects[0]:
                return one, other
    return None


def affected(finding: Finding, phrases: dict[str, str]) -> str:
    """Return in a sentence who meets a finding. phrases: what an argument's value means, by ``gradients=dense``."""
    what = ", ".join(finding.subjects[:6])
    what += f" and {len(finding.subjects) - 6} more" if len(finding.subjects) > 6 else ""
    parts = []
    for key, values in finding.having.items():
        if key != "subject":
            plain = key.rpartition(".")[2]
            parts.append(" or ".join(phrases.get(f"{key}={value}", f"{plain}={value}") for value in values))
    doing = "trains" if finding.family == "training" else "uses"
    of = (
        ""
        if finding.family == "training"
        else f"{finding.family.removesuffix('s' if finding.family != 'losses' else 'es')} "
    )
    return f"Whoever {doing} the {of}{what}" + (f", with {'; '.join(parts)}" if parts else "") + "."


def _plain(value):
    return tuple(value) if isinstance(value, list) else value
