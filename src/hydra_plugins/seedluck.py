"""Hydra's doors into seedluck.sweeps; Hydra takes plugins from the package hydra_plugins alone.

Hydra imports this at the start of every command, so what is behind the doors is imported late.
"""

import shlex
import sys

from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper


class SeedSweeper(Sweeper):
    """Plans a sweep, hands its jobs to whichever launcher was chosen, and judges what came of them."""

    def __init__(self, params=None):
        self.params = params or {}

    def setup(self, *, hydra_context, task_function, config):
        from hydra.core.plugins import Plugins

        self.hydra_context, self.config = hydra_context, config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments):
        from seedluck.sweeps.runner import sweep

        words = [f"{name}={value}" for name, value in self.params.items()] + list(arguments)
        backend = getattr(self.launcher, "backend", None)
        return sweep(words, self.config, self.hydra_context.config_loader, _command(), backend, self.launcher)


def _command():
    """The command as it was typed, without what belongs to this one call, and without passwords."""
    from seedluck.basics.passwords import hidden

    words = [word for word in sys.argv[1:] if not word.lstrip("+").startswith(("sweep.resume=", "sweep.dry_run="))]
    return "python -m src.run " + shlex.join(hidden(word) for word in words)


class BackendLauncher(Launcher):
    """Trains jobs on a backend backend.py. backend: its ``module.Class``. options: its arguments."""

    def __init__(self, backend, **options):
        self._target, self._options = backend, options

    def setup(self, *, hydra_context, task_function, config):
        from seedluck.config.composition import folders_of
        from seedluck.sweeps.launcher import backend_of

        sys.path.extend(
            folder for folder in folders_of(config.hydra) if folder not in sys.path
        )  # a module of one's own
        self.backend = backend_of(self._target, **self._options)
        self.hydra_context, self.config = hydra_context, config

    def launch(self, job_overrides, initial_job_idx):
        from seedluck.sweeps.launcher import launch

        return launch(job_overrides, initial_job_idx, self.config, self.hydra_context.config_loader, self.backend)
