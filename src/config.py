"""The configuration: its types, and the checks that need more than one field.

Hydra composes ``conf/`` into these dataclasses; OmegaConf refuses a value of the wrong type. What only shows
when two fields are seen together, or needs a look at the machine, is checked by :func:`problems`, all of it
before anything starts.
"""

import functools
import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from src.mistakes import nearest
from src.runtimes import instructions
from src.sources import module_file, sources

PROJECT = Path(__file__).resolve().parents[1]

SHUFFLES = ["none", "each_epoch", "buffer"]
TARGETS = ["left_to_fit", "as_given", "expanded"]
EXECUTIONS = ["compiled", "eager"]
SEED_KINDS = ["global", "per_op", "shared", "none"]
OPTIMIZERS = ["sgd", "adam", "rmsprop", "adadelta", "adagrad", "tf_train_rmsprop", "tf_train_adadelta"]
PACKAGES = ["keras", "tf_keras"]
OWN_PACKAGE = {"keras": "keras", "tf_keras": "tf_keras", "estimator": "tf_keras"}  # paths that leave no choice
VARIABLES = ["left_to_package", "resource", "reference"]
BACKENDS = ["tensorflow", "jax", "torch"]
ROLES = ["outcome", "repeat", "replay", "floor", "trial"]
EVIDENCE = ["repeat", "replay"]
STOPS = ["all_run", "decided"]
DEFAULTS = ("optimizer", "learning_rate", "optimizer_settings", "shuffle")  # a scenario's, which other groups take up
OWN_LOCK = "requirements.lock"  # of the environment that the command itself runs in
NO_FACTORS = ("tracking", "job", "sweep")  # groups that decide nothing about a run's result
FEATURES = {
    "eager": "framework.execution=eager",
    "steps_per_execution": "framework.steps_per_execution above 1",
    "datasets": "framework.targets=as_given under fit",
    "reference_variables": "a framework.variables of TensorFlow 1",
    "tf_train": "an optimizer of tf.train",
}


@dataclass
class Scenario:
    """A small training problem with a known answer; ``settings`` go to the constructor of ``_target_``."""

    _target_: str = MISSING
    name: str = MISSING
    variants: list[str] = field(default_factory=lambda: ["plain"])
    frameworks: list[str] = MISSING
    epochs: int = MISSING
    batch_size: int = MISSING  # rows
    optimizer: str = MISSING
    learning_rate: float | None = None
    optimizer_settings: dict[str, Any] = field(default_factory=dict)  # further arguments of its class
    shuffle: str | None = None  # None: as the framework path does by itself
    requires: list[str] = field(default_factory=list)  # packages beyond the framework itself
    metric: str = MISSING
    converged_below: float = MISSING
    invariant_tolerance: float = 1e-5
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Framework:
    """How the model is trained."""

    name: str = MISSING
    package: str = MISSING
    shuffle: str = MISSING
    shuffle_buffer: int | None = None  # rows; None: all of them
    targets: str = MISSING
    execution: str = MISSING
    variables: str = "left_to_package"  # TensorFlow 1 has two kinds
    steps_per_execution: int = 1


@dataclass
class Runtime:
    """The interpreter and packages that a job runs in."""

    name: str = MISSING
    python: str | None = None  # a version such as 3.7; None: the interpreter of this command
    lock: str = MISSING  # hash-locked requirements, a file's path, relative to the project
    backend: str = MISSING  # what Keras computes with: tensorflow, jax or torch
    packages: dict[str, str] = MISSING  # framework.package → the module that it is here
    frameworks: list[str] = MISSING
    features: list[str] = field(default_factory=list)  # of FEATURES
    limits: list[str] = field(default_factory=list)  # libraries of src/runtimes/instructions.py that it holds


@dataclass
class Seed:
    """How randomness is held, and at which number."""

    kind: str = MISSING
    value: int = 0
    ulp_copy: int = 0  # under shared: which copy with initial weights moved by one unit in the last place; 0: none


