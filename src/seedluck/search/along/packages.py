"""Which package of a runtime makes the difference, and which release of it: where the cause is the runtime."""

from packaging.version import Version

from seedluck.basics.errors import Mistake
from seedluck.config.locks import OWN_PYTHON, locked, over
from seedluck.runtimes.releases import between, released, runtime_packages
from seedluck.search.along import bisection
from seedluck.search.along.over import SETTING
from seedluck.search.exchange import Search
from seedluck.search.sides import overridden
from seedluck.stats.similarity import BAD, GOOD, REFUSED

STATES = {GOOD: bisection.SAME, BAD: bisection.DIFFERS, REFUSED: bisection.REFUSED}
ALIASES = {"tensorflow-cpu": "tensorflow"}  # two names of one package
CARRIER = "cloudpickle"  # of scripts; no training computes with it


class Packages(Search):
    """Tests the bad side with other releases in its runtime; a mix holds these, as ``keras==3.5.0``."""

    def _side(self, mix):
        bad = self._question.bad
        kept = {**over(bad.config["runtime"]), **dict(one.split("==") for one in mix)}
        listed = ",".join(f"'{package}=={release}'" for package, release in sorted(kept.items()))
        return overridden(bad, [f"{SETTING}=[{listed}]"]) if mix else bad

    def _named(self, mix):
        return f"{self._question.bad.name} with {', '.join(sorted(mix)) or 'its own releases'}"


def differing(good: dict, bad: dict) -> dict[str, tuple[str, str]]:
    """Return package → its versions in two runtimes, of those that a runtime names itself and that differ."""
    versions = []
    for runtime in (good, bad):
        named = {*runtime_packages(runtime)} - {CARRIER}
        every = {**locked(runtime), **over(runtime)}
        versions.append({ALIASES.get(name, name): every[name] for name in named if name in every})
    names = [name for name in versions[1] if name in versions[0] and versions[0][name] != versions[1][name]]
    spelled = {ALIASES.get(name, name): name for name in runtime_packages(bad)}
    return {spelled[name]: (versions[0][name], versions[1][name]) for name in sorted(names)}


def taken_apart(search: Packages, good: dict, bad: dict, tell) -> dict:
    """Return what came of it: ``package`` (None if none alone), ``versions``, ``first_seen``, ``gone_since``, ``why``.

    good, bad: the two runtimes. The bad side is tried with each package of the good one; then, between the two releases
    of the one that makes the difference go away, its releases are bisected. ``tried``: requirement → state.
    """
    every = differing(good, bad)
    nothing = {"package": None, "versions": None, "first_seen": None, "gone_since": None, "levels": {}}
    tried = {}
    for package, (wanted, _) in every.items():
        requirement = f"{package}=={wanted}"
        tried[requirement] = search.test(frozenset([requirement]), True)
        if tried[requirement] == GOOD:
            return {**nothing, **_along(search, package, every[package], bad, tell), "tried": tried, "why": None}
    why = "the two runtimes have the same releases of every package that they name"
    if every:
        why = "no package alone makes the difference go away"
        if all(state == REFUSED for state in tried.values()):
            why = "none of its packages goes with the rest of the other runtime"
    return {**nothing, "tried": tried, "why": why}


def _along(search, package, versions, bad, tell):
    """Where, between two releases of a package, the bad side changes."""
    low, high = sorted(versions, key=Version)
    try:
        releases = between(low, high, released(package, bad["python"] or OWN_PYTHON))
    except Mistake as mistake:
        tell(f"  {mistake.args[0]}")
        releases = []
    levels = sorted({low, high, *releases}, key=Version)

    def test(level):
        if level == versions[1]:
            return bisection.DIFFERS
        tell(f"{package} {level}")
        return STATES.get(search.test(frozenset([f"{package}=={level}"]), False), bisection.UNKNOWN)

    history = bisection.history(levels, test, versions[1])
    return {
        "package": package,
        "versions": list(versions),
        "first_seen": history.first_seen if history.before else None,
        "gone_since": history.gone_since,
        "levels": history.states,
    }


def said(content: dict, bad: str) -> str:
    """Return a sentence or two. content: of :func:`taken_apart`. bad: the bad side's name."""
    if content["package"] is None:
        return f"Which package of the runtime it is stays open: {content['why']}."
    package, (good_release, bad_release) = content["package"], content["versions"]
    text = f"Of the runtime it is `{package}`: with {good_release} in the place of {bad_release} `{bad}` is cured."
    if content["first_seen"]:
        text += f" The difference is there since {package} {content['first_seen']}."
    if content["gone_since"]:
        text += f" It is gone since {package} {content['gone_since']}."
    return text
