"""What makes two jobs the same job: one digest of all that decides a run's result."""

import functools
import hashlib
import json
import sys

from src.config.paths import path_module
from src.config.project import PROJECT
from src.config.schema import DEFAULTS, NO_FACTORS
from src.config.sources import sources


def fingerprint(config: dict, import_path: list[str]) -> str:
    """SHA-256 of all that decides a run's result: two runs with the same one trained the same job.

    To that belong the sources of the scenario and of the path, looked for in import_path as well, with what they import
    from their own folders, those of the worker plane, and the runtime's lock. Where a run is recorded and how long it
    may take are left out, and so is what a scenario only proposes.
    """
    factors = {key: value for key, value in config.items() if key not in NO_FACTORS}
    factors["scenario"] = {key: value for key, value in config["scenario"].items() if key not in DEFAULTS}
    modules = [config["scenario"]["_target_"], f"{path_module(config['framework']['name'])}.train"]
    files = [PROJECT / config["runtime"]["lock"]]
    files += [file for module in modules for file in sources(module, [*import_path, *sys.path])]
    content = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()] + [_worker_plane()]
    return hashlib.sha256(json.dumps([factors, content], sort_keys=True).encode()).hexdigest()


@functools.cache
def _worker_plane():
    folders = [PROJECT / "src" / name for name in ("frameworks", "instruments", "worker")]
    files = [PROJECT / "src" / "scenarios" / "__init__.py"]
    files += [file for one in folders for file in sorted(one.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