@dataclass
class Optimizer:
    """``settings`` are further arguments of the optimizer's class."""

    name: str = MISSING
    learning_rate: float | None = None  # None: the framework's default
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Device:
    kind: str = MISSING
    threads: int | None = None
    instructions: str | None = None  # of src/runtimes/instructions.py; None: what the processor offers


@dataclass
class Tracking:
    uri: str = MISSING
    artifacts: str | None = None  # None: where the server puts them
    experiment: str = MISSING


@dataclass
class Job:
    timeout: float | None = None  # seconds
    weights_every: int | None = None  # epochs
    steps: int = 0  # of the first so many steps, keep weights and loss
    role: str = "outcome"  # within a sweep: one of ROLES
    side: str | None = None  # within a sweep: the swept factors' values
    parent: str | None = None  # within a sweep: its run in MLflow


@dataclass
class Sweep:
    """What a multirun asks of its runs; nothing of it reaches a run."""

    margin: float | None = None  # in the metric's units; None: one seed-to-seed deviation of the baseline
    evidence: list[str] = field(default_factory=lambda: ["repeat", "replay"])  # beyond the outcomes
    stop: str = "all_run"  # or decided: round by round, until every comparison has a verdict
    max_seeds: int = 50
    resume: str | None = None  # a sweep's run in MLflow
    dry_run: bool = False


@dataclass
class Config:
    """Everything that can differ between two runs."""

    scenario: Scenario = field(default_factory=Scenario)
    variant: str = MISSING
    framework: Framework = field(default_factory=Framework)
    runtime: Runtime = field(default_factory=Runtime)
    seed: Seed = field(default_factory=Seed)
    optimizer: Optimizer = field(default_factory=Optimizer)
    device: Device = field(default_factory=Device)
    tracking: Tracking = field(default_factory=Tracking)
    job: Job = field(default_factory=Job)
    sweep: Sweep = field(default_factory=Sweep)


def register():
    """Make the types and the resolvers that ``conf/`` uses known to Hydra."""
    ConfigStore.instance().store(name="schema", node=Config)
    OmegaConf.register_new_resolver("project", lambda: str(PROJECT), replace=True)
    OmegaConf.register_new_resolver("either", lambda a, b: b if a is None else a, replace=True)
    OmegaConf.register_new_resolver("pick", lambda key, table: table[key], replace=True)


def resolved(config: DictConfig) -> dict:
    """The configuration as plain dictionaries, lists and scalars, interpolations carried out."""
    return OmegaConf.to_container(config, resolve=True, throw_on_missing=True)


def groups() -> dict[str, list[str]]:
    """Group → its options, of this project."""
    folders = [folder for folder in (PROJECT / "conf").iterdir() if folder.is_dir()]
    return {folder.name: sorted(file.stem for file in folder.glob("*.yaml")) for folder in folders}


def quoted(text: str) -> str:
    """A text as Hydra's grammar reads it back: between quotes, where only what stands before a quote is escaped."""
    return "'" + re.sub(r"(\\*)('|$)", lambda end: end[1] * 2 + ("\\'" if end[2] else ""), text) + "'"


