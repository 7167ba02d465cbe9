"""What ``python -m src.explain`` does, from its arguments to files, MLflow, the page and the screen."""

import contextlib
import math
import shlex
import sys
from functools import partial
from pathlib import Path

from hydra.types import RunMode
from mlflow.exceptions import MlflowException

from seedluck.basics.errors import Mistake, NoStore, Unfinished, nearest
from seedluck.basics.folders import writable
from seedluck.basics.markdown import fenced
from seedluck.basics.project import PROJECT
from seedluck.basics.strict_json import write
from seedluck.config import NO_FACTORS, leaves
from seedluck.config.composer import composed, loader, search_path
from seedluck.execution.under_way import NoRoom
from seedluck.search import case
from seedluck.search.along.levels import read
from seedluck.search.answering import Wanted, answer
from seedluck.search.exchange import seeds_of
from seedluck.search.factors import RUNTIME, differences
from seedluck.search.sequential import Refused
from seedluck.search.sides import Side
from seedluck.search.trials import Trials
from seedluck.search.upper_bounds import show_plan, show_untrained
from seedluck.sweeps.launcher import chosen_backend
from seedluck.tracking.connection import short
from seedluck.tracking.parent import ExplanationRun

NO_ORDER = "none"  # over=none: a cause that is the runtime is not followed to its packages


def explain(own: dict, typed: list[str], command: str) -> int:
    """Answer why two configurations differ. own: this command's arguments. typed: overrides. Returns the exit code.

    Raises Mistake before anything is trained, Unfinished if the sweep to explain did not finish, KeyboardInterrupt
    after the run was closed.
    """
    dry = _is_true(own, "dry_run")
    asked_folder, backend = _hydras(typed)
    uri, run_id, margin = _sweep(own, typed, dry, command, backend)
    if run_id is None:
        return 0
    sides = case.question(uri, run_id, **margin)
    every = differences(sides.good.config, sides.bad.config, sides.good.params, sides.bad.params)
    hidden = _checked("hidden", own, every)
    factors = [factor for factor in every if factor.name not in hidden]
    suspects = _checked("suspects", own, factors)
    along = read(own["over"], (sides.good, sides.bad), every) if own.get("over", NO_ORDER) != NO_ORDER else None
    if dry:
        show_plan(factors, along, len(sides.seeds), seeds_of(sides.good, sides.bad))
        return 0
    known = {
        "scenario": sides.description.scenario,
        "metric": sides.description.metric,
        "factors": ", ".join([factor.name for factor in factors] if along is None else [along[0]]),
        "sides": f"{sides.good.name} | {sides.bad.name}",
    }
    parent = ExplanationRun.create(sides.good.config, f"why: {sides.description.name}", below=sides.parent)
    tags = {"scenario": known["scenario"], "sweep": run_id, "mlflow.source.name": "src.explain"}
    parent.begin(known, {**tags, "mlflow.source.type": "LOCAL"})
    parent.reuses = own.get("reuse") != "never"
    folder = asked_folder or PROJECT / "multirun" / "explanations" / parent.run_id
    folder.mkdir(parents=True, exist_ok=True)
    trials = Trials(parent, folder, backend)
    followed, whole, each = own.get("over") != NO_ORDER, _is_true(own, "rest"), _is_true(own, "over.every")
    wanted = Wanted(every, hidden, suspects, along, whole, each, followed)
    with _closing(parent, sides, folder, uri, command):
        content = _content(answer(sides, wanted, trials, _say), sides, hidden, trials, parent.run_id, command)
        _deliver(content, sides, parent, folder)
        if parent.unchecked:
            print(f"not checked of stored runs that were taken: {'; '.join(sorted(parent.unchecked))}", file=sys.stderr)
    return 0


@contextlib.contextmanager
def _closing(parent, sides, folder, uri, command):
    """Close the explanation's run at the end, however it comes; what keeps it from one is raised as Unfinished."""
    status = "KILLED"
    try:
        yield
        status = "FINISHED"
    except Refused as refused:
        status = "FAILED"
        raise Unfinished(f"a side of the question could not be trained: {refused.args[0]}") from refused
    except NoRoom as error:
        status = "FAILED"
        raise Unfinished(f"{error.args[0]}; every finished run is kept, and the same command goes on") from error
    except (MlflowException, NoStore) as error:
        raise Unfinished(
            f"the tracking store at {uri} does not answer any more ({short(error)}); every finished run is in its "
            f"folder under {folder}; once it is back: python -m src.deliver {shlex.quote(str(folder))}/*/ and then the "
            "same command again"
        ) from error
    finally:
        with contextlib.suppress(MlflowException, OSError):
            parent.finish(status)
        if status != "FINISHED":
            print(f"to go on from here: {command}", file=sys.stderr)
        parent.close()
        sides.parent.close()


def _is_true(own, key):
    return own.get(key, "false").lower() == "true"


def _hydras(typed):
    """What was typed of Hydra's own settings: the folder of hydra.run.dir or None, and where jobs are trained."""
    given = [word for word in typed if word.lstrip("+").startswith("hydra")]
    with loader() as hydra:
        whole = hydra.load_configuration("config", [*given, *search_path(typed)], run_mode=RunMode.RUN)
    named = any(word.startswith("hydra.run.dir=") for word in given)
    folder = Path(whole.hydra.run.dir).absolute() if named else None
    if folder is not None:
        writable(folder, "hydra.run.dir")
    if (backend := chosen_backend(whole.hydra.launcher)) is None:
        raise Mistake(
            f"hydra/launcher is {whole.hydra.runtime.choices['hydra/launcher']}, which trains whole sweeps alone; "
            "allowed: a launcher that names a backend; the nearest valid choice is hydra/launcher=warm."
        )
    if not getattr(backend, "wait", True):
        raise Mistake(
            "hydra.launcher.wait is False, and an explanation decides by each test what it trains next; allowed: True; "
            "the nearest valid choice is hydra.launcher.wait=true."
        )
    return folder, backend


