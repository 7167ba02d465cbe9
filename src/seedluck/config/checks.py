"""What is wrong with a resolved configuration, beyond the type of a value: one sentence for each thing.

Here belongs what only shows when several fields are seen together, or needs a look at this machine.
"""

import functools
import math
import re
import shutil
import subprocess
from pathlib import Path

from seedluck.basics.errors import nearest
from seedluck.basics.printable import is_printable
from seedluck.config import instructions
from seedluck.config.locks import OWN_LOCK, over, required
from seedluck.config.paths import framework_path, framework_paths
from seedluck.config.schema import (
    BACKENDS,
    BETTER,
    DTYPES,
    EXECUTIONS,
    EXPECTATIONS,
    GIVEN,
    GIVEN_BY_SCRIPT,
    INPUTS,
    LEFT,
    PACKAGES,
    SCRIPT,
    SEED_KINDS,
    SEEDED,
    SHUFFLES,
    STOPS,
    STORED,
    TARGETS,
    VARIABLES,
    WORKDIRS,
    leaves,
)
from seedluck.config.script_files import others
from seedluck.config.sources import module_file

# Name of a runtime's feature → the setting that needs it.
FEATURES = {
    "eager": "framework.execution=eager",
    "steps_per_execution": "framework.steps_per_execution above 1",
    "datasets": "framework.targets=as_given under fit",
    "reference_variables": "a framework.variables of TensorFlow 1",
    "tf_train": "an optimizer of tf.train",
}
LONGEST_EXPERIMENT = 250  # characters that every database of MLflow's takes
VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")  # of a release, PEP 440
LARGEST_SEED = 2**32 - 1  # that NumPy and TensorFlow 1 take


def problems(config: dict, import_path: list[str], packages: set[str]) -> list[str]:
    """Return one sentence for everything that is wrong with a resolved configuration; empty if it can run.

    import_path: folders in which modules of a scenario or a path are looked for. packages: names in the runtime's lock.
    """
    wrong = [
        *_path(config, import_path),
        *_scenario(config, import_path, packages),
        *_features(config),
        *_over(config["runtime"], packages),
        *_chunk(config, import_path),
        *_choices(config),
        *_numbers(config),
        *_seed(config["seed"]),
        *_device(config),
    ]
    if len(place := config["tracking"]["experiment"]) > LONGEST_EXPERIMENT:
        wrong.append(
            f"tracking.experiment is {place[:50]!r} and more, {len(place)} characters; allowed: at most "
            f"{LONGEST_EXPERIMENT}; the nearest valid choice is its beginning."
        )
    for name, value in leaves(config).items():
        if isinstance(value, float) and math.isnan(value) and not any(said.startswith(f"{name} is ") for said in wrong):
            wrong.append(f"{name} is nan; allowed: a number; the nearest valid choice is to leave it out.")
        if not is_printable(value):
            wrong.append(
                f"{name} is {value!r}, which holds a control character; allowed: text that a terminal shows as it is; "
                "the nearest valid choice is the same without it."
            )
    return wrong


def wrong_types(settings: dict, defaults: dict) -> list[str]:
    """Return one sentence for each of a scenario's settings whose type is not that of its value in the YAML."""
    wrong = []
    for name, default in defaults.items():
        value = settings.get(name)
        same = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
        if default is not None and not same:
            kind = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}.get(type(default))
            wrong.append(
                f"scenario.settings.{name} is {value!r}; allowed: {kind or 'a value'} like {default!r}; "
                f"the nearest valid choice is {default!r}."
            )
    return wrong


@functools.cache
def gpus() -> int:
    """Return how many GPUs nvidia-smi lists on this machine."""
    listed = shutil.which("nvidia-smi")
    told = subprocess.run([listed, "-L"], capture_output=True, text=True, encoding="utf-8").stdout if listed else ""
    return len(re.findall(r"^GPU \d+", told, re.M))


