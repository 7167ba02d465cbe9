"""The question as a configuration: its types, its checks, how it is composed, and what makes two the same."""

from src.config.checks import gpus, problems, wrong_types
from src.config.identity import fingerprint
from src.config.project import PROJECT
from src.config.schema import DEFAULTS, LEFT, NO_FACTORS, groups, leaves, register, resolved
from src.shared.values import quoted

__all__ = [
    "DEFAULTS",
    "LEFT",
    "NO_FACTORS",
    "PROJECT",
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
