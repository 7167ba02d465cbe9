"""Since which release a finding is there: its smallest case on other releases of its package, by bisection."""

from seedluck.basics.errors import Mistake
from seedluck.hunt.campaign import Campaign
from seedluck.hunt.findings import Finding
from seedluck.hunt.stacks import Stack
from seedluck.hunt.statuses import is_suspect
from seedluck.runtimes.installation import Broken
from seedluck.search.along.bisection import DIFFERS, REFUSED, SAME, history
from seedluck.search.along.over import package_of, values, version_of


def date(campaign: Campaign, found: list[Finding], text: str, say):
    """Fill in ``since`` of the findings on stacks that have a package.

    text: what ``over=`` has, such as ``keras`` or ``keras=3.0.0..3.5.0``. say: told each release that is tried. All
    findings of a stack are tried at once, so that a release is started once. Raises Mistake if no stack has it.
    """
    dated = False
    for stack in campaign.stacks:
        package = package_of(text, stack.runtime)
        if stack.is_witness or stack.runtime["over"] or package != stack.module.replace("_", "-"):
            continue
        dated = True
        mine = [one for one in found if one.wrong[0] == stack.name]
        releases = values(text, package, stack.runtime)
        tried = {}
        for finding in mine:
            told = history(
                list(releases),
                _test(campaign, stack, mine, finding, releases, tried, say),
                version_of(package, stack.runtime),
            )
            finding.since = {
                "package": package,
                "first_seen": told.first_seen,
                "before": told.before,
                "gone_since": told.gone_since,
                "states": told.states,
            }
    if not dated:
        raise Mistake(
            f"over={text} names no package of these stacks; allowed: over=keras, over=tf_keras; the nearest valid "
            "choice is over=keras."
        )


def _test(campaign, stack, mine, finding, releases, tried, say):
    """A test of one release for :func:`history`; tried: release → answers, shared by all findings."""

    def test(release):
        if release not in tried:
            say(f"{stack.name}: trying {release}")
            other = Stack({**stack.runtime, "over": releases[release]}, stack.module)
            try:
                tried[release] = campaign.try_out(other, [one.cases[0] for one in mine])
            except (Broken, Mistake):
                tried[release] = {}
        answer = tried[release].get(finding.cases[0])
        if answer is None or answer["status"] != "computed":
            return REFUSED
        return DIFFERS if is_suspect(answer) else SAME

    return test


def said(since: dict) -> str:
    """Return in words since when a finding is there."""
    if not since or since["first_seen"] is None:
        return ""
    if since["before"] is None:
        words = f"in every release that was tried since {since['package']} {since['first_seen']}"
        if REFUSED in since["states"].values():
            words += ", before which it does not run here"
    else:
        words = f"since {since['package']} {since['first_seen']}, not yet in {since['before']}"
    return words + (f", gone since {since['gone_since']}" if since["gone_since"] else "")
