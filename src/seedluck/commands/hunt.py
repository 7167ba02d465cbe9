"""The command line: what do these releases compute wrongly?

    python -m src.hunt                          all cases on keras with TensorFlow, JAX and PyTorch, and on tf_keras
    ... runtime=current,keras_jax               on the packages of these runtimes
    ... framework=keras                         on this package alone
    ... hunt.only=optimizers,losses             cases of these families
    ... hunt.against=keras==3.0.5               side by side with another release: what was mended, what was broken
    ... over=keras                              since which release each finding is there; over=keras=3.0.0..3.5.0
    ... hunt.scripts=false                      no script for each finding, run in a fresh environment
    ... hunt.resume=FOLDER                      go on with a hunt that was interrupted
    ... hydra.run.dir=FOLDER                    where it is kept; multirun/hunts/DATE_TIME otherwise
    ... tracking.uri=URI                        in another store

A finding is a departure from an independent formula that stays in float64 and on other inputs, and against which
another stack or another package stands. Exit code 0: done, whatever was found. 1: a stack could not be started. 2: an
argument is wrong. 130: Ctrl-C; what was computed is kept.
"""

import contextlib
import itertools
import shlex
import sys
from datetime import datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

import seedluck.tracking  # noqa: F401 - settles what MLflow prints, before anything imports it
from seedluck.basics.errors import Mistake
from seedluck.basics.folders import writable
from seedluck.basics.project import PROJECT
from seedluck.commands.cli import DONE, answer, named

RUNTIMES = "current,keras_jax,keras_torch"
KEYS = (
    "runtime",
    "framework",
    "hunt.only",
    "hunt.against",
    "over",
    "hunt.scripts",
    "hunt.resume",
    "hydra.run.dir",
    "tracking.uri",
    "tracking.artifacts",
)


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    return answer(_hunt, arguments, __doc__)


def _hunt(arguments):
    asked = named(arguments, KEYS)
    from seedluck.hunt.campaign import Campaign, resumable
    from seedluck.hunt.stacks import catalogue, stacks

    if asked.get("hunt.scripts", "true") not in ("true", "false"):
        raise Mistake(
            f"hunt.scripts is {asked['hunt.scripts']!r}; allowed: true, false; the nearest valid choice is true."
        )
    tracking = _tracking(asked)
    cases = catalogue(_listed(asked.get("hunt.only")))
    names, packages = _listed(asked.get("runtime", RUNTIMES)), _listed(asked.get("framework"))
    tried = stacks(names, packages, [])
    against = asked.get("hunt.against")
    others = []
    if against:
        package, equals, release = against.partition("==")
        if not equals or package not in ("keras", "tf_keras", "tf-keras") or not _is_release(release):
            raise Mistake(
                f"hunt.against is {against!r}; allowed: PACKAGE==RELEASE; the nearest valid choice is keras==3.0.5."
            )
        others = [one for one in stacks(names, packages, [against]) if one.runtime["over"]]
    if "hunt.resume" in asked:
        folder = resumable(asked["hunt.resume"])
    else:
        folder = Path(asked["hydra.run.dir"]).absolute() if "hydra.run.dir" in asked else _of_its_own()
        writable(folder, "hydra.run.dir")
    campaign = Campaign(folder, [*tried, *others], cases)
    try:
        campaign.look()
        _tell(campaign, tried, others, asked, tracking)
    except KeyboardInterrupt:
        words = [word for word in arguments if not word.startswith(("hunt.resume=", "hydra.run.dir="))]
        print(
            "\ninterrupted; what was computed is kept: python -m src.hunt "
            + shlex.join([*words, f"hunt.resume={folder}"]),
            file=sys.stderr,
        )
        raise
    return DONE


def _is_release(text):
    try:
        return bool(Version(text))
    except InvalidVersion:
        return False


def _of_its_own():
    """A folder that no other hunt has, also of one that begins in the same second."""
    hunts = PROJECT / "multirun" / "hunts"
    hunts.mkdir(parents=True, exist_ok=True)
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    for name in (now, *(f"{now}_{number}" for number in itertools.count(2))):
        with contextlib.suppress(FileExistsError):
            (hunts / name).mkdir()
            return hunts / name


def _tell(campaign, tried, others, asked, tracking):
    from seedluck.hunt import examples as scripts
    from seedluck.hunt import history, report
    from seedluck.hunt.conclusions import judged

    verdict = judged(campaign, tried, others)
    if "over" in asked:
        history.date(campaign, verdict.found, asked["over"], _say)
    if asked.get("hunt.scripts", "true") == "true":
        for stack in tried:
            mine = [one for one in verdict.found if one.wrong[0] == stack.name]
            if mine:
                scripts.write(stack, mine, campaign.folder / "scripts", _say)
    hunt = report.content(campaign, verdict)
    report.leave(campaign, verdict.statuses, hunt, asked.get("hunt.against"))
    params = {key: value for key, value in asked.items() if not key.startswith("tracking")}
    run_id = report.record(campaign.folder, hunt, params, tracking)
    _print(hunt, campaign.folder, run_id)


def _print(hunt, folder, run_id):
    stacks = len([one for one in hunt["stacks"] if not one["name"].endswith("/torch")])
    print(
        f"{hunt['cases']} cases on {stacks} stacks: {len(hunt['findings'])} findings, {len(hunt['doubtful'])} doubtful"
    )
    for number, one in enumerate(hunt["findings"], 1):
        print(f"{number:3}. {one['affected']}")
        print(f"     wrong: {', '.join(one['wrong_versions'])}; right: {', '.join(one['right_versions'])}")
        print(f"     off by {one['far_words']}, in {one['cases'][0]}")
        if one["since_words"]:
            print(f"     {one['since_words']}")
        if one["script"]:
            print(f"     script: {folder / one['script']}")
        elif one["reproduced"]:
            print(f"     no script: {one['reproduced']}")
    for one in hunt["changes"]:
        print(f"  there {one['there']}, here {one['here']}: {one['affected']}")
    print(f"page: {folder / 'hunt.html'}\nrun: {run_id}")


def _tracking(asked):
    from seedluck.config.composer import composed

    words = [f"{key}={asked[key]}" for key in ("tracking.uri", "tracking.artifacts") if key in asked]
    tracking = composed(words).tracking
    return {"uri": tracking.uri, "artifacts": tracking.artifacts}


def _listed(text):
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _say(words):
    print(words, file=sys.stderr, flush=True)
