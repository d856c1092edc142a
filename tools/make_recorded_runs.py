"""Make the recorded runs that ship with the project, and the animation in its README.

    # train the quick network on all of MNIST
    python -m tools.make_recorded_runs
    # train it on threes, with and without a frozen judge
    python -m tools.make_recorded_runs --pair
    # make an animation of a run
    python -m tools.make_recorded_runs --gif FILE RUN
    # make the animation of unlocking the judge, in a minute
    python -m tools.make_recorded_runs --lock docs/lock.gif

The pages show the recorded run until the user's own run has pictures. It is a run's
folder (gan/runs/run.py) without weights, so it cannot be resumed. Most of its pictures
are from the beginning, when most changes happen. Each picture has the classifier's
labels and the judge's ratings (gan/runs/judge_ratings.py). The recorded pair, which the
page "What if?" plays, has no losses and fewer grey levels. gan/pretrained/README.md
describes both.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan.base.errors import InputError
from gan.cli.command_line import Parser, exit_code, new_file
from gan.data import Dataset, load
from gan.data.images_and_sheets import Pictures, drawings_on, sheet
from gan.drawings.recognition import open_recognizer
from gan.pretrained import FROZEN, LOOSE, RECORDED, RECORDED_PAIR
from gan.rules.config_for_data import preset_for
from gan.rules.run_config import Config, preset
from gan.runs.evaluate_sheets import SheetEvaluator, draw_sheet
from gan.runs.gif_export import encoded, frame, shaded
from gan.runs.judge_ratings import scale, write_ratings
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.session import Session
from gan.runs.trainer import Trainer
from gan.runs.worker_link import no_parent
from nnet.durable_write import replacing
from nnet.fast.kernels.thread_pool import set_threads

PICTURES = 40  # maximum number of pictures in the recorded run and in the animation
GREYS = 16  # in a picture; so few halve the file size without a visible loss
DENSER = 2.5  # exponent of the spacing; a higher one picks more early iterations
PAIR_DIGIT = 3
PAIR_ITERATIONS = 100
PAIR_PICTURES = 12  # of each run in the pair, which fit in one response
PAIR_GREYS = 8
GIF_COLUMNS = 16  # so that 64 drawings form a strip as wide as a page's text
GIF_GREYS = 8

# The animation of the lock: a person opens it, and shuts it again.
OPENED = 400  # the iteration at which it is opened
SHUT = 600
LAST = 900
LOCK_PICTURES = 13  # in each of three parts: locked, open, and locked again
HELD = 2  # extra frames of each part's first picture, so that its text can be read
LOCK_COLUMNS = 8
DRAWN = 24  # drawings in a frame
ZOOM = 2
LOCK_GREYS = 6
# in pixels: the strip below the drawings, its text, and the space beside it
STRIP = 44
LOCK_TEXT_SIZE = 17
MARGIN = 12
LOCKED = "Locked: the artist learns to draw."
UNLOCKED = "Unlocked: the artist changes the judge."
AGAIN = "Locked again: the artist learns again."


def pick(iterations: list[int], most: int) -> list[int]:
    """Pick at most `most` iterations: both ends, and more of the early ones.

    `iterations` must be ascending. The result has the iterations nearest to
    last * (k / (most - 1))^2.5, for k from 0 to most - 1.
    """
    if len(iterations) <= most:
        return iterations
    ideal = iterations[-1] * np.linspace(0, 1, most) ** DENSER  # (most,)
    nearest = np.abs(np.array(iterations)[:, None] - ideal).argmin(axis=0)  # (most,)
    return [iterations[place] for place in np.unique(nearest)]


def reduced(images: Pictures, greys: int = GREYS) -> Pictures:
    """Return drawings reduced to `greys` grey levels, evenly spaced, paper to ink."""
    shades, places = shaded(images, greys)
    return shades[places]


def animate(run: Run, path: Path) -> None:
    """Write an animation of a run, and raise InputError if the run has no pictures."""
    chosen = pick(run.pictures(), PICTURES)
    if not chosen:
        raise InputError(f"{run.path}: has no pictures; train it first")
    frames = [
        frame(iteration, drawings_on(run.picture_path(iteration)), GIF_COLUMNS)
        for iteration in chosen
    ]
    with replacing(path) as part:
        part.write_bytes(encoded(frames, GIF_GREYS))


def record(config: Config, data: Dataset, folder: Path) -> None:
    """Train a run and record it.

    Raise InputError if the folder already contains a run, or if the data is unsuitable
    for the config.
    """
    assert config.iterations is not None
    run = create(folder, config)
    evaluator = SheetEvaluator(config, data, open_recognizer())
    session = Session(no_parent(), folder, config, data, evaluator)
    session.files = run
    session.start_clock()
    for iteration in pick(list(range(config.iterations + 1)), PICTURES):
        while session.iteration < iteration:
            session.train()
        drawn = draw_sheet(session.trainer, evaluator)
        run.save_picture(iteration, reduced(drawn.drawings.images), drawn.evaluation)
        write_ratings(run, iteration, scale(drawn.verdicts, evaluator.requested))


def record_pair(data: Dataset, to: Path) -> None:
    """Train two runs that differ only in whether D is frozen, and record them.

    Raise InputError if the folder already contains them, or if the data is unsuitable.
    """
    picked = pick(list(range(PAIR_ITERATIONS + 1)), PAIR_PICTURES)
    frozen = preset_for(data, PAIR_DIGIT, network="quick", iterations=PAIR_ITERATIONS)
    configs = {FROZEN: frozen, LOOSE: replace(frozen, freeze=False)}
    for name, config in configs.items():
        run = create(to / name, config)
        trainer = Trainer(config, data)
        evaluator = SheetEvaluator(config, data, open_recognizer())
        for iteration in picked:
            while trainer.iteration < iteration:
                trainer.iterate()
            drawn = draw_sheet(trainer, evaluator)
            images = reduced(drawn.drawings.images, PAIR_GREYS)
            run.save_picture(iteration, images, drawn.evaluation)


def lock_frame(images: Pictures, iteration: int, is_open: bool) -> Image.Image:
    """Return drawings above a strip with the padlock; the strip is dark while open."""
    drawn = sheet(images, LOCK_COLUMNS)
    width = drawn.width * ZOOM
    height = drawn.height * ZOOM
    paper = Image.new("L", (width, height + STRIP), 255)
    paper.paste(drawn.resize((width, height), Image.Resampling.NEAREST))
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(LOCK_TEXT_SIZE)
    middle = height + STRIP // 2
    ink, ground = (255, 0) if is_open else (0, 255)
    draw.rectangle((0, height, *paper.size), ground)
    draw_padlock(draw, MARGIN, middle, ink, is_open)
    locked = LOCKED if iteration < SHUT else AGAIN
    words = UNLOCKED if is_open else locked
    draw.text((MARGIN + 32, middle), words, ink, font, anchor="lm")
    count = f"iteration {iteration}"
    draw.text((width - MARGIN, middle), count, ink, font, anchor="rm")
    return paper


def draw_padlock(
    draw: ImageDraw.ImageDraw, left: int, middle: int, ink: int, is_open: bool
) -> None:
    """Draw a padlock 20 pixels wide, whose shackle is raised if it is open."""
    top = middle - 20 if is_open else middle - 14
    end = middle - 9 if is_open else middle  # lower end of the shackle's right side
    draw.arc((left + 3, top, left + 17, top + 14), 180, 360, ink, 3)
    draw.line((left + 4, top + 7, left + 4, middle), ink, 3)
    draw.line((left + 16, top + 7, left + 16, end), ink, 3)
    draw.rectangle((left, middle - 1, left + 20, middle + 13), ink)


def animate_lock(path: Path) -> None:
    """Write an animation of a run in which the judge is unlocked for a while.

    The run trains the quick network on all digits, as the button Fun does. While the
    judge is unlocked, the artist's updates also change the judge.
    """
    data = load()
    config = preset_for(
        data, None, network="quick", iterations=None, freeze_switches=(OPENED, SHUT)
    )
    trainer = Trainer(config, data)
    frames = list[Image.Image]()
    for begin, end in pairwise((0, OPENED, SHUT, LAST + 1)):
        picked = pick(list(range(end - begin)), LOCK_PICTURES)  # denser at first
        for iteration in [begin] * HELD + [begin + at for at in picked]:
            while trainer.iteration < iteration:
                trainer.iterate()
            images = trainer.draw().images[:DRAWN]
            is_open = not config.frozen_at(iteration)
            frames.append(lock_frame(images, iteration, is_open))
    with replacing(path) as part:
        part.write_bytes(encoded(frames, LOCK_GREYS))


def make(
    run: Path | None, out: Path | None, pair: bool, gif: Path | None, lock: Path | None
) -> None:
    set_threads(1)
    if gif:
        if run is None:
            raise InputError(
                "--gif: expected the folder of a run, received none; add it"
            )
        return animate(Run.open(run), gif)
    if lock:
        return animate_lock(lock)
    to = out or (RECORDED_PAIR if pair else RECORDED)
    if pair:
        record_pair(load(), to)
    else:
        record(preset(None, network="quick", images=None), load(), to)
    sizes = [path.stat().st_size for path in to.rglob("*") if path.is_file()]
    print(f"{to}: {sum(sizes) / 1e6:.2f} MB")


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(
        "python -m tools.make_recorded_runs",
        description="Make the recorded run, or the pair.",
    )
    add = parser.add_argument
    add(
        "run", type=Path, nargs="?", metavar="RUN", help="with --gif: folder of the run"
    )
    add("-o", "--out", type=Path, metavar="DIR", help="(default: the project's own)")
    kind = parser.add_mutually_exclusive_group().add_argument
    kind("--pair", action="store_true", help="make the recorded pair")
    kind(
        "--gif",
        type=new_file(".gif"),
        metavar="FILE",
        help="draw a run as an animation instead",
    )
    kind(
        "--lock",
        type=new_file(".gif"),
        metavar="FILE",
        help="draw the animation of the judge's lock instead",
    )
    return exit_code(
        "tools.make_recorded_runs", lambda: make(**vars(parser.parse_args(argv)))
    )


if __name__ == "__main__":
    sys.exit(main())
