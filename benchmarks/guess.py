"""Can people tell drawn digits from real ones? `python -m benchmarks.guess --data data/mnist --out FOLDER`.

Pairs of the page "Real or drawn?", made by its own code: two digits of a kind, one of MNIST's test images, one by
the ten networks that ship; with --run and --iteration one of those on a picture that a run has kept.

    python -m benchmarks.guess --out runs/guess/late
    python -m benchmarks.guess --run gan/pretrained/recorded --iteration 190 --out runs/guess/early
    python -m benchmarks.guess --out runs/guess/late --answers one.txt two.txt three.txt

FOLDER gets sheet.png, the pairs numbered from 1, and apart from it, in FOLDER/key, key.json: which side a person wrote.
A person looks at the sheet first and writes down a letter a pair, L or R. With --answers nothing is made; what
the key in FOLDER says of such files is printed. Half right is what a coin has.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.contest.report import guarded
from gan.command import SEED, Parser, whole
from gan.data import DOWNLOAD_DIRECTORY, load_test
from gan.errors import InputError
from gan.runs.run import Run
from gan.web.services.real_or_drawn import SHOWN, SIDES, Pairs, by_run, by_shipped, paired, shipped_judge
from nnet.durable_write import replacing

COLUMNS = 5
GAP, LABEL = 8, 22  # pixels between both, and for a pair's number above it
PAPER, INK = 255, 60


def sheet(pairs: Pairs) -> Image.Image:
    """All pairs, five in a row, each with its number above it."""
    width, height = 2 * SHOWN + 5 * GAP, SHOWN + LABEL + 2 * GAP
    page = Image.new("L", (COLUMNS * width, -(-len(pairs.digits) // COLUMNS) * height), PAPER)
    pen = ImageDraw.Draw(page)
    for i, pair in enumerate(pairs.images):
        x, y = i % COLUMNS * width + 2 * GAP, i // COLUMNS * height + GAP
        pen.text((x, y), str(i + 1), fill=INK, font_size=16)
        for side, image in enumerate(pair):
            corner = (x + side * (SHOWN + GAP), y + LABEL)
            page.paste(Image.fromarray(255 - image), corner)
            pen.rectangle((corner[0] - 1, corner[1] - 1, corner[0] + SHOWN, corner[1] + SHOWN), outline=INK)
    return page


def save(arguments: argparse.Namespace) -> None:
    """Write the sheet and the key."""
    rng = np.random.default_rng(arguments.seed)
    if (arguments.run is None) != (arguments.iteration is None):
        raise InputError("--run: expected with --iteration, and that with --run; or neither, for what ships", "run")
    real = load_test(arguments.data)
    if arguments.run:
        drawn = by_run(Run.open(arguments.run), arguments.iteration, arguments.pairs, rng)
    else:
        drawn = by_shipped(arguments.pairs, rng)
    pairs = paired(drawn, real, rng, shipped_judge())
    (arguments.out / "key").mkdir(parents=True, exist_ok=True)
    with replacing(arguments.out / "sheet.png") as beside:
        sheet(pairs).save(beside, "PNG", optimize=True)
    key = {number: SIDES[side] for number, side in enumerate(pairs.person.tolist(), 1)}
    with replacing(arguments.out / "key" / "key.json") as beside:
        beside.write_text(json.dumps(key, indent=1) + "\n", "utf-8")
    print(f"{arguments.out}: {arguments.pairs} pairs on sheet.png; the key lies in key/key.json")
    if pairs.judged is not None:
        print(f"The discriminator that ships finds the person's in {(pairs.judged == pairs.person).sum()} of them.")


def score(arguments: argparse.Namespace) -> None:
    """Print how many answers are right, of each file and of all."""
    file = arguments.out / "key" / "key.json"
    try:
        key = "".join(side[0].upper() for side in json.loads(file.read_text("utf-8")).values())
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{file}: expected the key of a sheet that this command made: {error}", "out") from error
    counts = [right(answers, key) for answers in arguments.answers]
    for answers, count in zip(arguments.answers, counts, strict=True):
        print(f"{answers}: {count} of {len(key)}, {count / len(key):.0%}")
    print(f"all: {sum(counts)} of {len(counts) * len(key)}, {sum(counts) / len(counts) / len(key):.0%}")


def right(answers: Path, key: str) -> int:
    """How many letters of a file are those of the key; white space and other signs do not count."""
    try:
        letters = [letter for letter in answers.read_text("utf-8").upper() if letter.isalpha()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--answers: {answers}: expected letters L and R: {error}", "answers") from error
    if len(letters) != len(key) or not {*letters} <= {"L", "R"}:
        raise InputError(
            f"--answers: {answers}: expected {len(key)} letters L or R, received {len(letters)}", "answers"
        )
    return sum(a == b for a, b in zip(letters, key, strict=True))


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.guess", description="Pairs of a real and a drawn digit, to tell apart.")
    add = parser.add_argument
    add("--data", type=Path, default=DOWNLOAD_DIRECTORY, metavar="DIR", help="the full MNIST (default: data/mnist)")
    add("--run", type=Path, metavar="DIR", help="a run whose drawings are shown (default: new ones by what ships)")
    add("--iteration", type=whole(0), metavar="N", help="of the run's picture")
    add("--seed", type=whole(*SEED), default=0, help="of drawings, real digits and sides (default 0)")
    add("--pairs", type=whole(1, 10_000), default=60, metavar="N", help="(default 60)")
    add("--out", type=Path, required=True, metavar="FOLDER")
    add("--answers", type=Path, nargs="+", metavar="FILE", help="letters L and R, to be counted against the key")
    return parser


def act(arguments: argparse.Namespace) -> None:
    """Make a sheet, or count answers."""
    (score if arguments.answers else save)(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.guess`; returns the exit code, 2 without MNIST."""
    return guarded("guess", lambda: act(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
