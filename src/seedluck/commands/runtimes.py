"""The command line: which runtimes there are.

    python -m src.runtimes                    list them
    python -m src.runtimes install            install all that this machine can, say what is missing for the rest
    python -m src.runtimes install NAME ...   install these; one whose framework cannot be imported is installed anew

Exit code 0: done; with ``install`` and no name also where some could not be. 1: a named one failed. 2: wrong usage.
"""

import sys

from omegaconf import OmegaConf

from seedluck import config as configuration
from seedluck.basics.errors import Mistake, nearest
from seedluck.basics.project import PROJECT
from seedluck.config.composer import composed
from seedluck.config.locks import locked
from seedluck.config.paths import framework_paths
from seedluck.runtimes import interpreters
from seedluck.runtimes.installation import Broken, ensure, installed, remove_if_broken

SHOWN = ("tensorflow", "tensorflow-cpu", "keras", "tf-keras", "tensorflow-probability", "jax", "torch", "numpy")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    configuration.register()
    runtimes = _all()
    if not arguments:
        _show(runtimes)
        return 0
    if arguments[0] != "install":
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[0] in ("-h", "--help") else 2
    for name in arguments[1:]:
        if name not in runtimes:
            print(f"runtime is {name!r}; allowed: {', '.join(runtimes)}{nearest(name, runtimes)}.", file=sys.stderr)
            return 2
    failed = 0
    for name in arguments[1:] or runtimes:
        try:
            if arguments[1:]:
                remove_if_broken(runtimes[name])
            ensure(runtimes[name])
        except (Mistake, Broken) as error:
            failed += 1
            print(f"{name}: {error.args[0]}", file=sys.stderr)
    return 1 if failed and arguments[1:] else 0


def _all():
    runtimes = {}
    for path in sorted((PROJECT / "conf" / "runtime").glob("*.yaml")):
        runtimes[path.stem] = OmegaConf.to_container(composed([f"runtime={path.stem}"]).runtime)
    return runtimes


def _show(runtimes):
    paths = framework_paths([]).values()
    rows = [("name", "Python", "installed", "size", "packages", "paths")]
    for name, runtime in runtimes.items():
        state = installed(runtime)
        if state is None:
            try:
                interpreters.python(runtime["python"])
                shown, size = "no", ""
            except Mistake:
                shown, size = f"no Python {runtime['python']}", ""
        else:
            shown, size = "yes", f"{state['bytes'] / 1e6:.0f} MB" if state["bytes"] else "this environment"
        versions = locked(runtime)
        packages = ", ".join(f"{package} {versions[package]}" for package in SHOWN if package in versions)
        python = runtime["python"] or ".".join(map(str, sys.version_info[:2]))
        rows.append(
            (name, python, shown, size, packages, ", ".join(path.name for path in paths if not path.missing(runtime)))
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