def _path(config, import_path):
    """The framework path: it must exist, fit the scenario, the runtime and the package."""
    scenario, framework, runtime = config["scenario"], config["framework"], config["runtime"]
    name, package = framework["name"], framework["package"]
    if (name == SCRIPT) is not (scenario["script"] is not None):
        fitting = "framework=script" if scenario["script"] is not None else "another path, as framework=keras"
        yield (
            f"framework.name is {name!r} with scenario={scenario['name']}; allowed: script for a script alone; the "
            f"nearest valid choice is {fitting}."
        )
        return
    if name == SCRIPT:
        yield from _given(framework["given"], config)
        return
    every = framework_paths(import_path)
    path = every.get(name) or framework_path(name, import_path)
    if path is None:
        yield f"framework.name is {name!r}; allowed: {', '.join(every)}{nearest(name, every)}."
        return
    offered = [candidate.name for candidate in every.values() if not candidate.impossible(scenario)]
    if path.impossible(scenario, package if package in path.packages else None):
        yield _cannot_take(f"scenario {scenario['name']}", name, offered)
    offered = [candidate.name for candidate in every.values() if not candidate.missing(runtime)]
    if path.missing(runtime):
        yield _cannot_take(f"runtime {runtime['name']}", name, offered)
    elif package in PACKAGES and package not in runtime["packages"]:
        offered = list(runtime["packages"])
        yield (
            f"runtime {runtime['name']} has no framework.package={package}; allowed: "
            f"{', '.join(offered)}{nearest(package, offered)}."
        )
    if package not in PACKAGES:
        yield _not_among("framework.package", package, PACKAGES)
    if package not in path.packages:
        allowed = ", ".join(path.packages)
        yield (
            f"framework.package is {package!r}; allowed on the path {name}: {allowed}; the nearest valid choice is "
            f"{path.packages[0]}."
        )
    for taken, is_asked in _asked_of_path(framework).items():
        if is_asked and taken not in path.takes:
            offered = [candidate.name for candidate in every.values() if taken in candidate.takes]
            setting = f"framework.{taken}" if taken in framework else f"framework.shuffle={taken}"
            yield (
                f"the path framework={name} does not take {setting}; allowed with it: {', '.join(offered)}"
                f"{nearest(name, offered)}."
            )
    as_given = framework["targets"] == "as_given"
    for feature in path.missing(runtime, as_given) if as_given and not path.missing(runtime) else ():
        yield _lacks(runtime, FEATURES[feature])


def _asked_of_path(framework):
    """What only some paths take → whether the configuration asks for it."""
    return {
        "class_weight": bool(framework["class_weight"]),
        "validation": framework["validation"] != "none",
        "callbacks": bool(framework["callbacks"]),
        "jit_compile": framework["jit_compile"] is not None,
        "input": framework["input"] != "arrays",
        "batch": framework["shuffle"] == "batch",
    }


def _cannot_take(owner, name, offered):
    return f"{owner} cannot take the path framework={name}; allowed: {', '.join(offered)}{nearest(name, offered)}."


def _scenario(config, import_path, packages):
    """The scenario: its variant, the packages that it requires, its module."""
    scenario, runtime = config["scenario"], config["runtime"]
    if config["variant"] not in scenario["variants"]:
        yield _not_among("variant", config["variant"], scenario["variants"])
    for package in sorted({*required(config)} - packages):
        yield f"scenario {scenario['name']} needs the package {package}, which runtime {runtime['name']} lacks."
    for adapter in runtime["adapters"]:
        if module_file(adapter, import_path) is None:
            yield (
                f"runtime.adapters has {adapter!r}, and no such module is on the import path; allowed: module.Class, "
                "the module beside a --config-dir, installed, or on PYTHONPATH; the nearest valid choice is none."
            )
    if scenario["script"] is not None:
        yield from _script(scenario)
    elif module_file(scenario["_target_"], import_path) is None:
        yield (
            f"scenario._target_ is {scenario['_target_']!r}, and no such module is on the import path; allowed: "
            "package.module.Class, the module beside a --config-dir, installed, or on PYTHONPATH."
        )


def _script(scenario):
    """The file of a script, and what goes with it."""
    yield from _no_file("scenario.script", scenario["script"])
    if scenario["env"] is not None and not isinstance(scenario["env"], dict):
        env = scenario["env"]
        yield f"scenario.env is {env!r}; allowed: {{NAME: VALUE}}, or null; the nearest valid choice is null."
    if scenario["seeds"] not in SEEDED:
        yield _not_among("scenario.seeds", scenario["seeds"], SEEDED)
    if scenario["workdir"] not in WORKDIRS:
        yield _not_among("scenario.workdir", scenario["workdir"], WORKDIRS)
    which = scenario["which"]
    if which not in ("first", "last") and not (isinstance(which, int) and which >= 1):
        yield (
            f"scenario.which is {which!r}; allowed: first, last, or a number from 1; the nearest valid choice is last."
        )