def _sweep(own, typed, dry, command, backend):
    """Return the store's address, the run of the sweep to explain, and ``margin`` if the sweep is to be judged anew.

    The run is None if a dry run finds no stored sweep. A sweep that is typed is always judged with the margin that is
    typed, so that the margin of an older sweep does not decide the answer.
    """
    if "sweep" in own:
        return _store(typed), own["sweep"], _margin(typed)
    if "good" in own:
        from seedluck.search.two_runs import paired

        uri, margin = _store(typed), _margin(typed)
        foreseen = partial(_foreseen, own)
        return uri, paired(uri, own["good"], own["bad"], dry, foreseen, command, backend), margin
    asked = case.asked(typed)
    ahead = [Side("", made.config, tuple(made.words), {}) for made in asked.sides.values()]
    factors, along = _foreseen(own, *ahead)
    run_id = case.newest(asked) if dry else case.swept(asked, backend)
    if run_id is None:
        show_untrained(factors, along, len(asked.seeds), seeds_of(*ahead))
    return asked.tracking["uri"], run_id, {"margin": asked.margin}


def _foreseen(own, good, bad):
    """The factors, and the levels of ``over=`` or None, as far as they are known before the sweep; raises Mistake for
    a name that cannot become one: what a default becomes, only a run will tell."""
    every = differences(good.config, bad.config, good.params, bad.params)
    known = {name for side in (good, bad) for name in leaves(side.config) if name.partition(".")[0] not in NO_FACTORS}
    for key in ("hidden", "suspects"):
        for name in _names(own, key):
            if name not in (RUNTIME, *known) and not name.startswith("optimizer.settings."):
                raise Mistake(f"{key} lists {name!r}; allowed: a setting{nearest(name, [RUNTIME, *sorted(known)])}.")
    along = read(own["over"], (good, bad), every) if own.get("over", NO_ORDER) != NO_ORDER else None
    return [factor for factor in every if factor.name not in _names(own, "hidden")], along


def _margin(typed):
    """``margin`` as sweep.margin was typed; a stored sweep takes no other override but where it is stored."""
    asked = {}
    for word in typed:
        key, _, value = word.partition("=")
        if key == "sweep.margin":
            try:
                asked["margin"] = float(value)
            except ValueError:
                asked["margin"] = math.nan
            if not 0 <= asked["margin"] < math.inf:
                raise Mistake(f"{word} is no margin; allowed: a number from 0; the nearest valid choice is 0.")
        elif not key.startswith(("tracking", "--config-dir", "hydra.run.dir", "hydra.launcher", "hydra/launcher")):
            raise Mistake(
                f"{word!r} cannot change what was trained; allowed beside sweep= or good= and bad=: "
                "sweep.margin=VALUE, tracking.uri=URI, hydra.run.dir=FOLDER and hydra.launcher.n_jobs=NUMBER; the "
                "nearest valid choice is to leave it out."
            )
    return asked


def _content(answer, sides, hidden, trials, run_id, command):
    """The content of explanation.json."""
    metric = sides.description.metric
    return {
        "run_id": run_id,
        "sweep": sides.parent.run_id,
        "scenario": sides.description.scenario,
        "metric": metric,
        "good": sides.good.name,
        "bad": sides.bad.name,
        "verdict": sides.verdict["verdict"],
        "at_fault": sides.verdict["at_fault"],
        "at_fault_reason": sides.verdict["at_fault_reason"],
        "bad_is": sides.bad_is,
        **answer,
        "told_apart_by": sides.told_apart_by,
        "outcomes": {
            name: [float(outcome) if math.isfinite(outcome) else None for outcome in sides.values(runs)]
            for name, runs in zip(("good", "bad"), sides.runs, strict=True)
        },
        "hidden": hidden,
        "trainings": trials.trained,
        "reused": trials.reused,
        "command": command,
    }


def _deliver(content, sides, parent, folder):
    from seedluck.report.console import show_explanation
    from seedluck.report.publish import explained as on_page

    write(folder / "explanation.json", content)
    own = sides.as_stored and not content["hidden"]
    page = on_page(sides.parent, sides.judged, content, folder, own)
    parent.files(folder / "explanation")
    parent.describe(content)
    parent.tag(
        {
            "explanation": content["status"],
            "sentence": content["sentence"],
            "cause": ", ".join(factor["factor"] for factor in content["cause"]) or None,
            "mlflow.note.content": f"{content['sentence']}\n\nThe page is the artifact `verdict.html`. Reproduce:\n\n"
            + fenced(content["command"]),
        }
    )
    parent.metrics({"trainings": content["trainings"], "reused": content["reused"]})
    if own and "over" not in content:
        sides.parent.tag({"explanation": content["status"], "cause_sentence": content["sentence"]})
    show_explanation(content, parent.place, page)


def _checked(key, own, factors):
    """The names that were typed; raises Mistake for one in which the sides do not differ."""
    names, known = _names(own, key), [factor.name for factor in factors]
    for name in names:
        if name not in known:
            allowed = f"{', '.join(known)}{nearest(name, known)}"
            raise Mistake(f"{key} lists {name!r}, in which the two sides agree; allowed: {allowed}.")
    return names


def _names(own, key):
    return [name.strip() for name in own.get(key, "").split(",") if name.strip()]


def _say(line):
    print(line, file=sys.stderr, flush=True)


def _store(typed):
    """Where sweeps are kept: as tracking.uri was typed, or the default."""
    return composed(word for word in typed if word.startswith(("tracking", "--config-dir="))).tracking.uri
