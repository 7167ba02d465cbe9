"""What a person would say of an explanation."""

import re

from seedluck.config.schema import SCRIPT
from seedluck.evidence import reference
from seedluck.report import in_the_code
from seedluck.report.in_the_code import CODE

FOUND = {
    "found": "cause found",
    "not_in_configuration": "not in the configuration",
    "ambiguous": "ambiguous",
    "luck": "nothing to explain",
}
ALONG = {"found": "history found", "ambiguous": "ambiguous", "luck": "no difference seen"}
GIVEN = "framework.given."  # what is taken from another script, whose value is that script
SPOKEN = {
    "neither": "like neither side",
    "reversed": "the sides differ the other way round",
    "unknown": "these seeds cannot tell",
    "cannot_run": "cannot run",
    "differs": "the sides differ",
    "same": "the sides agree",
    "not_tried": "not tried",
}


def spoken(state: str, good: str, bad: str) -> str:
    """Return what a test or a level came to. good, bad: names of the sides, by which people know them."""
    return {"good": f"like {good}", "bad": f"like {bad}"}.get(state) or SPOKEN[state]


def kind(content: dict) -> str:
    """Return what an explanation came to, in two words."""
    return (ALONG if "over" in content else FOUND)[content["status"]]


def sentence(
    content: dict,
    scenario: str,
    metric: str,
    good: str,
    bad: str,
    verdict: dict,
    hidden=(),
    bad_is: str = "variant",
    unseen=(),
) -> str:
    """Return one sentence or a few. content: of explanation.json. good, bad: names of the sides. verdict: a comparison.

    hidden: names of the factors that kept the bad side's value. bad_is: baseline or variant. unseen: names of the sides
    whose training was not seen inside.
    """
    if content["status"] == "luck":
        return _luck(metric, verdict)
    names = (good, bad) if bad_is == "variant" else (bad, good)
    fault = _unseen(unseen) + _at_fault(verdict)
    if content["status"] == "found":
        cause = [factor["factor"] for factor in content["cause"]]
        if cause == [CODE]:
            said = _in_the_code(content, good, bad, verdict, names)
        else:
            said = _found(content, scenario, good, bad, verdict)
        return _reopened(content, verdict) + said + _kept(bad, hidden) + fault
    settings = [factor["factor"] for factor in content["factors"]]
    tried = f" Exchanged were {_listed(settings)}." if settings else ""
    tried += _kept(bad, hidden)
    if content["status"] == "ambiguous":
        near = f" It may be {_listed([one['factor'] for one in content['cause']])}." if content["cause"] else ""
        told = _different(content, verdict, names, "The sides were told differently")
        said = f"What makes `{bad}` differ from `{good}` stays ambiguous: {content['why'].rstrip('.')}."
        return f"{said}{tried}{told}{_amiss(verdict, names)}{near}{fault}"
    if scenario == SCRIPT:
        others = _different(content, verdict, names, "What differs and could not be exchanged")
    else:
        others = _others(verdict, [*settings, *hidden])
    said = f"The cause is not in the configuration: {content['why']}.{tried}{_parts(verdict)}{others}"
    return f"{_reopened(content, verdict)}{said}{_amiss(verdict, names)}{fault}"


def _at_fault(verdict):
    """Which side computes wrongly, as the verdict says it."""
    if not verdict.get("at_fault"):
        return ""
    said = reference.say(verdict["evidence"]["reference"], tuple(verdict[side] for side in reference.SIDES))
    return f" {said[0].upper()}{said[1:]}."


def _reopened(content, verdict):
    """How many seeds the search added to a sweep that left it open."""
    more = content.get("more_seeds")
    if not more:
        return ""
    return f"{verdict['seeds']} seeds of each side left it open; with {more} more of each they are told apart. "


def _kept(bad, hidden):
    return f" Hidden, and kept as on `{bad}`: {_listed([*hidden])}." if hidden else ""


def _in_the_code(content, good, bad, verdict, names):
    """Two scripts of which nothing that can be exchanged by itself explains the difference."""
    said = f"`{bad}` differs from `{good}` in the script itself{_how_much(content['cured'])}."
    differs = _different(content, verdict, names, "What differs there and could not be exchanged by itself")
    return f"{said}{differs}{_amiss(verdict, names)}{_no_cause(content)}{_parts(verdict)}"