def _no_file(key, file):
    path = Path(file)
    if not path.is_file():
        beside = sorted(file.name for file in path.parent.glob("*.py")) if path.parent.is_dir() else []
        allowed = f"a file; in that folder: {', '.join(beside)}" if beside else "a file"
        yield f"{key} is {file!r}, and there is no such file; allowed: {allowed}{nearest(path.name, beside)}."


def _given(given, config):
    """What is taken from other scripts."""
    allowed = [*GIVEN_BY_SCRIPT, "dtype", "row_shape"]
    for name in given:
        if name not in allowed:
            yield f"framework.given.{name} is not known; allowed: {', '.join(allowed)}{nearest(name, allowed)}."
    try:
        for name, file in others(config).items():
            yield from _no_file(name, file)
    except TypeError as error:
        value = given[error.args[0].rpartition(".")[2]]
        yield (
            f"{error.args[0]} is {value!r}; allowed: the file of a script, {{script: FILE, args: [...], env: "
            "{NAME: VALUE}}, or null; the nearest valid choice is null."
        )
    for name, dtype in given.get("dtype", {}).items():
        if dtype is not None and not re.fullmatch(r"(float|u?int)(8|16|32|64)|bool|complex(64|128)", str(dtype)):
            yield (
                f"framework.given.dtype.{name} is {dtype!r}; allowed: a type of NumPy, as float32 or int64; the "
                "nearest valid choice is float32."
            )
    for name, shape in given.get("row_shape", {}).items():
        if shape is not None and not (isinstance(shape, list) and all(isinstance(n, int) and n > 0 for n in shape)):
            yield (
                f"framework.given.row_shape.{name} is {shape!r}; allowed: the shape of one row as a list, as [] or "
                "[28, 28]; the nearest valid choice is null."
            )


def _chunk(config, import_path):
    """How many seeds are trained at once, where a path trains several."""
    chunk, name = config["ensemble"]["chunk"], config["framework"]["name"]
    path = framework_path(name, import_path)
    if chunk is not None and path and not path.several_seeds:
        yield (
            f"ensemble.chunk is {chunk} with framework={name}, which trains every seed by itself; allowed: null; the "
            "nearest valid choice is framework=ensemble, or to leave it out."
        )


def _features(config):
    """Settings that a runtime must have a feature for."""
    framework, runtime = config["framework"], config["runtime"]
    asked = {
        "eager": framework["execution"] == "eager",
        "steps_per_execution": framework["steps_per_execution"] > 1,
        "reference_variables": framework["variables"] == "reference"
        or (framework["variables"] == "resource" and runtime["backend"] != "tensorflow"),
        "tf_train": (config["optimizer"]["name"] or "").startswith("tf_train_"),
    }
    for feature, is_asked in asked.items():
        if is_asked and feature not in runtime["features"]:
            yield _lacks(runtime, FEATURES[feature])


def _over(runtime, packages):
    """The releases that are laid over a runtime."""
    for package, release in over(runtime).items():
        if package not in packages:
            yield (
                f"runtime.over names {package!r}, which runtime {runtime['name']} has not got; allowed: a package of "
                f"{runtime['lock']}{nearest(package, packages)}."
            )
        elif not VERSION.fullmatch(release):
            yield (
                f"runtime.over gives {package} the release {release!r}; allowed: a version, as "
                f"\"runtime.over=['{package}==3.4.1']\"; the nearest valid choice is to leave it out."
            )


def _lacks(runtime, setting):
    offered = ", ".join(FEATURES[feature] for feature in runtime["features"] if feature in FEATURES)
    return f"runtime {runtime['name']} cannot do {setting}; it offers: {offered or 'none of the kind'}."


def _choices(config):
    """Settings that take one of a few words."""
    framework = config["framework"]
    own = [LEFT] if framework["name"] == SCRIPT else []
    for key, value, allowed in (
        ("runtime.backend", config["runtime"]["backend"], BACKENDS),
        ("framework.variables", framework["variables"], VARIABLES),
        ("framework.shuffle", framework["shuffle"], SHUFFLES),
        ("framework.targets", framework["targets"], TARGETS),
        ("framework.execution", framework["execution"], [*EXECUTIONS, *own]),
        ("seed.kind", config["seed"]["kind"], SEED_KINDS),
        ("framework.input", framework["input"], INPUTS),
        ("framework.sample_weight", framework["sample_weight"], GIVEN),
        ("framework.validation", framework["validation"], GIVEN),
        ("framework.dtype", framework["dtype"] or DTYPES[0], DTYPES),
        ("scenario.better", config["scenario"]["better"], BETTER),
        ("device.kind", config["device"]["kind"], ["cpu", "gpu"]),
        ("sweep.stop", config["sweep"]["stop"], STOPS),
        ("sweep.stored", config["sweep"]["stored"], STORED),
        ("sweep.expect", config["sweep"]["expect"] or EXPECTATIONS[0], EXPECTATIONS),
    ):
        if value not in allowed:
            yield _not_among(key, value, allowed)


