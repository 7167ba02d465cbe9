"""What a framework path needs, and whether a runtime offers it and a scenario can do it.

A path says so itself, in constants at the head of its module, which are read without importing it, since it belongs to
the worker plane:

    PACKAGES         values of framework.package that it can train with; the first is its own
    NEEDS            what the runtime must offer: a backend, or one of its ``features``
    NEEDS_AS_GIVEN   the same, with framework.targets=as_given
    SEVERAL_SEEDS    whether it trains all seeds of a job at once, by ``train_seeds``
    TAKES            what it takes of class_weight, sample_weight, validation, callbacks, jit_compile and input of the
                     group framework, and ``batch`` of its shuffle
    ASKS             what the scenario must be able to do; a scenario lists what it cannot in ``cannot``
    SOURCE           the path as plain code, for src.reproduce: lines between ``m``, a model with its weights, and the
                     weights in the end. They use keras, X, Y, EPOCHS, BATCH and ORDERS, the rows of every epoch in
                     order; in braces stand ``optimizer``, ``loss``, ``loss_of`` (of targets and predictions),
                     ``eager``, ``fed`` and ``fed_as_arrays`` (what fit is given), ``y``, ``shuffle``, ``shuffled``
                     (of a data set), ``weights`` (of classes), ``added`` (to the loss), ``function`` (above a step),
                     and the rows of a batch, ``batch_x`` and ``batch_y``
    SOURCE_IN_GRAPHS the same in TensorFlow 1, where it is another

A constant may also be imported from another module of paths.
"""

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from omegaconf import OmegaConf

from seedluck.basics.project import PROJECT, SOURCES
from seedluck.config.schema import SCRIPT
from seedluck.config.sources import module_file

LISTS = ("PACKAGES", "NEEDS", "NEEDS_AS_GIVEN", "ASKS", "TAKES")
CONSTANTS = (*LISTS, "SEVERAL_SEEDS", "SOURCE", "SOURCE_IN_GRAPHS")


@dataclass(frozen=True)
class FrameworkPath:
    """A path as its module describes it. module: its full name. source, source_in_graphs: as code, or None."""

    name: str
    module: str
    packages: tuple[str, ...]
    needs: tuple[str, ...]
    needs_as_given: tuple[str, ...]
    asks: tuple[str, ...]
    takes: tuple[str, ...]
    several_seeds: bool = False
    source: str | None = None
    source_in_graphs: str | None = None

    def missing(self, runtime: dict, as_given: bool = False) -> list[str]:
        """Return what the path needs and the runtime does not offer, a package included."""
        offered = {runtime["backend"], *runtime["features"]}
        missing = [need for need in (*self.needs, *(self.needs_as_given if as_given else ())) if need not in offered]
        if not set(self.packages) & set(runtime["packages"]):
            missing.append(" or ".join(self.packages))
        return missing

    def impossible(self, scenario: dict, package: str | None = None) -> list[str]:
        """Return what the path asks of the scenario, or brings with it, and the scenario cannot do.

        package: the value of framework.package; None for the path's own.
        """
        if (self.name == SCRIPT) is not (scenario.get("script") is not None):
            return ["scripts"]
        return [asked for asked in (*self.asks, package or self.packages[0]) if asked in scenario["cannot"]]

    def fits(self, scenario: dict, runtime: dict) -> bool:
        """Return whether the path, with its own package, trains the scenario in the runtime."""
        return not (self.missing(runtime) or self.impossible(scenario))


def path_module(name: str) -> str:
    """Return the full name of a path's module: in ``seedluck_worker.paths``, or a module of somebody's own."""
    inside = f"seedluck_worker.paths.{name}"
    return inside if name.isidentifier() and (SOURCES / "seedluck_worker" / "paths" / f"{name}.py").is_file() else name


def framework_path(name: str, import_path: list[str]) -> FrameworkPath | None:
    """Return the path of this name; None if no module on the import path describes one."""
    module = path_module(name)
    file = module_file(f"{module}.train", [str(SOURCES), *import_path])
    told = _constants(Path(file)) if file and Path(file).is_file() else {}
    if "PACKAGES" not in told:
        return None
    lists = (tuple(told.get(constant, ())) for constant in LISTS)
    several, source = told.get("SEVERAL_SEEDS", False), told.get("SOURCE")
    return FrameworkPath(name, module, *lists, several, source, told.get("SOURCE_IN_GRAPHS", source))


def takes_several_seeds(config: dict, import_path: list[str]) -> bool:
    """Return whether the path of a resolved configuration trains all seeds of a job at once."""
    return framework_path(config["framework"]["name"], import_path).several_seeds


def framework_paths(import_path: list[str]) -> dict[str, FrameworkPath]:
    """Return name → path, for every path that the configuration has a file for."""
    folders = [PROJECT / "conf", *map(Path, import_path)]
    names = sorted({file.stem for folder in folders for file in (folder / "framework").glob("*.yaml")})
    known = {name: framework_path(name, import_path) for name in names}
    return {name: path for name, path in known.items() if path}


def with_runtime(arguments: list[str]) -> list[str]:
    """Return a command's arguments with the runtime that the path named in them needs, where only one offers that.

    They stay as they are where a runtime or an experiment is named, or no path, or several.
    """
    named = [word.partition("=")[2] for word in arguments if word.startswith("framework=")]
    if len(named) != 1 or any(word.lstrip("+").startswith(("runtime", "experiment=")) for word in arguments):
        return arguments
    path = framework_path(named[0], [])
    if path is None:
        return arguments
    runtimes = {file.stem: OmegaConf.load(file) for file in sorted((PROJECT / "conf" / "runtime").glob("*.yaml"))}
    fit = [name for name, runtime in runtimes.items() if not path.missing(runtime)]
    return [*arguments, f"runtime={fit[0]}"] if len(fit) == 1 else arguments


@functools.cache
def _constants(file):
    """Return the constants of this module's docstring that a file assigns, or imports from another path's."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return {}
    told = {}
    for node in tree.body:
        names = {alias.name for alias in node.names} & {*CONSTANTS} if isinstance(node, ast.ImportFrom) else ()
        if names and (found := module_file(f"{node.module}.train", [str(SOURCES)])):
            told.update({name: value for name, value in _constants(Path(found)).items() if name in names})
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and len(node.targets) == 1]
    named = [(getattr(node.targets[0], "id", None), node.value) for node in assigned]
    told.update({name: ast.literal_eval(value) for name, value in named if name in CONSTANTS})
    return told
