"""What ``over=PACKAGE`` means: the releases of one package of a runtime, in the order in which they came out."""

import re

from packaging.version import InvalidVersion, Version

from seedluck.basics.errors import Mistake
from seedluck.config.locks import OWN_PYTHON, canonical, locked, over
from seedluck.runtimes.releases import between, released

SETTING = "runtime.over"


def package_of(text: str, runtime: dict) -> str | None:
    """Return the package that ``over=`` names, as the runtime's lock has it; None if it names none of the lock."""
    name = canonical(text.partition("=")[0])
    known = locked(runtime)
    return next((one for one in (name, f"{name}-cpu") if one in known), None)  # TensorFlow's build for CPUs is named so


def version_of(package: str, runtime: dict) -> str:
    """Return the release of a package that a runtime computes with."""
    return over(runtime).get(package) or locked(runtime)[package]


def values(text: str, package: str, runtime: dict) -> dict:
    """Return release → the value of the setting ``runtime.over`` that brings it, oldest first.

    text: ``keras`` for the releases with the major version that the runtime has, ``keras=3.1.0..3.5.0`` for those from
    one to another, ``keras=3.1.0,3.5.0`` for some. Raises Mistake for what is none of these, and where the registry has
    no such release or does not answer.
    """
    _, equals, listed = text.partition("=")
    own = version_of(package, runtime)
    if not equals:
        chosen = [one for one in _released(package, runtime) if Version(one).major == Version(own).major]
    elif ".." in listed:
        ends = listed.split("..")
        if len(ends) != 2 or not all(map(_is_version, ends)) or Version(ends[0]) >= Version(ends[1]):
            raise _no_range(text, package, own)
        chosen = between(*ends, _released(package, runtime))
    else:
        chosen = [one.strip() for one in listed.split(",") if one.strip()]
        if not all(map(_is_version, chosen)):
            raise _no_range(text, package, own)
        chosen = sorted(dict.fromkeys(chosen), key=Version)
    others = [f"{name}=={release}" for name, release in over(runtime).items() if name != package]
    return {release: [*others, f"{package}=={release}"] for release in chosen}


def _released(package, runtime):
    return released(package, runtime["python"] or OWN_PYTHON)


def _is_version(text):
    try:
        Version(text)
    except InvalidVersion:
        return False
    return re.fullmatch(r"[\w.]+", text) is not None


def _no_range(text, package, own):
    return Mistake(
        f"over={text} names no releases of {package}; allowed: over={package}, over={package}=FIRST..LAST, or "
        f"over={package}=RELEASE,RELEASE,...; the nearest valid choice is over={package}, and the runtime has {own}."
    )
