"""Write numbers in handwriting from the command line.

python -m gan.write "12.50 €" -o number.svg --seed 7 --pen ballpoint --paper squared
# in your own handwriting
python -m gan.write 2026 -o number.svg --mine me.json
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from gan.base.errors import InputError
from gan.cli.command_line import Parser, command, exit_code, new_file, some_path
from gan.write import options_and_limits as limits
from gan.write import write
from gan.write.formats import FORMATS, check_options, encoded
from gan.write.glyphs.own_handwriting import load
from gan.write.options_and_limits import ANIMATION, WRITING
from nnet.durable_write import replacing
from nnet.threads import one_blas_thread

SUFFIXES = tuple(dict.fromkeys(form.suffix for form in FORMATS.values()))


def build_parser() -> Parser:
    """Return the parser of the command line.

    It checks numbers and choices; `gan.write.write` checks the text and the ink.
    """
    parser = Parser(
        command("gan.write"),
        description="Write a number in handwriting. "
        "Trained generators draw the digits.",
        epilog="Put a text that begins with - last, after --: "
        f"{command('gan.write')} -o number.svg -- -3-4",
    )
    add = parser.add_argument
    signs = " ".join(limits.SIGNS).replace("%", "%%")  # argparse expands % in help
    signs = f"digits, spaces and {signs}; \\n starts a new line"
    most = f"at most {limits.LINES} lines of {limits.LONGEST} characters"
    add("text", help=f"text to write: {signs}; {most}; one that begins with - after --")
    endings = f"file that ends in {', '.join(SUFFIXES)}"
    kind = new_file(*SUFFIXES)
    add("-o", "--out", type=kind, required=True, metavar="FILE", help=endings)
    add_appearance(parser)
    add("--animated", action="store_true", help="write an SVG that writes itself")
    group = parser.add_argument_group("with --animated")
    for name in ANIMATION:
        add_parameter(group.add_argument, name)
    return parser


def add_parameter(add: Callable[..., object], name: str) -> None:
    one = WRITING[name]
    add(
        f"--{name.replace('_', '-')}",
        type=one.option,
        metavar=one.metavar,
        help=one.usage,
    )


def add_appearance(parser: Parser) -> None:
    for name in limits.LOOK:
        add_parameter(parser.add_argument, name)
    writer = parser.add_mutually_exclusive_group().add_argument
    writer(
        "--model",
        type=some_path,
        metavar="FILE",
        help="your own network: a generator.safetensors of all digits",
    )
    mine = "your own handwriting, as saved on the page /mine"
    writer("--mine", type=some_path, metavar="FILE.json", help=mine)
    parser.set_defaults(**{name: limits.DEFAULTS[name] for name in limits.LOOK})


def save(arguments: argparse.Namespace) -> None:
    """Write the text in `arguments` to the output file.

    Raise InputError for invalid input, and OSError if the file cannot be written.
    """
    if not arguments.text:
        raise InputError(
            "expected a text to write, received an empty one; --help lists the signs"
        )
    out = arguments.out
    form = out.suffix.lower()[1:]
    if arguments.animated:
        if form != "svg":
            raise InputError(
                f"--animated: expected a file that ends in .svg, received {out}"
            )
        form = "animated"
    given = {name: getattr(arguments, name) for name in ANIMATION}
    options = {name: value for name, value in given.items() if value is not None}
    check_options(form, options)
    mine = load(arguments.mine) if arguments.mine else None
    look = {name: getattr(arguments, name) for name in limits.LOOK}
    text = arguments.text.replace("\\n", "\n")
    writing = write(text, **look, model=arguments.model, mine=mine)
    content = encoded(writing, form, options)
    with replacing(out) as beside:
        beside.write_bytes(content)
    print(f"{out}: {writing.width} x {writing.height} pixels")


def main(argv: Sequence[str] | None = None) -> int:
    one_blas_thread()  # here, because the package gan.write has loaded NumPy
    return exit_code("gan.write", lambda: save(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
