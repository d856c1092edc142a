"""Programs that only maintainers run: studies, counts, and makers of files.

They make the bundled networks, the recorded runs and a part of the page How it works.

They are not in the wheel. `python -m tools.X --help` explains each.
"""

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
