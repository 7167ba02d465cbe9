"""The files of scripts that a configuration names: the one that trains, and others from which something is taken."""

from pathlib import Path

from seedluck.config.schema import GIVEN_BY_SCRIPT


def others(config: dict) -> dict[str, str]:
    """Return ``framework.given.NAME`` → the file of the script from which that is taken; raises TypeError for neither.

    A value is the file, or ``{script: FILE, args: [...], env: {...}}``.
    """
    found = {}
    for name in GIVEN_BY_SCRIPT:
        value = config["framework"]["given"].get(name)
        if value is not None:
            script = value.get("script") if isinstance(value, dict) else value
            if not isinstance(script, str):
                raise TypeError(f"framework.given.{name}")
            found[f"framework.given.{name}"] = script
    return found


def made_absolute(config: dict):
    """Let every script be found wherever the command was typed: a script runs in its own folder."""
    scenario, given = config["scenario"], config["framework"]["given"]
    if scenario["script"] is not None:
        scenario["script"] = _absolute(scenario["script"])
    for name in GIVEN_BY_SCRIPT:
        value = given.get(name)
        if isinstance(value, str):
            given[name] = _absolute(value)
        elif isinstance(value, dict) and isinstance(value.get("script"), str):
            given[name] = {**value, "script": _absolute(value["script"])}


def _absolute(path):
    return str(Path(path).expanduser().absolute())
