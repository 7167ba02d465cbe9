"""What was typed wrong, in one sentence: the value received, what is allowed and the nearest valid choice."""

import difflib
import re

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, QuotedString
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException


class Mistake(Exception):
    """The configuration is wrong; every argument is a sentence for the user."""


class NoStore(Mistake):
    """The MLflow store that was asked for does not answer."""


class Unfinished(Exception):
    """A command has ended and some of its jobs have not finished; the argument is a sentence."""


class Submitted(Exception):
    """A command has handed its jobs over and does not wait for them; the argument is a sentence."""


def nearest(value, allowed) -> str:
    """Return ``"; the nearest valid choice is X"``: the one that is spelled most like the value."""
    plain = {str(choice).lower(): choice for choice in allowed}
    close = difflib.get_close_matches(str(value).lower(), plain, n=1, cutoff=0.0)
    return f"; the nearest valid choice is {plain[close[0]]}" if close else ""


def check_groups(words: list[str], groups: dict[str, list[str]]):
    """Raise Mistake for an override without a name, or one that gives a group a value that cannot be an option's name.

    Hydra itself would raise a ValueError or AssertionError without a message. words: overrides. groups: name → options.
    """
    parser = OverridesParser.create()
    for word in words:
        try:
            override = parser.parse_override(word)
        except HydraException:
            continue  # a flag, or what Hydra refuses in words of its own
        name, value = override.key_or_group, word.partition("=")[2]
        if not name:
            raise Mistake(
                f"{word!r} names no setting; allowed: NAME=VALUE; the nearest valid choice is to leave it out."
            )
        if _chooses_names(override):
            continue
        if "/" in name:  # a group of Hydra's own
            default = {"hydra/launcher": "warm", "hydra/sweeper": "seeds"}.get(name)
            close = f"{name}={default}" if default else f"to leave out {name}"
            raise Mistake(f"{name} is {value}; allowed: the name of an option; the nearest valid choice is {close}.")
        if name in groups:
            close = (
                f"; the nearest valid choice is seed.value={value}" if name == "seed" else nearest(value, groups[name])
            )
            raise Mistake(f"{name} is {value}; allowed: {', '.join(groups[name])}{close}.")


def _chooses_names(override):
    """Whether an override's value could be names of a group's options: text, several texts, or none to delete."""
    value = override._value  # value() would refuse a sweep, sweep_iterator() a single value
    values = value.list if isinstance(value, ChoiceSweep) else [value]
    return (override.is_delete() and value is None) or all(isinstance(v, (str, QuotedString, Glob)) for v in values)


def sentence(error: Exception, known_keys: list[str]) -> str:
    """Say in one sentence what Hydra or OmegaConf refused.

    known_keys: dotted names that may be set, among which the nearest is looked for.
    """
    if isinstance(error, yaml.YAMLError):
        return _no_yaml(error)
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    text, inner = (" ".join(str(raised).split()) for raised in (error, cause))
    if isinstance(error, MissingConfigException):
        group, _, received = (error.missing_cfg_file or "").rpartition("/")
        options = error.options or []
        return f"{group} is {received!r}; allowed: {', '.join(options)}{nearest(received, options)}."
    key = getattr(cause, "full_key", None) or _key_in(text)
    if key and re.search(r"Key '.*' (is )?not in|No match in the defaults list", f"{text} {inner}"):
        return _in_file(text) + _unknown(key, known_keys)
    if _in_file(text) and key:  # what is wrong stands in the second line
        return f"{_in_file(text)}{key} is wrong: {_first_line(str(error).partition(chr(10))[2])}."
    if isinstance(cause, OmegaConfBaseException) and key:
        return f"{key} is wrong: {_first_line(cause.msg or text)}."
    if several := re.match(r"Ambiguous value for argument '([^']+)'", text):
        return (
            f"{several[1]} lists values, which is a sweep, and -m is not given; allowed: one value, or -m before all "
            f"overrides; the nearest valid choice is -m {several[1]}."
        )
    return f"The command line cannot be read: {_first_line(str(error))}."


def _in_file(text):
    """``in scenario/well.yaml, `` of an error that a file of the configuration raised; empty of any other."""
    file = re.match(r"In '([^']+)': \w+ raised while composing config", text)
    return f"in {file[1]}.yaml, " if file else ""


def _no_yaml(error):
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1} of {mark.name}" if mark else "a file"
    why = " ".join((getattr(error, "problem", None) or _first_line(str(error))).split())
    return f"{where} is no YAML: {why}; allowed: lines of key: value; the nearest valid choice is to mend that line."


def _unknown(key, known_keys):
    key = key.replace("scenario.optimizer_settings", "optimizer.settings")  # OmegaConf tells where ${...} leads
    group, _, last = key.rpartition(".")
    siblings = [known for known in known_keys if known.rpartition(".")[0] == group]
    by_name = [known for known in known_keys if known.rpartition(".")[2] == last]
    by_name += [known for known in siblings if "".join(word[:1] for word in known[len(group) + 1 :].split("_")) == last]
    if group.endswith("settings") and not siblings:
        return f"{key!r} is not a setting; allowed: +{key}=VALUE, which adds an argument to the optimizer's class."
    if not group:
        siblings = sorted({known.partition(".")[0] for known in known_keys})
    close = f"; the nearest valid choice is {by_name[0]}" if by_name else nearest(key, siblings or known_keys)
    return f"{key!r} is not a setting; allowed: {', '.join(siblings or known_keys)}{close}."


def dotted(config, prefix: str = "") -> list[str]:
    """Return every dotted name in a composed configuration, nodes that are missing included."""
    names = []
    for key in config:
        name = f"{prefix}{key}"
        child = None if OmegaConf.is_missing(config, key) else config._get_node(key)
        names += dotted(child, name + ".") if isinstance(child, DictConfig) and len(child) else [name]
    return names


CONFIGURATION_ERRORS = (HydraException, OmegaConfBaseException, yaml.YAMLError)


def _key_in(text):
    match = re.search(r"Could not override '([^']+)'", text)
    match = match or re.search(r"full_key: ([\w.]+)", text)  # of a file that is composed
    return match[1] if match else None


def _first_line(text):
    return (text.strip().splitlines() or ["no reason was given"])[0].strip().rstrip(".")
