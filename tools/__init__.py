"""Programs that only maintainers run.

They train for studies, count the size of the project, and make bundled files: networks,
recorded runs, pages and WebAssembly. They are not in the wheel. `python -m tools.X
--help` explains each.
"""

import gan.cli.one_blas_thread

from collections.abc import Callable, Sequence

from gan.cli.command_line import Parser, exit_code


def main_of(
    name: str, about: str, task: Callable[[], int | None]
) -> Callable[..., int]:
    """Return the `main` of a program without options."""

    def main(argv: Sequence[str] | None = None) -> int:
        parser = Parser(f"python -m {name}", description=about)
        return exit_code(name, lambda: task(**vars(parser.parse_args(argv))))

    return main
