"""The question as a configuration: its types, its checks, how it is composed, and what makes two the same."""

from seedluck.config.checks import gpus, problems, wrong_types
from seedluck.config.identity import fingerprint
from seedluck.config.schema import DEFAULTS, LEFT, NO_FACTORS, groups, leaves, register, resolved
from seedluck_worker.shared.values import quoted

__all__ = [
    "DEFAULTS",
    "LEFT",
    "NO_FACTORS",
    "fingerprint",
    "gpus",
    "groups",
    "leaves",
    "problems",
    "quoted",
    "register",
    "resolved",
    "wrong_types",
]