def leaves(config: dict, prefix: str = "") -> dict:
    """Dotted name → value for every leaf; a list is one leaf."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, dict) and value:
            flat.update(leaves(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def fingerprint(config: dict, import_path: list[str]) -> str:
    """SHA-256 of all that decides a run's result: two runs with the same one trained the same job.

    To that belong the sources of the scenario, looked for in import_path as well, with what it imports from its own
    folder, those of the worker plane, and the runtime's lock. Where a run is recorded and how long it may take are
    left out, and so is what a scenario only proposes.
    """
    factors = {key: value for key, value in config.items() if key not in NO_FACTORS}
    factors["scenario"] = {key: value for key, value in config["scenario"].items() if key not in DEFAULTS}
    files = [PROJECT / config["runtime"]["lock"], *sources(config["scenario"]["_target_"], [*import_path, *sys.path])]
    content = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()] + [_worker_plane()]
    return hashlib.sha256(json.dumps([factors, content], sort_keys=True).encode()).hexdigest()


@functools.cache
def _worker_plane():
    folders = [PROJECT / "src" / name for name in ("frameworks", "worker")]
    files = [PROJECT / "src" / "scenarios" / "__init__.py"]
    files += [file for one in folders for file in sorted(one.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def problems(config: dict, import_path: list[str], packages: set[str]) -> list[str]:
    """One sentence for everything that is wrong with a resolved configuration; empty if it can run.

    import_path: folders in which a scenario's module is looked for. packages: names in the runtime's lock.
    """
    scenario, framework, runtime = config["scenario"], config["framework"], config["runtime"]
    found = []

    def one_of(key, value, allowed):
        if value not in allowed:
            found.append(f"{key} is {value!r}; allowed: {', '.join(allowed)}{nearest(value, allowed)}.")

    def at_least(key, value, least, unit):
        if value is not None and not (math.isfinite(value) and value >= least):
            found.append(f"{key} is {value}; allowed: {least} {unit} or more; the nearest valid choice is {least}.")

    def above_zero(key, value, what):
        if value is not None and not (math.isfinite(value) and value > 0):
            found.append(f"{key} is {value}; allowed: {what} above 0, or null; the nearest valid choice is null.")

    one_of("variant", config["variant"], scenario["variants"])
    for owner, offered in (
        (f"scenario {scenario['name']}", scenario),
        (f"runtime {runtime['name']}", runtime),
    ):
        if framework["name"] not in offered["frameworks"]:
            found.append(
                f"{owner} cannot take the path framework={framework['name']}; allowed: "
                f"{', '.join(offered['frameworks'])}{nearest(framework['name'], offered['frameworks'])}."
            )
    one_of("runtime.backend", runtime["backend"], BACKENDS)
    one_of("framework.package", framework["package"], PACKAGES)
    path_offered = framework["name"] in runtime["frameworks"]
    if path_offered and framework["package"] in PACKAGES and framework["package"] not in runtime["packages"]:
        offered = list(runtime["packages"])
        found.append(
            f"runtime {runtime['name']} has no framework.package={framework['package']}; allowed: "
            f"{', '.join(offered)}{nearest(framework['package'], offered)}."
        )
    own = OWN_PACKAGE.get(framework["name"], framework["package"])
    if framework["package"] != own:
        found.append(
            f"framework.package is {framework['package']!r}; allowed on the path {framework['name']}: {own}; "
            f"the nearest valid choice is {own}."
        )
    for package in sorted(set(scenario["requires"]) - packages):
        found.append(f"scenario {scenario['name']} needs the package {package}, which runtime {runtime['name']} lacks.")
    asks = {
        "eager": framework["execution"] == "eager",
        "steps_per_execution": framework["steps_per_execution"] > 1,
        "datasets": framework["targets"] == "as_given" and framework["name"] in ("keras", "tf_keras", "train_step"),
        "reference_variables": framework["variables"] == "reference"
        or (framework["variables"] == "resource" and runtime["backend"] != "tensorflow"),
        "tf_train": config["optimizer"]["name"].startswith("tf_train_"),
    }
    for feature, setting in FEATURES.items():
        if asks[feature] and feature not in runtime["features"]:
            found.append(f"runtime {runtime['name']} cannot do {setting}; it offers: {_offers(runtime)}.")
    one_of("framework.variables", framework["variables"], VARIABLES)
    one_of("framework.shuffle", framework["shuffle"], SHUFFLES)
    one_of("framework.targets", framework["targets"], TARGETS)
    one_of("framework.execution", framework["execution"], EXECUTIONS)
    one_of("seed.kind", config["seed"]["kind"], SEED_KINDS)
    one_of("optimizer.name", config["optimizer"]["name"], OPTIMIZERS)
    one_of("device.kind", config["device"]["kind"], ["cpu", "gpu"])
    at_least("scenario.epochs", scenario["epochs"], 1, "epoch")
    at_least("scenario.batch_size", scenario["batch_size"], 1, "row")
    at_least("framework.shuffle_buffer", framework["shuffle_buffer"], 1, "row")
    at_least("framework.steps_per_execution", framework["steps_per_execution"], 1, "step")
    at_least("device.threads", config["device"]["threads"], 1, "thread")
    one_of("job.role", config["job"]["role"], ROLES)
    one_of("sweep.stop", config["sweep"]["stop"], STOPS)
    for asked in config["sweep"]["evidence"]:
        one_of("sweep.evidence", asked, EVIDENCE)
    at_least("sweep.max_seeds", config["sweep"]["max_seeds"], 1, "seed")
    at_least("sweep.margin", config["sweep"]["margin"], 0, "in units of the metric")
    at_least("job.steps", config["job"]["steps"], 0, "steps")
    at_least("seed.ulp_copy", config["seed"]["ulp_copy"], 0, "copies")
    at_least("job.weights_every", config["job"]["weights_every"], 1, "epoch")
    above_zero("job.timeout", config["job"]["timeout"], "seconds")
    above_zero("optimizer.learning_rate", config["optimizer"]["learning_rate"], "a rate")
    seed = config["seed"]["value"]
    if not 0 <= seed < 2**32:
        edge = min(max(seed, 0), 2**32 - 1)
        found.append(f"seed.value is {seed}; allowed: 0 to {2**32 - 1}; the nearest valid choice is {edge}.")
    if config["seed"]["ulp_copy"] and config["seed"]["kind"] != "shared":
        found.append(
            f"seed.ulp_copy is {config['seed']['ulp_copy']} with seed.kind={config['seed']['kind']}; allowed: 0, since "
            "only shared draws initial weights that can be moved; the nearest valid choice is seed=shared."
        )
    if wrong := instructions.problem(config["device"]["instructions"], runtime):
        found.append(wrong)
    if config["device"]["threads"] is not None and runtime["backend"] == "jax":
        found.append(
            f"device.threads is {config['device']['threads']}, which JAX takes from nobody; allowed on runtime "
            f"{runtime['name']}: null; the nearest valid choice is null."
        )
    if runtime["python"] is None and runtime["lock"] != OWN_LOCK:
        found.append(
            f"runtime.lock is {runtime['lock']!r}, and with runtime.python=null the packages are those of this "
            f"command; allowed: {OWN_LOCK}, or a runtime.python of its own; the nearest valid choice is {OWN_LOCK}."
        )
    for name, value in leaves(config).items():
        if isinstance(value, float) and math.isnan(value) and not any(one.startswith(f"{name} is ") for one in found):
            found.append(f"{name} is nan; allowed: a number; the nearest valid choice is to leave it out.")
    if config["device"]["kind"] == "gpu" and not gpus():
        found.append("device is 'gpu', and this machine shows no GPU; allowed here: cpu; use device=cpu.")
    if module_file(scenario["_target_"], import_path) is None:
        found.append(
            f"scenario._target_ is {scenario['_target_']!r}, and no such module is on the import path; allowed: "
            "package.module.Class, the module beside a --config-dir, installed, or on PYTHONPATH."
        )
    return found


def wrong_types(settings: dict, defaults: dict) -> list[str]:
    """One sentence for each of a scenario's settings whose type is not that of its value in the scenario's YAML."""
    found = []
    for name, default in defaults.items():
        value = settings.get(name)
        same = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
        if default is not None and not same:
            kind = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}.get(type(default))
            found.append(
                f"scenario.settings.{name} is {value!r}; allowed: {kind or 'a value'} like {default!r}; "
                f"the nearest valid choice is {default!r}."
            )
    return found


def _offers(runtime) -> str:
    return ", ".join(FEATURES[feature] for feature in runtime["features"] if feature in FEATURES) or "none of the kind"


def gpus() -> int:
    """How many GPUs nvidia-smi lists on this machine."""
    listed = shutil.which("nvidia-smi")
    told = subprocess.run([listed, "-L"], capture_output=True, text=True).stdout if listed else ""
    return len(re.findall(r"^GPU \d+", told, re.M))
