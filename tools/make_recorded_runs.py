"""Make the recorded runs that ship with the project, and the animation in its README.

    python -m tools.make_recorded_runs              # train the quick network on all of MNIST
    python -m tools.make_recorded_runs --pair       # train it on threes, with and without a frozen judge
    python -m tools.make_recorded_runs --gif FILE RUN   # make an animation of a run

The pages show the recorded run until the user's own run has pictures. It is a run's folder (gan/runs/run.py) without
weights, so it cannot be resumed. Most of its pictures are from the beginning, when most changes happen. Each has the
classifier's labels, the judge's ratings and the diagram of both networks (gan/runs/feature_maps.py). The recorded pair,
which the page "What if?" plays, has no losses and fewer grey levels. gan/pretrained/README.md describes both.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gan.cli.command_line import Parser, exit_code, new_file
from gan.data import Dataset, load
from gan.data.images_and_sheets import Pictures, drawings_on, in_base64
from gan.drawings.recognition import open_recognizer
from gan.errors import InputError
from gan.pretrained import FROZEN, LOOSE, RECORDED, RECORDED_PAIR
from gan.rules.config import Config, preset
from gan.rules.training_data import preset_for
from gan.runs.feature_maps import RecordedDiagram, ShownMaps, scale, write_diagram
from gan.runs.gif_export import encoded, frame, shaded
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.session import Session
from gan.runs.sheet_evaluator import SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer
from gan.runs.worker_channel import no_parent
from nnet.durable_write import replacing
from nnet.fast.kernels.thread_pool import set_threads

PICTURES = 40  # maximum number of pictures in the recorded run and in the animation
SHOWN = 3  # the drawing whose maps are recorded, a 3
GREYS = 16  # grey levels in a picture; 16 halve the file size without a visible difference
DENSER = 2.5  # exponent of the spacing of the kept iterations
PAIR_DIGIT, PAIR_ITERATIONS = 3, 100
PAIR_PICTURES, PAIR_GREYS = 12, 8  # for each run of the pair; the pictures fit in one response and show the difference
GIF_COLUMNS, GIF_GREYS = 16, 8  # 64 drawings form a strip as wide as a page's text


def pick(iterations: list[int], most: int) -> list[int]:
    """Pick at most `most` iterations, including the first and the last, denser towards the beginning.

    The result has the iterations nearest to last * (k / (most - 1))^2.5, for k from 0 to most - 1.
    """
    if len(iterations) <= most:
        return iterations
    ideal = iterations[-1] * np.linspace(0, 1, most) ** DENSER  # (most,)
    nearest = np.abs(np.array(iterations)[:, None] - ideal).argmin(axis=0)  # (most,)
    return [iterations[place] for place in np.unique(nearest)]


def reduced(images: Pictures, greys: int = GREYS) -> Pictures:
    """Return the drawings in a few grey levels, evenly spaced from paper to ink."""
    shades, places = shaded(images, greys)
    return shades[places]


def animate(run: Run, path: Path) -> None:
    """Write an animation of a run, and raise InputError if the run has no pictures."""
    chosen = pick(run.pictures(), PICTURES)
    if not chosen:
        raise InputError(f"{run.path}: has no pictures; train it first")
    frames = [frame(iteration, drawings_on(run.picture_path(iteration)), GIF_COLUMNS) for iteration in chosen]
    with replacing(path) as part:
        part.write_bytes(encoded(frames, GIF_GREYS))


def record(config: Config, data: Dataset, folder: Path) -> None:
    """Train a run and record it.

    Raise InputError if the folder already contains a run, or if the data is unsuitable for the config.
    """
    assert config.iterations is not None
    run, evaluator = create(folder, config), SheetEvaluator(config, data, open_recognizer())
    session, shown = Session(no_parent(), folder, config, data, evaluator), ShownMaps()
    session.files = run
    session.start_clock()
    for iteration in pick(list(range(config.iterations + 1)), PICTURES):
        while session.iteration < iteration:
            session.train()
        drawn = draw_sheet(session.trainer, evaluator)
        run.save_picture(iteration, reduced(drawn.drawings.images), drawn.evaluation)
        maps = in_base64(shown.picture(session.trainer, drawn.drawings, SHOWN))
        write_diagram(run, iteration, RecordedDiagram(scale(drawn.verdicts, evaluator.requested), SHOWN, maps))


def record_pair(data: Dataset, to: Path) -> None:
    """Train two runs that differ only in whether D is frozen, and record them.

    Raise InputError if the folder already contains them, or if the data is unsuitable.
    """
    picked = pick(list(range(PAIR_ITERATIONS + 1)), PAIR_PICTURES)
    frozen = preset_for(data, PAIR_DIGIT, network="quick", iterations=PAIR_ITERATIONS)
    for run in [create(to / FROZEN, frozen), create(to / LOOSE, replace(frozen, freeze=False))]:
        trainer, evaluator = Trainer(run.config, data), SheetEvaluator(run.config, data, open_recognizer())
        for iteration in picked:
            while trainer.iteration < iteration:
                trainer.iterate()
            drawn = draw_sheet(trainer, evaluator)
            run.save_picture(iteration, reduced(drawn.drawings.images, PAIR_GREYS), drawn.evaluation)


def make(run: Path | None, out: Path | None, pair: bool, gif: Path | None) -> None:
    if gif:
        if run is None:
            raise InputError("--gif: expected the folder of a run, received none; add it")
        animate(Run.open(run), gif)
        print(f"{gif}: {gif.stat().st_size / 1e6:.2f} MB")
        return
    to = out or (RECORDED_PAIR if pair else RECORDED)
    set_threads(1)
    if pair:
        record_pair(load(), to)
    else:
        record(preset(None, network="quick", images=None), load(), to)
    print(f"{to}: {sum(path.stat().st_size for path in to.rglob('*') if path.is_file()) / 1e6:.2f} MB")


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser("python -m tools.make_recorded_runs", description="Make the recorded run, or the pair.")
    add = parser.add_argument
    add("run", type=Path, nargs="?", metavar="RUN", help="with --gif: folder of the run")
    add("-o", "--out", type=Path, metavar="DIR", help="(default: the project's own)")
    kind = parser.add_mutually_exclusive_group().add_argument
    kind("--pair", action="store_true", help="make the recorded pair")
    kind("--gif", type=new_file(".gif"), metavar="FILE", help="draw a run as an animation instead")
    return exit_code("tools.make_recorded_runs", lambda: make(**vars(parser.parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
