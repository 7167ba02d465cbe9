"""Which files of a scenario's own decide what it trains, found by reading its source, without importing any of it."""

import ast
import os
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from seedluck.basics.project import SOURCES

INSTALLED = ("site-packages", "dist-packages")  # what lies there is a package's, and belongs to a lock


def module_file(target: str, import_path: list[str]) -> str | None:
    """Return the file of the module of ``package.module.Class``; None if there is no such module."""
    spec = _found(target.rpartition(".")[0], import_path)
    return spec and (spec.origin or spec.name)


def sources(target: str, import_path: list[str]) -> list[Path]:
    """Return the files of the module of ``package.module.Class`` and of all modules of its folder that it imports.

    The folder is that of the outermost package, or the one that a single module lies in. Imports are followed as they
    are written, at any depth of a file; a module whose name is made up while the program runs is not found.
    """
    first = _found(target.rpartition(".")[0], import_path)
    if first is None or not first.origin:
        return []
    top = _found(target.partition(".")[0], import_path)
    package = top.submodule_search_locations
    root = Path(next(iter(package)) if package else first.origin).resolve()
    root = root if package else root.parent
    if not package and root.name in INSTALLED:
        return [Path(first.origin)]
    return _followed(first, [root], import_path)


def sources_of_script(script: Path) -> list[Path]:
    """Return the script, by its path, and the files of all modules that it imports from its folder or PYTHONPATH."""
    folder = script.parent
    listed = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    places = [folder, *(Path(place).absolute() for place in listed if Path(place).absolute() != SOURCES)]
    first = ModuleSpec("__main__", None, origin=str(script))
    return _followed(first, places, [str(place) for place in places], [script])


def _followed(first, roots, import_path, always=()):
    """The files of a module and of all that it imports below the roots; those of always, whatever they are called."""
    seen, waiting = {}, [first]
    while waiting:
        spec = waiting.pop()
        path = Path(spec.origin).absolute()
        if spec.name in seen or (path not in always and not _belongs(path, roots)):
            continue
        seen[spec.name] = path
        for name in _imported(path, spec):
            # Of `from a.b import c`, c may be a module or a name in one; and its packages are imported too.
            parts = name.split(".")
            known = (_found(".".join(parts[: i + 1]), import_path) for i in range(len(parts)))
            waiting += [
                candidate
                for candidate in known
                if candidate is not None and candidate.origin and candidate.name not in seen
            ]
    return sorted(seen.values())


def _belongs(path, roots):
    """Whether a module lies below one of the folders, there or where a link leads, and none installed there."""
    below = [
        place.relative_to(root) for place in (path, path.resolve()) for root in roots if place.is_relative_to(root)
    ]
    return path.suffix == ".py" and any(not {*INSTALLED} & {*place.parts} for place in below)


def _imported(path, spec):
    """Full names of the modules that a file may import."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    package = spec.name if spec.submodule_search_locations is not None else spec.name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _found(name, import_path):
    """The specification of a module, or None; its name is the full one."""
    path, full, spec = import_path, "", None
    for part in filter(None, name.split(".")):
        full = f"{full}.{part}" if full else part
        try:
            spec = PathFinder.find_spec(full, path)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        path = spec.submodule_search_locations or []
    return spec
