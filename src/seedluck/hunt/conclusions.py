"""What a campaign shows: findings, what is doubtful, and what another release computes otherwise."""

from dataclasses import dataclass

from seedluck.hunt.campaign import Campaign
from seedluck.hunt.findings import Finding, affected, covers, findings
from seedluck.hunt.stacks import Stack, share
from seedluck.hunt.statuses import AGREES, DEPARTS, DOUBTFUL


@dataclass
class Verdict:
    """statuses: case → stack → status. changes: a row a finding, of a hunt against another release."""

    statuses: dict[str, dict[str, str]]
    found: list[Finding]
    doubtful: list[Finding]
    changes: list[dict]


def judged(campaign: Campaign, tried: list[Stack], others: list[Stack]) -> Verdict:
    """Return the verdict on the stacks that were tried. others: the same with another release laid over them."""
    statuses, by_name = campaign.statuses(), {stack.name: stack for stack in campaign.stacks}
    here, there = (_of(statuses, some) for some in (tried, others))
    found = findings(campaign.cases, here)
    for case, by_stack in here.items():  # what no witness computes may have the cause of what one does
        for one in found:
            if covers(one, campaign.cases[case]):
                same = [stack for stack, status in by_stack.items() if status == DOUBTFUL and stack in one.wrong]
                by_stack.update(dict.fromkeys(same, DEPARTS))
                statuses[case].update(dict.fromkeys(same, DEPARTS))
    found, doubtful = (findings(campaign.cases, here, status) for status in (DEPARTS, DOUBTFUL))
    for one in [*found, *doubtful]:
        one.far = share(campaign.answer(by_name[one.wrong[0]], one.cases[0]))
    for case, by_stack in there.items():  # what is right there, all stacks tell
        by_stack.update({name: status for name, status in here[case].items() if status == AGREES})
    changes = _changes(campaign, findings(campaign.cases, there), found, here, there) if others else []
    return Verdict(statuses, found, doubtful, changes)


def _of(statuses, stacks):
    """The statuses of some stacks, without witnesses that depart: nobody is found wrong for them."""
    names = {stack.name: stack.is_witness for stack in stacks}
    return {
        case: {
            name: by[name] for name, witness in names.items() if name in by and not (witness and by[name] == DEPARTS)
        }
        for case, by in statuses.items()
    }


def _changes(campaign, old, new, here, there):
    """What departs in the other release, in this one, or in both."""
    rows = []
    for one in old:
        names = {stack.partition("+")[0] for stack in one.wrong}
        now = [here[case].get(name) for case in one.cases for name in names]
        rows.append({"affected": _affected(campaign, one), "there": DEPARTS, "here": _most(now)})
    for one in new:
        laid = [(case, name) for case in one.cases for name in there[case] if "+" in name]
        before = _most([there[case][name] for case, name in laid if name.partition("+")[0] in one.wrong])
        if before not in (DEPARTS, DOUBTFUL):
            rows.append({"affected": _affected(campaign, one), "there": before, "here": DEPARTS})
    return rows


def _affected(campaign, finding):
    return affected(finding, campaign.cases[finding.cases[0]]["phrases"])


def _most(statuses):
    """The most frequent status; ``absent`` if there is none."""
    told = [status for status in statuses if status]
    return max(sorted(set(told)), key=told.count) if told else "absent"
