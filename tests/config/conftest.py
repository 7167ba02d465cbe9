"""Hydra, as a sweep has it."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from seedluck.basics.project import PROJECT
from seedluck.config import register


@pytest.fixture
def hydra():
    """Hydra's configuration of a sweep, and its loader."""
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader.load_configuration("config", ["scenario=input_shape"], run_mode=RunMode.MULTIRUN), loader