def _not_among(key, value, allowed):
    return f"{key} is {value!r}; allowed: {', '.join(allowed)}{nearest(value, allowed)}."


def _numbers(config):
    """Settings that take a number from some least one on."""
    scenario, framework, job, sweep = (config[group] for group in ("scenario", "framework", "job", "sweep"))
    for key, value, least, unit in (
        ("scenario.epochs", scenario["epochs"], 1, "epoch"),
        ("scenario.batch_size", scenario["batch_size"], 1, "row"),
        ("framework.shuffle_buffer", framework["shuffle_buffer"], 1, "row"),
        ("framework.steps_per_execution", framework["steps_per_execution"], 1, "step"),
        ("device.threads", config["device"]["threads"], 1, "thread"),
        ("sweep.max_seeds", sweep["max_seeds"], 1, "seed"),
        ("sweep.margin", sweep["margin"], 0, "in units of the metric"),
        ("job.steps", job["steps"], 0, "steps"),
        ("job.retries", job["retries"], 0, "times"),
        ("seed.ulp_copy", config["seed"]["ulp_copy"], 0, "copies"),
        ("job.weights_every", job["weights_every"], 1, "epoch"),
        ("ensemble.chunk", config["ensemble"]["chunk"], 1, "seed"),
    ):
        if value is not None and not (math.isfinite(value) and value >= least):
            yield f"{key} is {value}; allowed: {least} {unit} or more; the nearest valid choice is {least}."
    rate = config["optimizer"]["learning_rate"]
    if not (rate is None or _is_number(rate) or (isinstance(rate, dict) and "class_name" in rate)):
        yield (
            f"optimizer.learning_rate is {rate!r}; allowed: a number above 0, null, or a schedule as "
            "{class_name: ExponentialDecay, config: {...}}; the nearest valid choice is null."
        )
    for key, value, what in (
        ("job.timeout", job["timeout"], "seconds"),
        ("optimizer.learning_rate", rate if _is_number(rate) else None, "a rate"),
    ):
        if value is not None and not (math.isfinite(value) and value > 0):
            yield f"{key} is {value}; allowed: {what} above 0, or null; the nearest valid choice is null."


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _seed(seed):
    """The number, and what is moved by one unit in the last place."""
    if not 0 <= seed["value"] <= LARGEST_SEED:
        edge = min(max(seed["value"], 0), LARGEST_SEED)
        yield f"seed.value is {seed['value']}; allowed: 0 to {LARGEST_SEED}; the nearest valid choice is {edge}."
    if seed["ulp_copy"] and seed["kind"] != "shared" and not seed["start"]:
        yield (
            f"seed.ulp_copy is {seed['ulp_copy']} with seed.kind={seed['kind']}; allowed: 0, since only shared draws "
            "initial weights that can be moved, where no seed.start has them; the nearest valid choice is seed=shared."
        )
    if seed["inactive"] and seed["kind"] != "shared":
        yield (
            f"seed.inactive is {seed['inactive']!r} with seed.kind={seed['kind']}; allowed: [], since only shared "
            "keeps layers from drawing whose draws it cannot hold; the nearest valid choice is seed=shared."
        )


def _device(config):
    """What this machine, or the runtime, cannot do; and a lock that belongs to another interpreter."""
    device, runtime = config["device"], config["runtime"]
    if wrong := instructions.problem(device["instructions"], runtime):
        yield wrong
    if device["threads"] is not None and runtime["backend"] == "jax":
        yield (
            f"device.threads is {device['threads']}, which JAX takes from nobody; allowed on runtime "
            f"{runtime['name']}: null; the nearest valid choice is null."
        )
    if runtime["python"] is None and runtime["lock"] != OWN_LOCK:
        yield (
            f"runtime.lock is {runtime['lock']!r}, and with runtime.python=null the packages are those of this "
            f"command; allowed: {OWN_LOCK}, or a runtime.python of its own; the nearest valid choice is {OWN_LOCK}."
        )
    if device["kind"] == "gpu" and not gpus():
        yield "device is 'gpu', and this machine shows no GPU; allowed here: cpu; use device=cpu."
