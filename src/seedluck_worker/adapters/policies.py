"""The type in which a package computes: float32, float64, or half precision with variables in float32."""

import sys

from seedluck_worker.shared.refusals import Mistake

MIXED = ("mixed_float16", "mixed_bfloat16")


def hold(keras, dtype):
    """Make a type the one that layers are built with; raises Mistake if the package has no such way to compute."""
    if dtype not in MIXED:
        keras.backend.set_floatx(dtype)
    if dtype == "float64" and "jax" in sys.modules:  # which makes float32 of it otherwise
        sys.modules["jax"].config.update("jax_enable_x64", True)
    for place, name in (
        (getattr(keras, "config", None), "set_dtype_policy"),
        (getattr(keras, "mixed_precision", None), "set_global_policy"),
        (getattr(getattr(keras, "mixed_precision", None), "experimental", None), "set_policy"),
    ):
        if hasattr(place, name):
            getattr(place, name)(dtype)
            return
    if dtype in MIXED:
        raise Mistake(
            f"framework.dtype is {dtype!r}, and this package has no mixed precision; allowed: float32, float64; the "
            "nearest valid choice is float32."
        )
