"""The types of the configuration, into which Hydra composes ``conf/``; OmegaConf refuses a value of the wrong type."""

import functools
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from seedluck.basics.project import PROJECT
from seedluck.config.direction import better

SHUFFLES = ["none", "each_epoch", "buffer", "batch"]
TARGETS = ["left_to_fit", "as_given", "expanded"]
EXECUTIONS = ["compiled", "eager"]
SEED_KINDS = ["global", "per_op", "shared", "none"]
INPUTS = ["arrays", "dataset", "generator"]
GIVEN = ["as_given", "none"]
DTYPES = ["float32", "float64", "mixed_bfloat16", "mixed_float16"]
PACKAGES = ["keras", "tf_keras"]
SCRIPT = "script"  # the framework path whose training is somebody's own
LEFT = "left_to_script"
GIVEN_BY_SCRIPT = ["batches", "rows", "x", "y", "sample_weight", "validation_data", "evaluate"]  # data
GIVEN_BY_SCRIPT += ["loss", "callbacks", "initial_weights"]
SEEDED = ["framework", "all"]
WORKDIRS = ["own", "here"]
VARIABLES = ["left_to_package", "resource", "reference"]
BACKENDS = ["tensorflow", "jax", "torch"]
BETTER = ["lower", "higher"]
STOPS = ["all_run", "decided"]
EXPECTATIONS = ["same", "different"]
STORED = ["none", "baseline"]
DEFAULTS = ("optimizer", "learning_rate", "optimizer_settings", "shuffle")  # a scenario's, which other groups take up
NO_FACTORS = ("tracking", "job", "ensemble", "sweep")  # groups that decide nothing about a run's result


@dataclass
class Scenario:
    """A small training problem with a known answer; ``settings`` go to the constructor of ``_target_``."""

    _target_: str = MISSING
    name: str = MISSING
    variants: list[str] = field(default_factory=lambda: ["plain"])
    cannot: list[str] = field(default_factory=list)  # what a path may ask of it or bring; see config/paths.py
    epochs: int | None = MISSING  # None: a script's own affair, and so are the next two
    batch_size: int | None = MISSING  # rows
    optimizer: str | None = MISSING
    learning_rate: Any = None  # a number, a schedule, or None
    optimizer_settings: dict[str, Any] = field(default_factory=dict)  # further arguments of its class
    loss: Any = None  # by its Keras name; None: the scenario's own
    metrics: Any = None  # a list of such names; None: the scenario's own
    shuffle: str | None = None  # None: as the framework path does by itself
    requires: list[str] = field(default_factory=list)  # packages beyond the framework; TensorFlow's, with it alone
    metric: str = MISSING
    better: str = "lower"  # or higher: which outcome is the better one
    converged_below: float | None = None  # with both None, every finite outcome counts as converged
    converged_above: float | None = None
    invariant_tolerance: float = 1e-5
    settings: dict[str, Any] = field(default_factory=dict)
    script: str | None = None  # a file; with it, what follows
    args: list[Any] = field(default_factory=list)
    env: Any = None  # name → value
    which: Any = "last"  # or first, or a number from 1: of several trainings the one that counts
    workdir: str = "own"  # or here: whether what a run writes in the script's folder is kept aside
    seeds: str = "framework"  # or all: what the run's seed takes the place of


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
    input: str = "arrays"  # what fit is fed
    class_weight: Any = None  # class → its weight
    sample_weight: str = "as_given"  # or none: the scenario's weights of rows are left out
    validation: str = "none"  # or as_given: fit gets the scenario's validation rows
    callbacks: list[Any] = field(default_factory=list)
    jit_compile: bool | None = None  # None: the package's default
    dtype: str | None = None  # None: the package's default, float32
    fit: dict[str, Any] = field(default_factory=dict)  # of a script: arguments in the place of its own
    compile: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)  # of a script: what is another script's, of GIVEN_BY_SCRIPT


@dataclass
class Runtime:
    """The interpreter and packages that a job runs in."""

    name: str = MISSING
    python: str | None = None  # a version such as 3.7; None: the interpreter of this command
    lock: str = MISSING  # hash-locked requirements, a file's path, relative to the project
    backend: str = MISSING  # what Keras computes with: tensorflow, jax or torch
    packages: dict[str, str] = MISSING  # framework.package → the module that it is here
    features: list[str] = field(default_factory=list)  # of FEATURES, for paths and settings that need them
    limits: list[str] = field(default_factory=list)  # libraries of config/instructions.py that it holds
    adapters: list[str] = field(default_factory=list)  # of frameworks of one's own, as module.Class
    over: list[str] = field(default_factory=list)  # releases laid over those of the lock, as keras==3.4.1


