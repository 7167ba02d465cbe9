"""What the machine is that a job runs on, as far as it can decide how sums are rounded."""

import os
import platform

SETS = ("sse4", "avx", "fma", "amx", "asimd", "sve")  # beginnings of the flags that name instruction sets


def describe():
    """Return name → text or number: processor, instruction sets, cores that this process may use, memory in GB."""
    told = _cpuinfo()
    flags = (told.get("flags") or told.get("Features") or "").split()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": told.get("model name") or platform.processor() or platform.machine(),
        "instruction_sets": " ".join(sorted(flag for flag in flags if flag.startswith(SETS))) or "unknown",
        "cores": cores,
        "memory_gb": _memory(),
    }


def onednn():
    """Return ``on``, ``off``, or ``none`` for a TensorFlow that was built without oneDNN's operations."""
    try:
        from tensorflow.python.util import _pywrap_util_port as built
    except ImportError:
        try:
            from tensorflow.python import _pywrap_util_port as built
        except ImportError:
            return "none"
    return "on" if built.IsMklEnabled() else "off"


def _cpuinfo():
    """Field → text of the first processor; empty where the system is not Linux."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            first = file.read().split("\n\n")[0]
    except OSError:
        return {}
    fields = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in fields}


def _memory():
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError):
        return None
