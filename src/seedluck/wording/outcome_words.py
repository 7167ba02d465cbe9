"""What outcomes over seeds show, in words. ``content`` is that of evidence/outcome.py, ``names`` of both sides."""

import math

from seedluck.stats import decision
from seedluck.wording.numbers import plural, short

DEVIATION = "one robust seed-to-seed deviation of both sides"
AGAINST = {  # of stats/decision.py, as a reason why these seeds do not show luck
    "failed": "seeds of one side fail more often",
    "spread": "the seeds of one side spread further",
    "mean": "the difference of means may be more than two margins",
    "shift": "the outcomes lie further apart",
    "early": "too few of the planned seeds are there to see rare failures",
}

FEW = "{} without a failure do not show that both sides fail as rarely"


def real_differences(content: dict, names: tuple[str, str], metric: str) -> list[str]:
    """Return sentences, without their full stops, for what the tests call a real difference."""
    said = []
    level = content["level"] / content["questions"]  # of one of the two tests
    rates, shift = ((content[name] is not None and content[name] <= level) for name in ("p_failed", "p_shift"))
    if rates:
        said.append(failures(content, names))
    if shift or not rates:
        said.append(f"{ends(content, names, metric)}: {by_how_much(content)}")
    return said


def by_how_much(content: dict) -> str:
    """Return ``worse by 0.76 (95 % interval 0.74 to 0.78), 31 times the margin of 0.025``."""
    estimate, margin = decision.apart(content), content["margin"]
    if estimate is None:
        return "nothing finite to compare"
    apart, interval, of_means = estimate
    on_average = " on average" if of_means else ""
    text = (
        f"{'worse' if apart > 0 else 'better'} by {abs(apart):.3g}{on_average}" if apart else "no further apart than 0"
    )
    if interval:
        low, high = sorted(math.copysign(1, apart) * end + 0.0 for end in interval)  # no -0
        text += f" (95 % interval {low:.3g} to {high:.3g})"
    if not margin or not math.isfinite(margin):
        return text
    times = abs(apart) / margin
    return f"{text}, {times:.2g} times the margin of {margin:.3g}"


def ends(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return ``error ends at 2 ± 1 for new and 1 ± 1 for old``."""
    a, b = content["baseline"], content["variant"]
    return f"`{metric}` ends at {_spread(b)} for `{names[1]}` and {_spread(a)} for `{names[0]}`"


def near(content: dict) -> str:
    """Return what the margin is, of sides that are shown to be within it."""
    estimated = "" if content["margin_is"] == "as given" else f", {DEVIATION}"
    return f"shown to be within the margin of {content['margin']:.3g}{estimated}"


def undecided(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return why the outcomes leave it open, and how many seeds would decide."""
    seeds, need = content["seeds"], content["seeds_to_decide"]
    counted = plural(seeds, "seed")
    if seeds == 0:
        return f"no seed finished on both `{names[0]}` and `{names[1]}`"
    if content.get("p_adjusted", 1.0) <= content["level"] and content["inside"]:
        speaks = " and ".join(AGAINST[reason] for reason in content["against"] if reason in ("failed", "spread"))
        return f"{ends(content, names, metric)}: really {by_how_much(content)}, and {near(content)}; but {speaks}"
    if content["failed"][0] != content["failed"][1]:
        far = "" if content["shift"] is None else f"; {ends(content, names, metric)}"
        why = f"{failures(content, names)}{far}, and {counted} cannot tell that from chance"
    elif content["shift"] is None:
        return f"{content['failed'][0]} of {counted} of either side failed, which leaves nothing to compare"
    elif content["smallest_p"] > content["level"] / content["comparisons"] / content["questions"]:
        why = f"{ends(content, names, metric)}, and {counted} cannot pass any test at this level{_may_miss(content)}"
    elif content["inside"]:
        kinds = [reason for reason in content["against"] if reason in ("failed", "spread")]
        speaks = f"{' and '.join(AGAINST[reason] for reason in kinds)} than chance makes likely"
        speaks = speaks if kinds else AGAINST["early"] if content["rates_near"] else FEW.format(counted)
        why = f"{ends(content, names, metric)}, {near(content)}; but {speaks}"
    else:
        why = f"{ends(content, names, metric)}, and {counted} cannot tell whether that is the seeds' doing"
    if need is None and content["inside"]:
        return why
    if need is None:
        return f"{why}; sweep.margin can say which difference matters"
    more = ", or sweep.margin, which says what difference matters" if need > 100 else ""
    return f"{why}; about {need} seeds a side of a new sweep would decide{more}"


def _may_miss(content):
    """How large a difference so few seeds may miss."""
    if content["mean_interval"] is None:
        return ": one seed does not tell how far seeds spread, so that any difference may be the seeds'"
    return f": a difference of up to {max(map(abs, content['mean_interval'])):.3g} may go unseen"


def failures(content: dict, names: tuple[str, str]) -> str:
    """Return ``8 of 50 seeds of `b` failed (they end at 9.1 or more, the others at 0.4 or less), none of `a```."""
    bad, runs = content["failed"], content["runs"]
    worse, better = (0, 1) if bad[0] / runs[0] >= bad[1] / runs[1] else (1, 0)
    rest = bad[better] or "none"
    how = "diverged" if bad == content["diverged"] else "failed"
    return (
        f"{bad[worse]} of {runs[worse]} seeds of `{names[worse]}` {how}{where(content)} and {rest} of `{names[better]}`"
    )


def where(content):
    """Where seeds that failed end, and where the others do; nothing where none of them ends at a number."""
    off, others = content["failed_from"], content["others_to"]
    if off is None:
        return ""
    if content.get("failed_at_both_ends"):
        return " (they end apart from all others, at both ends)"
    further, nearer = ("or more", "or less") if off > others else ("or less", "or more")
    also = ", or at no finite number" if any(content["diverged"]) else ""
    return f" (they end at {short(off)} {further}{also}, the others at {short(others)} {nearer})"


def _spread(side):
    if side["mean"] is None:
        return "nothing finite"
    spread = " in the one finite seed" if side["deviation"] is None else f" ± {side['deviation']:.3g}"
    return f"{side['mean']:.3g}{spread}"


def which_number(content: dict, names: tuple[str, str], metric: str) -> str:
    """Return which of several numbers that go by the metric's name was taken, where they differ; "" otherwise."""
    said = []
    for numbers, name in zip(content.get("numbers", ()), names, strict=False):
        if len(numbers) > 1:
            others = ", ".join(f"{value:.4g} of {where}" for where, value in numbers[1:])
            said.append(
                f"of `{name}` the `{metric}` that is {numbers[0][0]} was taken ({numbers[0][1]:.4g}; not {others})"
            )
    return "; ".join(said)