def _different(content, verdict, names, what):
    """What the sides were given differently and is not ruled out."""
    said = in_the_code.listed(content, verdict, names)
    return f" {what}: {said}." if said else ""


def _no_cause(content):
    """What was exchanged without making the difference go away."""
    excluded = in_the_code.no_cause(content)
    return f" Exchanged, and no cause: {_listed([f'`{name}`' for name in excluded])}." if excluded else ""


def _amiss(verdict, names):
    """What audits found on one side alone."""
    return "".join(f" {said[0].upper()}{said[1:]}." for said in in_the_code.amiss(verdict, names))


def _unseen(names):
    """Whose training was not seen inside."""
    return "".join(f" The training of `{name}` was not seen inside." for name in names)


def _how_data_differ(name, settings):
    """What is given to fit as ``name``, in words; empty if the numbers are the same. settings: that differ."""
    arrays = re.compile(rf"resolved\.data\.{re.escape(name)}(_\d+)?\.(rows|values)")
    fields = {found[2] for one, values in settings.items() if (found := arrays.fullmatch(one)) and all(values)}
    return "other values" if "rows" in fields else "the same rows in another order" if "values" in fields else ""


def _data(content, verdict):
    """How the data differ that are among the cause."""
    settings = verdict["evidence"]["settings"]
    names = [factor["factor"].rpartition(".")[2] for factor in content["cause"] if factor["factor"].startswith(GIVEN)]
    names = [name for one in names for name in (("x", "y", "sample_weight") if one == "rows" else (one,))]
    told = [f"`{name}` has {said}" for name in names if (said := _how_data_differ(name, settings))]
    return f" {_listed(told)}." if told else ""


def _found(content, scenario, good, bad, verdict):
    cured, back = content["cured"], content["provoked"]
    values = [factor for factor in content["cause"] if factor["factor"] in cured["factors"]]
    how = _listed([f"`{_value(factor, 'good')}` instead of `{_value(factor, 'bad')}`" for factor in values])
    names = _listed([f"`{factor['factor']}`" for factor in content["cause"]])
    together = ", which matter together" if len(content["cause"]) > 1 else ""
    by = "" if len(cured["factors"]) == len(content["cause"]) else f" for {_listed(cured['factors'])}"
    said = (
        f"`{scenario}` differs because of {names}{together}: with {how}{by} {cured['like_good']} of {cured['seeds']} "
        f"seeds of `{bad}` end as `{good}` does{_how_much(cured)}.{_data(content, verdict)}{_rest(content)}"
    )
    if back is None:
        return said
    several = len(content["cause"]) > 1
    if back["state"] == "bad":
        differ = back["seeds"] - back["like_good"]
        who = "they together bring" if several else "it alone brings"
        rest = "" if content["remainder"] else _no_cause(content)
        return f"{said} Given to `{good}`, {who} the difference about in {differ} of {back['seeds']}.{rest}"
    if back["state"] == "unknown":
        low, high = (_percent(1 - end) for end in reversed(back["share_interval"]))
        part = f"{_percent(1 - back['share'])} % of the difference about ({low} to {high} %)"
        return f"{said} Given to `{good}`, {'they bring' if several else 'it brings'} {part}."
    if back["state"] == "cannot_run":
        return f"{said} On `{good}` {'they' if several else 'it'} cannot be tried alone: {back['says'].rstrip('.')}."
    return f"{said} Given to `{good}`, the same does not make it like `{bad}`: {spoken(back['state'], good, bad)}."


def several_wrote(paths: list[str]) -> str:
    """Return a sentence on files that several runs of a sweep wrote; paths: one or more."""
    named = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    return f"Several runs wrote {named}: what a run read there may be another's."


def _how_much(cured):
    """How much of the difference is gone, with its interval."""
    if cured["share"] is None:
        return ""
    low, high = (_percent(end) for end in cured["share_interval"])
    part = "all" if cured["share"] == 1 else f"{_percent(cured['share'])} %"
    if low == high:
        return f", {part} of the difference"
    return f", {part} of the difference (90 % interval {low} to {high} %)"


