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

import sys
from datetime import datetime
from pathlib import Path

import src.tracking  # noqa: F401 - settles what MLflow prints, before anything imports it
from src.cli import DONE, answer, named
from src.config.errors import Mistake
from src.config.folders import writable
from src.config.project import PROJECT

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
    return answer(lambda: _hunt(arguments), arguments, __doc__)


def _hunt(arguments):
    asked = named(arguments, KEYS)
    from src.hunt.campaign import Campaign, resumable
    from src.hunt.stacks import catalogue, stacks

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
        if not equals or not release or package not in ("keras", "tf_keras", "tf-keras"):
            raise Mistake(
                f"hunt.against is {against!r}; allowed: PACKAGE==RELEASE; the nearest valid choice is keras==3.0.5."
            )
        others = [one for one in stacks(names, packages, [against]) if one.runtime["over"]]
    if "hunt.resume" in asked:
        folder = resumable(asked["hunt.resume"])
    else:
        default = PROJECT / "multirun" / "hunts" / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        folder = Path(asked.get("hydra.run.dir") or default).absolute()
        writable(folder, "hydra.run.dir")
    campaign = Campaign(folder, [*tried, *others], cases)
    try:
        campaign.look()
        _tell(campaign, tried, others, asked, tracking)
    except KeyboardInterrupt:
        words = [word for word in arguments if not word.startswith(("hunt.resume=", "hydra.run.dir="))]
        print(
            f"\ninterrupted; what was computed is kept: python -m src.hunt {' '.join(words)} hunt.resume={folder}",
            file=sys.stderr,
        )
        raise
    return DONE


def _tell(campaign, tried, others, asked, tracking):
    from src.hunt import findings, history, report, scripts
    from src.hunt.judgement import DEPARTS, DOUBTFUL

    statuses, by_name = campaign.statuses(), {stack.name: stack for stack in campaign.stacks}
    here, there = (
        {case: {stack.name: by[stack.name] for stack in some if stack.name in by} for case, by in statuses.items()}
        for some in (tried, others)
    )
    for case in there:  # which is right there is told by all
        there[case].update({name: status for name, status in here[case].items() if status == "agrees"})
    suspected = {
        case: {name: by[name] for name in by if not by_name[name].is_witness or by[name] != DEPARTS}
        for case, by in here.items()
    }
    found = findings.findings(campaign.cases, suspected)
    for case, by in suspected.items():  # what no witness computes may have the cause of what one does
        for one in found:
            if findings.covers(one, campaign.cases[case]):
                same = [stack for stack, status in by.items() if status == DOUBTFUL and stack in one.wrong]
                by.update(dict.fromkeys(same, DEPARTS))
                statuses[case].update(dict.fromkeys(same, DEPARTS))
    found, doubtful = (findings.findings(campaign.cases, suspected, status) for status in (DEPARTS, DOUBTFUL))
    for one in [*found, *doubtful]:
        one.far = _share(campaign, by_name[one.wrong[0]], one.cases[0])
    if "over" in asked:
        history.date(campaign, found, asked["over"], _say)
    if asked.get("hunt.scripts", "true") == "true":
        for stack in tried:
            mine = [one for one in found if one.wrong[0] == stack.name]
            if mine:
                scripts.write(stack, mine, campaign.folder / "scripts", _say)
    changes = _changes(campaign, findings.findings(campaign.cases, there), found, here, there) if others else []
    hunt = report.content(campaign, statuses, found, doubtful, changes)
    report.leave(campaign, statuses, hunt, asked.get("hunt.against"))
    params = {key: value for key, value in asked.items() if not key.startswith("tracking")}
    run_id = report.record(campaign.folder, hunt, params, tracking)
    _print(hunt, campaign.folder, run_id)


def _changes(campaign, old, new, here, there):
    """What departs in the other release, here, or in both: a row a finding."""
    from src.hunt.findings import affected

    rows = []
    for one in old:
        names = {stack.partition("+")[0] for stack in one.wrong}
        now = [here[case].get(name) for case in one.cases for name in names]
        rows.append(
            {"affected": affected(one, campaign.cases[one.cases[0]]["phrases"]), "there": "departs", "here": _most(now)}
        )
    for one in new:
        before = [
            status
            for case in one.cases
            for name, status in there[case].items()
            if name.partition("+")[0] in one.wrong and "+" in name
        ]
        if _most(before) not in ("departs", "doubtful"):
            rows.append(
                {
                    "affected": affected(one, campaign.cases[one.cases[0]]["phrases"]),
                    "there": _most(before),
                    "here": "departs",
                }
            )
    return rows


def _most(statuses):
    told = [status for status in statuses if status]
    return max(sorted(set(told)), key=told.count) if told else "absent"


def _share(campaign, stack, case):
    from src.hunt.stacks import share

    return share(campaign.answer(stack, case))


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
    from hydra import compose, initialize_config_dir

    from src import config as configuration

    configuration.register()
    words = [f"{key}={asked[key]}" for key in ("tracking.uri", "tracking.artifacts") if key in asked]
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        tracking = compose("config", words).tracking
    return {"uri": tracking.uri, "artifacts": tracking.artifacts}


def _listed(text):
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _say(words):
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
