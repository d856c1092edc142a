"""What all benchmarks share: the command line, a description of the machine, and Markdown tables."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy  # noqa: F401  imported because it loads the BLAS that blas_name describes
from threadpoolctl import threadpool_info

from gan.cli.command_line import Parser, exit_code
from nnet.threads import available_cores

Figures = dict[str, Any]
Options = dict[str, dict[str, Any]]  # what `add_argument` receives, by the option's names

PACKAGES = ("numpy", "numba", "torch")
# Processor features by their LLVM names. They determine the speed of matrix products in float32 and bfloat16.
FEATURES = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512bf16": "AVX-512 BF16", "amx-bf16": "AMX"}


def cpu_name() -> str:
    """Return the processor's name and LLVM's name for its core type."""
    file = Path("/proc/cpuinfo")  # of Linux
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    features = llvmlite.binding.get_host_cpu_features()
    found = [label for key, label in FEATURES.items() if features.get(key)]
    return f"{name} ({', '.join([llvmlite.binding.get_host_cpu_name(), *found])})"


def blas_name() -> str:
    """Return NumPy's BLAS and the kernels it chose for this processor."""
    library = next((one for one in threadpool_info() if one["user_api"] == "blas"), None)
    if library is None:
        return "unknown"
    return f"{library['internal_api']} {library.get('version')}, kernels {library.get('architecture', 'unknown')}"


def print_machine() -> Figures:
    """Print the machine in two lines and return its description."""
    found: Figures = {
        "cpu": cpu_name(),
        "cores": available_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES if find_spec(name)},
        "blas": blas_name(),
        "load": round(os.getloadavg()[0], 2),
    }
    packages = ", ".join(f"{name} {found[name]}" for name in ("python", *PACKAGES) if name in found)
    print(f"{found['cpu']}, {found['cores']} core(s), {found['system']}; load {found['load']}")
    print(f"{packages}; BLAS {found['blas']}\n", flush=True)
    return found


class Table:
    """A Markdown table with columns of fixed width. Each row is printed as soon as it is added."""

    def __init__(self, columns: dict[str, int]) -> None:
        self.widths = [max(width, len(name)) for name, width in columns.items()]
        self.row(list(columns))
        self.row(["-" * width for width in self.widths])

    def row(self, cells: Sequence[object]) -> None:
        padded = (f"{cell!s:{width}}" for cell, width in zip(cells, self.widths, strict=True))
        print(f"| {' | '.join(padded)} |", flush=True)


def main_of(task: Callable[[argparse.Namespace], int | None], options: Options) -> Callable[..., int]:
    """Return the `main` of a command: it parses the options, calls the task, and returns the exit code.

    The command's name and description are those of the module that defines the task.
    """

    def main(argv: Sequence[str] | None = None) -> int:
        module = sys.modules[task.__module__]
        assert module.__spec__
        name = module.__spec__.name.removesuffix(".__main__")
        parser = Parser(f"python -m {name}", description=(module.__doc__ or "").partition(":")[0])
        for option, settings in options.items():
            parser.add_argument(*option.split(), **settings)
        return exit_code(name, lambda: task(parser.parse_args(argv)))

    return main
