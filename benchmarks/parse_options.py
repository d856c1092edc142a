"""What all benchmarks share: options, the machine's description, and tables."""

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy  # noqa: F401  imported because it loads the BLAS that print_machine describes
from threadpoolctl import threadpool_info

from gan.cli.command_line import Parser, exit_code
from nnet.threads import available_cores

Figures = dict[str, Any]
# The arguments of `add_argument`, by the option's name.
Options = dict[str, dict[str, Any]]


def print_machine() -> None:
    """Print the processor, the versions, and the kernels of NumPy's BLAS."""
    file = Path("/proc/cpuinfo")  # exists on Linux
    text = file.read_text("utf-8") if file.exists() else ""
    found = re.search(r"model name\s*: (.*)", text)
    name = found[1] if found else platform.machine()
    print(
        f"{name} ({llvmlite.binding.get_host_cpu_name()}), "
        f"cores: {available_cores()}, {platform.system()}; "
        f"load {os.getloadavg()[0]:.2f}"
    )
    packages = [name for name in ("numpy", "numba", "torch") if find_spec(name)]
    versions = [
        f"python {platform.python_version()}",
        *(f"{name} {metadata.version(name)}" for name in packages),
    ]
    blas = [
        f"BLAS {library['internal_api']}, kernels {library.get('architecture')}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
    print(f"{', '.join(versions + blas)}\n", flush=True)


class Table:
    """A Markdown table with columns of fixed width, printed row by row."""

    def __init__(self, columns: dict[str, int]) -> None:
        self.widths = [max(width, len(name)) for name, width in columns.items()]
        self.row(list(columns))
        self.row(["-" * width for width in self.widths])

    def row(self, cells: Sequence[object]) -> None:
        padded = (
            f"{cell!s:{width}}" for cell, width in zip(cells, self.widths, strict=True)
        )
        print(f"| {' | '.join(padded)} |", flush=True)


def main_of(
    task: Callable[[argparse.Namespace], int | None], options: Options
) -> Callable[..., int]:
    """Return the `main` of a command, which parses options and calls the task.

    The command's name and description are those of the module that defines the task.
    """

    def main(argv: Sequence[str] | None = None) -> int:
        module = sys.modules[task.__module__]
        assert module.__spec__
        name = module.__spec__.name.removesuffix(".__main__")
        parser = Parser(
            f"python -m {name}", description=(module.__doc__ or "").partition(":")[0]
        )
        for option, settings in options.items():
            parser.add_argument(option, **settings)
        return exit_code(name, lambda: task(parser.parse_args(argv)))

    return main
