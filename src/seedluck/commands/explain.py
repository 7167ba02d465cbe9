"""The command line: why do two configurations differ?

    python -m src.explain experiment=embedding              a ready question, or any sweep of two sides
    python -m src.explain scenario=gpd framework=custom_loop,train_step seed.value="range(10)"
    python -m src.explain sweep=RUN                         a sweep that has been trained
    python -m src.explain good=RUN bad=RUN                  any two runs
    ... over=runtime                                        which version brought it, which one cured it
    ... over=keras, over=keras=3.1.0..3.15.1                which release of a package
    ... over=scenario.settings.dropout=0,0.1,0.2            the same along any values, in order
    ... over=runtime over.every=true                        at every level, also between two that agree
    ... suspects=framework.shuffle,optimizer.name           tried first
    ... hidden=framework.targets                            kept as the bad side has it
    ... over=none                                           a cause that is the runtime is not followed to a package
    ... rest=true                                           also what causes the last tenth of the difference
    ... reuse=never                                         take no stored run, train everything anew
    ... dry_run=true                                        the factors, and how many trainings it may take

Whatever else is typed is an override, as for src.run. Every training is a run in MLflow and none is made twice, so
the same command again goes on where the last one stopped. Exit code 0: done, whatever was found. 1: a training
failed. 2: an argument is wrong. 130: Ctrl-C.
"""

import shlex
from pathlib import Path

import seedluck.tracking  # noqa: F401 - settles what MLflow prints, before anything imports it
from seedluck import config as configuration
from seedluck.basics.errors import Mistake, check_groups, nearest
from seedluck.commands.cli import answer
from seedluck.config.paths import with_runtime

FLAGS = ("--config-dir=FOLDER", "-m", "--multirun", "--help")
OWN = ("sweep", "good", "bad", "over", "over.every", "suspects", "hidden", "rest", "reuse", "dry_run")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(_explain, arguments, __doc__)


def _explain(arguments):
    own, words = _read(with_runtime(arguments))
    check_groups(words, configuration.groups())
    from seedluck.search.explainer import explain

    return explain(own, words, "python -m src.explain " + shlex.join(arguments))


def _read(arguments):
    """Split what was typed: name → value of this command's own, and overrides."""
    own, words, arguments = {}, [], list(arguments)
    for i, word in enumerate(arguments[:-1]):
        if word in ("--config-dir", "-cd"):
            arguments[i : i + 2] = ["", f"--config-dir={arguments[i + 1]}"]
    for word in filter(None, arguments):
        if word.startswith("--config-dir="):
            folder = Path(word.partition("=")[2]).absolute()
            if not folder.is_dir():
                raise Mistake(
                    f"--config-dir is {str(folder)!r}, which is no folder; allowed: a folder with scenario/NAME.yaml; "
                    f"the nearest valid choice is {folder.parent if folder.parent.is_dir() else Path.cwd()}."
                )
            word = f"--config-dir={folder}"
        elif word.startswith("-") and word not in FLAGS:
            raise Mistake(f"{word!r} is no flag; allowed: {', '.join(FLAGS)}{nearest(word, FLAGS)}.")
        key, equals, value = word.partition("=")
        if key in OWN and equals:
            own[key] = value
        elif word in ("-m", "--multirun"):
            continue
        elif not equals and not word.startswith(("-", "~")):
            raise Mistake(
                f"{word!r} is no argument; allowed: {', '.join(f'{k}=VALUE' for k in OWN)} and overrides"
                f"{nearest(word, OWN)}."
            )
        else:
            words.append(word)
    if ("good" in own) != ("bad" in own):
        given, lacks = ("good", "bad") if "good" in own else ("bad", "good")
        raise Mistake(f"{given}={own[given]} stands alone; allowed: both; the nearest valid choice adds {lacks}=RUN.")
    if "good" in own and own["good"] == own["bad"]:
        raise Mistake(
            f"good and bad are both {own['good']}; allowed: two runs; the nearest valid choice is another run for one."
        )
    if "sweep" in own and "good" in own:
        raise Mistake(
            "sweep=RUN and good=RUN ask two questions; allowed: one of them; the nearest valid choice is sweep."
        )
    for key in ("dry_run", "over.every", "rest"):
        if own.get(key, "false").lower() not in ("true", "false"):
            raise Mistake(f"{key} is {own[key]!r}; allowed: true, false{nearest(own[key], ['true', 'false'])}.")
    if own.get("reuse", "always") not in ("always", "never"):
        raise Mistake(f"reuse is {own['reuse']!r}; allowed: always, never{nearest(own['reuse'], ['always', 'never'])}.")
    if "over.every" in own and "over" not in own:
        raise Mistake(
            "over.every says how an order is tried, and no order is given; allowed: beside over=NAME; the nearest "
            "valid choice adds over=runtime."
        )
    return own, words
