"""Write numbers in handwriting from the command line.

python -m gan.write "12.50 €" -o number.svg [--seed 7 --pen ballpoint --ink '#123' --paper squared ...]
python -m gan.write --from numbers.txt --out folder     # a picture for each line: folder/0001.png and so on
python -m gan.write 2026 -o number.svg --mine me.json   # your own handwriting; see glyphs/own_handwriting.py
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan.cli.command_line import Parser, command, exit_code, new_file, some_path
from gan.cli.interrupts import Interrupts
from gan.cli.parameter import SEED
from gan.errors import InputError
from gan.write import options_and_limits as limits
from gan.write import write
from gan.write.formats import FORMATS, check_options, encoded
from gan.write.glyphs.own_handwriting import load
from gan.write.options_and_limits import OPTIONS, WRITING
from nnet.durable_write import replacing

SUFFIXES = tuple(dict.fromkeys(form.suffix for form in FORMATS.values()))
ARGUMENTS = (*limits.LOOK, "model")  # options of `write`, except `mine`
PICTURES = ("png", "svg")  # formats available with --from
MAX_BYTES = 2**26  # maximum size of a file of texts


def build_parser() -> Parser:
    """Return the parser. It checks numeric ranges; `gan.write.write` checks text and ink."""
    parser = Parser(
        command("gan.write"),
        description="Write a number in handwriting. Trained generators draw the digits.",
        epilog=f"Put a text that begins with - last, after --: {command('gan.write')} -o number.svg -- -3-4",
    )
    add = parser.add_argument
    signs = f"digits, spaces and {' '.join(limits.SIGNS)}; \\n starts a new line".replace("%", "%%")
    most = f"at most {limits.LINES} lines of {limits.LONGEST} characters"
    add("text", nargs="?", type=typed, help=f"text to write: {signs}; {most}")
    endings = f"file that ends in {', '.join(SUFFIXES)}; with --from, a folder"
    add("-o", "--out", type=some_path, required=True, metavar="FILE", help=endings)
    add_appearance(parser)
    add("--animated", action="store_true", help="write an SVG that writes itself")
    for form, names in OPTIONS.items():
        group = parser.add_argument_group(f"with --{form}")
        for name in names:
            add_parameter(group.add_argument, name)
    many = "Write a picture for each line of a file: 0001.png and so on, each in the next seed's handwriting."
    add = parser.add_argument_group("many texts", many).add_argument
    add("--from", dest="source", type=some_path, metavar="FILE", help="file with one text per line, in UTF-8")
    add("--format", choices=PICTURES, help=f"format of the pictures (default {PICTURES[0]})")
    return parser


def add_parameter(add: Callable[..., object], name: str) -> None:
    one = WRITING[name]
    add(f"--{name.replace('_', '-')}", type=one.option, metavar=one.metavar, help=one.usage)


def add_appearance(parser: Parser) -> None:
    for name in limits.LOOK:
        add_parameter(parser.add_argument, name)
    writer = parser.add_mutually_exclusive_group().add_argument
    writer("--model", type=some_path, metavar="FILE", help="your own network: a generator.safetensors of all digits")
    mine = "your own handwriting, as saved on the page /mine"
    writer("--mine", type=some_path, metavar="FILE.json", help=mine)
    parser.set_defaults(**{name: limits.DEFAULTS[name] for name in limits.LOOK})


def typed(text: str) -> str:
    r"""Return the text given on the command line, with each backslash and n (\n) replaced by a line break."""
    return text.replace("\\n", "\n")


def write_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    mine = load(arguments.mine) if arguments.mine else None
    return {name: getattr(arguments, name) for name in ARGUMENTS} | {"mine": mine}


def save(arguments: argparse.Namespace) -> None:
    """Write a single file. Raise InputError for invalid input, and OSError if the file cannot be written."""
    if not arguments.text:
        raise InputError("expected a text to write, or --from FILE, received neither; --help lists the options")
    if arguments.format is not None:
        raise InputError("--format: expected only with --from; leave it out")
    out = output_file(arguments.out)
    form, options = form_of(arguments, out), format_options(arguments)
    check_options(form, options)
    writing = write(arguments.text, **write_arguments(arguments))
    content = encoded(writing, form, options)
    with replacing(out) as beside:
        beside.write_bytes(content)
    print(f"{out}: {writing.width} x {writing.height} pixels")


def output_file(out: Path) -> Path:
    try:
        return new_file(*SUFFIXES)(str(out))
    except argparse.ArgumentTypeError as error:
        raise InputError(f"-o/--out: {error}; --help lists the options", "out") from error


def form_of(arguments: argparse.Namespace, out: Path) -> str:
    suffix = out.suffix.lower()
    if arguments.animated and suffix != ".svg":
        raise InputError(f"--animated: expected a file that ends in .svg, received {out}")
    return "animated" if arguments.animated else suffix[1:]


def format_options(arguments: argparse.Namespace) -> dict[str, Any]:
    names = [name for options in OPTIONS.values() for name in options]
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def save_many(arguments: argparse.Namespace) -> None:
    """Write each line of a file as a picture. All lines are checked before the first picture is written."""
    if arguments.text is not None:
        raise InputError("--from: expected without a text, received both; leave one out")
    for name in ["animated"] * arguments.animated + list(format_options(arguments)):
        raise InputError(f"--{name.replace('_', '-')}: expected with one text, received it with --from; leave it out")
    source, out, form = arguments.source, arguments.out, arguments.format or PICTURES[0]
    if out.suffix.lower() in SUFFIXES or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise InputError(f"-o/--out: expected a new or empty folder with --from, received {out}; choose another", "out")
    options = write_arguments(arguments)
    texts = {line: typed(text) for line, text in enumerate(read_lines(source), 1) if text.strip()}
    if not texts:
        raise InputError(f"{source}: expected one text per line, received none")
    for line, text in texts.items():
        with naming(source, line):
            limits.check(text, **{name: value for name, value in options.items() if name != "mine"})
    out.mkdir(parents=True, exist_ok=True)
    signals = Interrupts()
    with signals.deferred():
        for number, (line, text) in enumerate(texts.items()):
            signals.raise_if_received()
            seed = (arguments.seed + number) % (SEED.range[1] + 1)
            with naming(source, line), replacing(out / f"{number + 1:04}{FORMATS[form].suffix}") as beside:
                beside.write_bytes(encoded(write(text, **options | {"seed": seed}), form))
    print(f"{out}: {len(texts)} pictures of the lines of {source}")


def read_lines(source: Path) -> list[str]:
    """Return the lines of a file. Only line feeds end a line, because other breaks can be part of a text."""
    with open(source, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"{source}: expected at most {MAX_BYTES // 2**20} megabytes, received more; use several files")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: expected text in UTF-8, received other bytes; save it as UTF-8") from error


@contextmanager
def naming(source: Path, line: int) -> Iterator[None]:
    """Add the file and the line to the message of an InputError."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}, line {line}: {str(error).removeprefix('text: ')}", error.field) from error


def main(argv: Sequence[str] | None = None) -> int:

    def task() -> None:
        arguments = build_parser().parse_args(argv)
        (save if arguments.source is None else save_many)(arguments)

    return exit_code("gan.write", task)


if __name__ == "__main__":
    sys.exit(main())
