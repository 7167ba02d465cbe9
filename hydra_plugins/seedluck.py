"""Hydra's doors into src/sweeps; Hydra takes plugins from the package hydra_plugins alone.

Hydra imports this at the start of every command, so what is behind the doors is imported late.
"""

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
        from src.sweeps.runner import sweep

        words = [f"{name}={value}" for name, value in self.params.items()] + list(arguments)
        return sweep(words, self.config, self.hydra_context.config_loader, self.launcher)


class WarmLauncher(Launcher):
    """Runs several jobs at once, each a process forked from a warm parent of its runtime."""

    def __init__(self, n_jobs=None):
        self.n_jobs = n_jobs

    def setup(self, *, hydra_context, task_function, config):
        from src.sweeps.launcher import checked_n_jobs

        checked_n_jobs(self.n_jobs)
        self.hydra_context, self.config = hydra_context, config

    def launch(self, job_overrides, initial_job_idx):
        from src.sweeps.launcher import launch

        loader = self.hydra_context.config_loader
        return launch(job_overrides, initial_job_idx, self.config, loader, self.n_jobs)
