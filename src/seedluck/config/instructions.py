"""Which of a processor's instruction sets the numerical libraries of a run may use: ``device.instructions``.

A library picks its code by what the processor offers, so that the same sum is added up in another order on another
machine. Each of these libraries reads an environment variable that limits it; one that was compiled for one set of
instructions, as TensorFlow's own Eigen code is, cannot be limited from outside.
"""

import os
import platform
from pathlib import Path

# Name → the processor's flags that it takes, as Linux spells them.
NEEDS = {
    "sse4": {"sse4_1", "sse4_2"},
    "avx2": {"avx2", "fma"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
}
# Library → variable → its word for each name. Sources: oneDNN's page on dispatch control, XLA's debug options,
# PyTorch's notes on ATen dispatch, MKL's developer guide on numerical reproducibility, TensorFlow 2.9's release notes.
LIMITS = {
    "onednn": {
        "TF_ENABLE_ONEDNN_OPTS": {"sse4": "0", "avx2": "0"},  # on by itself from AVX512_VNNI only, since TensorFlow 2.9
        "ONEDNN_MAX_CPU_ISA": {"sse4": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"},  # since version 2.5
        "DNNL_MAX_CPU_ISA": {"sse4": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"},  # before that
    },
    "xla": {
        "XLA_FLAGS": {
            "sse4": "--xla_cpu_max_isa=SSE4_2",
            "avx2": "--xla_cpu_max_isa=AVX2",
            "avx512": "--xla_cpu_max_isa=AVX512",
        }
    },
    "aten": {"ATEN_CPU_CAPABILITY": {"sse4": "default", "avx2": "avx2", "avx512": "avx512"}},
    "mkl": {"MKL_CBWR": {"sse4": "COMPATIBLE", "avx2": "AVX2", "avx512": "AVX512"}},  # no SSE4 path on AMD
}


def offered() -> list[str]:
    """Return the names that this machine's processor can follow; none where Linux does not tell its flags."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return []
    flags = next((line.split(":")[1].split() for line in told.splitlines() if line.startswith("flags")), [])
    return [name for name, needed in NEEDS.items() if needed <= set(flags)]


def everywhere(limited_by: list[str]) -> dict[str, str]:
    """Return the variable by which what is ours computes alike on every processor; a user's own value stays.

    Without oneDNN, TensorFlow's convolutions on a processor take channels last alone, and it settles by the processor
    whether oneDNN is on. limited_by: as ``environment`` takes it.
    """
    variable = "TF_ENABLE_ONEDNN_OPTS"
    return {variable: os.environ.get(variable, "1")} if "onednn" in limited_by else {}


def environment(instructions: str | None, limited_by: list[str]) -> dict[str, str]:
    """Return the variables that limit a runtime's libraries. limited_by: those of LIMITS that the runtime holds."""
    if instructions is None:
        return {}
    variables = {}
    for library in limited_by:
        for variable, words in LIMITS[library].items():
            if instructions not in words:
                continue
            also = os.environ.get(variable, "") if variable == "XLA_FLAGS" else ""  # a user's own flags stay
            variables[variable] = f"{also} {words[instructions]}".strip()
    return variables


def problem(instructions: str | None, runtime: dict) -> str | None:
    """Return a sentence that says why these instructions cannot be used; None if they can.

    Reasons: the name is unknown, this machine's processor lacks the instruction set, or no library of the runtime can
    be limited. instructions: the value of device.instructions.
    """
    here = offered()
    if instructions in NEEDS and not runtime["limits"]:
        return (
            f"device.instructions is {instructions!r}, and the libraries of runtime {runtime['name']} take no limit "
            "from outside; allowed on it: null; the nearest valid choice is null."
        )
    if instructions is None or instructions in here:
        return None
    told = ", ".join(["null", *here])
    close = here[-1] if here and instructions in NEEDS else "null"
    lacks = f", and this machine's processor ({platform.machine()}) lacks it" if instructions in NEEDS else ""
    return f"device.instructions is {instructions!r}{lacks}; allowed here: {told}; the nearest valid choice is {close}."