def _rest(content):
    rest = content["remainder"]
    if rest is None:
        return ""
    low, high = (_percent(end) for end in rest["share_interval"])
    may = f" may be {_listed([f'`{name}`' for name in rest['may_be']], 'or')}" if rest["may_be"] else " is no setting's"
    asked = "; rest=true pursues it" if rest["may_be"] else ""
    interval = "" if low == high else f" ({low} to {high} %)"
    return f" The rest, {_percent(rest['share'])} %{interval},{may}{asked}."


def _percent(share):
    """Whole percents; near 0 and 100 with one digit more, so that 99.6 does not read as all."""
    return f"{100 * share:.0f}" if 0.01 <= share <= 0.99 or share in (0, 1) else f"{100 * share:.1f}"


def _luck(metric, verdict):
    outcome = verdict["evidence"]["outcome"]
    spreads = [
        f"{side['mean']:.3g} ± {side['deviation']:.2g} over the seeds of `{file_name(verdict[name])}`"
        for name in ("baseline", "variant")
        if (side := outcome[name])["deviation"] is not None
    ]
    kind = verdict["verdict"].replace("_", " ")
    how = f": `{metric}` spreads {' and '.join(spreads)}" if spreads else ""
    return f"There is nothing to explain, the verdict is {kind}{how}."


def file_name(value):
    """Return a value as it is read; a script goes by the name of its file."""
    return value.rpartition("/")[2] if isinstance(value, str) and value.endswith(".py") else value


def _parts(verdict):
    replay = verdict["evidence"]["replay"]
    if not replay:
        return ""
    if replay.get("not_held"):
        return f" A replay does not tell where they part, as this was not held: {'; '.join(replay['not_held'])}."
    if not replay["first"]:
        return ""
    first = replay["first"]
    if any(first.get("waits", ())):
        return (
            " The sides do not update their weights at the same steps, so that a replay does not tell where they part."
        )
    return f" Replayed from one start, the sides part at step {first['step']} in `{first['variable']}`."


def _others(verdict, tried):
    def exchanged(name):
        plain = name.removeprefix("resolved.")
        names = (plain, plain.replace("optimizer.", "optimizer.settings."), plain.partition(".")[0])
        return plain.startswith("scenario.optimizer") or any(alias in tried for alias in names)

    others = [name for name in verdict["evidence"]["settings"] if not exchanged(name)]
    return f" Settings that differ and could not be exchanged: {', '.join(others[:12])}." if others else ""


def _listed(words, last="and"):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {last} " + words[-1]


def _value(factor, side):
    """A factor's value on a side; of what is taken from a script, that script's name and its arguments."""
    value = factor[side]
    if value is not None and factor["factor"].startswith((GIVEN, CODE)):
        script, args = (value["script"], value.get("args") or []) if isinstance(value, dict) else (value, [])
        return " ".join([str(script).rpartition("/")[2], *map(str, args)])
    return "the default" if value is None else value


def history(factor: str, along, good: str, bad: str) -> str:
    """Return what bisection along an ordered factor came to; found: History."""
    if along.first_seen is None:
        tried = ", ".join(f"{level} {state.replace('_', ' ')}" for level, state in along.states.items())
        return f"`{bad}` and `{good}` were not seen to differ along `{factor}`: {tried}.{_not_tried(along)}"
    since = (
        f"`{bad}` differs from `{good}` since {factor} {along.first_seen} (not yet in {along.before})"
        if along.before
        else f"`{bad}` differs from `{good}` in {factor} {along.first_seen} already, the first that can tell"
    )
    until = (
        f"it is gone since {along.gone_since} (still in {along.last})"
        if along.gone_since
        else f"it is still there in {along.last}, the last that can tell"
    )
    said = f"{since}; {until}."
    if not along.monotone:
        states = ", ".join(f"{level} {state}" for level, state in along.decided.items())
        said += f" It came and went more than once: {states}."
    return said + _not_tried(along)


def _not_tried(along):
    gaps = [f"{_listed([*between])} between {low} and {high}" for low, between, high in along.gaps]
    return f" Not tried, as the levels around agree: {'; '.join(gaps)}; over.every=true tries them too." if gaps else ""
