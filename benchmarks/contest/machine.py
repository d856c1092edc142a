"""What a figure was measured on: every table says it first."""

import os
import platform
from importlib import metadata
from typing import Any

import llvmlite.binding
import numpy  # noqa: F401  so that its BLAS is loaded and can be asked
from threadpoolctl import threadpool_info

from nnet.threads import available_cores

PACKAGES = ("numpy", "numba", "torch", "jax")
# Of the processor, as LLVM calls them: what decides how fast products are, in float32 and in bfloat16.
FEATURES = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512bf16": "AVX-512 BF16", "amx-bf16": "AMX"}


def cpu_name() -> str:
    """The processor's name as the system has it, and the kind of core that compilers call it by."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), name)
    except OSError:
        pass
    kind = llvmlite.binding.get_host_cpu_name()
    features = llvmlite.binding.get_host_cpu_features()
    found = [label for key, label in FEATURES.items() if features.get(key)]
    return f"{name} ({', '.join([kind, *found])})"


def blas_name() -> str:
    """NumPy's BLAS and the kernels it chose for this processor."""
    for library in threadpool_info():
        if library["user_api"] == "blas":
            kernels = library.get("architecture", "unknown")
            return f"{library['internal_api']} {library.get('version')}, kernels {kernels}"
    return "unknown"


def versions() -> dict[str, str]:
    """Of the packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return found


def describe() -> dict[str, Any]:
    """The processor, its cores, the packages and the BLAS."""
    return {
        "cpu": cpu_name(),
        "cores": available_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions(),
        "blas": blas_name(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def headline(machine: dict[str, Any]) -> str:
    """Two lines for a reader."""
    packages = ", ".join(f"{name} {machine[name]}" for name in ("python", *PACKAGES) if name in machine)
    busy = f"; load {machine['load']}" if machine["load"] is not None else ""
    place = f"{machine['cpu']}, {machine['cores']} core(s), {machine['system']}{busy}"
    return f"{place}\n{packages}; BLAS {machine['blas']}"