@dataclass
class Seed:
    """How randomness is held, and at which number."""

    kind: str = MISSING
    value: int = 0
    # Under shared, or from a start: which copy, its initial weights moved by one unit in the last place; 0: none.
    ulp_copy: int = 0
    start: str | None = None  # a run in MLflow whose initial weights are taken over
    inactive: list[str] = field(default_factory=list)  # under shared: layers that are called as after training


@dataclass
class Optimizer:
    """``settings`` are further arguments of the optimizer's class."""

    name: str | None = MISSING  # None: a script's own
    learning_rate: Any = None  # a number or a schedule; None: the framework's default
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Device:
    """Where the training computes, and with what of the processor."""

    kind: str = MISSING
    threads: int | None = None
    instructions: str | None = None  # of config/instructions.py; None: what the processor offers


@dataclass
class Tracking:
    """Where runs are kept."""

    uri: str = MISSING
    artifacts: str | None = None  # None: where the server puts them
    experiment: str = MISSING


@dataclass
class Job:
    """How one training is made and watched."""

    timeout: float | None = None  # seconds
    weights_every: int | None = None  # epochs
    steps: int = 0  # of the first so many steps, keep weights and loss
    retries: int = 2  # on a cluster: how often a job is tried again whose node was lost


@dataclass
class Ensemble:
    """How framework=ensemble goes through its seeds, whose results are the same within rounding."""

    chunk: int | None = None  # seeds at once; None: as many as stay near a core and fit into memory


@dataclass
class Sweep:
    """What a multirun asks of its runs; nothing of it reaches a run."""

    margin: float | None = None  # in the metric's units; None: a robust seed-to-seed deviation of both sides
    expect: str | None = None  # same or different; None: by what is swept, sweeps/plan.py
    evidence: list[str] = field(default_factory=lambda: ["repeat", "replay", "reference"])  # beyond the outcomes
    stop: str = "all_run"  # or decided: round by round, until every comparison has a verdict
    max_seeds: int = 50
    resume: str | None = None  # a sweep's run in MLflow
    stored: str = "none"  # or baseline: runs of the same job that the store has count as the baseline's
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
    ensemble: Ensemble = field(default_factory=Ensemble)
    sweep: Sweep = field(default_factory=Sweep)


def register():
    """Make the types and the resolvers that ``conf/`` uses known to Hydra."""
    ConfigStore.instance().store(name="schema", node=Config)
    OmegaConf.register_new_resolver("project", lambda: str(PROJECT), replace=True)
    OmegaConf.register_new_resolver("either", lambda a, b: b if a is None else a, replace=True)
    OmegaConf.register_new_resolver("better", better, replace=True)
    OmegaConf.register_new_resolver("pick", lambda key, table: table[key], replace=True)


def resolved(config: DictConfig) -> dict:
    """Return the configuration as plain dictionaries, lists and scalars, interpolations carried out.

    Raises what OmegaConf raises of a value that is missing, or of the wrong type once an interpolation is carried out.
    """
    plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    types = _types()
    known = {key: value for key, value in plain.items() if key in types}
    OmegaConf.merge(types, OmegaConf.create(known, flags={"allow_objects": True}))
    return plain


@functools.cache  # a third of resolving; merging does not change it
def _types():
    return OmegaConf.structured(Config)


def groups() -> dict[str, list[str]]:
    """Group → its options, of this project."""
    folders = [folder for folder in (PROJECT / "conf").iterdir() if folder.is_dir()]
    return {folder.name: sorted(file.stem for file in folder.glob("*.yaml")) for folder in folders}


# Dictionaries that are one leaf whatever they hold.
ONE_VALUE = ("scenario.env", *(f"framework.given.{name}" for name in GIVEN_BY_SCRIPT))


def _is_value(mapping):
    """Whether a dictionary is one value: an object as Keras writes it, or what belongs to numbered classes."""
    return "class_name" in mapping or all(str(key).isdecimal() for key in mapping)


def leaves(config: dict, prefix: str = "") -> dict:
    """Dotted name → value for every leaf; a list is one leaf, and so is an object as Keras writes it."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, dict) and value and prefix + key not in ONE_VALUE and not _is_value(value):
            flat.update(leaves(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
