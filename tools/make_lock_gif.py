"""Make the animation of the README in which a person opens the judge's lock and shuts it again.

    python -m tools.make_lock_gif                 # writes docs/lock.gif, in a minute

It shows what Fun trains on the Train page: the quick network of all digits. The lock is open from iteration 400 to 600,
so the artist's turns change the judge, too. On one machine, it is always the same file.
"""

import sys
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gan.data import load
from gan.data.images_and_sheets import Pictures, sheet
from gan.rules.training_data import preset_for
from gan.runs.gif_export import encoded
from gan.runs.trainer import Trainer
from nnet.durable_write import replacing
from nnet.fast.kernels.thread_pool import set_threads
from tools import main_of
from tools.make_recorded_runs import pick

OUTPUT = Path("docs", "lock.gif")
OPENED, SHUT, LAST = 400, 600, 900  # iterations
PICTURES = 13  # of each part: locked, open, and locked again
HELD = 2  # further frames of the first picture of a part, so that a viewer sees the lock
COLUMNS, DRAWN, ZOOM, GREYS = 8, 24, 2, 6
STRIP, TEXT_SIZE, MARGIN = 44, 17, 12  # below the drawings, in pixels
LOCKED, UNLOCKED = "Locked: the artist learns to draw.", "Unlocked: the artist changes the judge."
AGAIN = "Locked again: the artist learns again."


def frame(images: Pictures, iteration: int, is_open: bool) -> Image.Image:
    """Return the drawings above a strip with the padlock, which is dark while the lock is open."""
    drawn = sheet(images, COLUMNS)
    drawn = drawn.resize((drawn.width * ZOOM, drawn.height * ZOOM), Image.Resampling.NEAREST)
    paper = Image.new("L", (drawn.width, drawn.height + STRIP), 255)
    paper.paste(drawn)
    draw, font, middle = ImageDraw.Draw(paper), ImageFont.load_default(TEXT_SIZE), drawn.height + STRIP // 2
    ink, ground = (255, 0) if is_open else (0, 255)
    draw.rectangle((0, drawn.height, *paper.size), ground)
    draw_padlock(draw, MARGIN, middle, ink, is_open)
    words = UNLOCKED if is_open else LOCKED if iteration < SHUT else AGAIN
    draw.text((MARGIN + 32, middle), words, ink, font, anchor="lm")
    draw.text((paper.width - MARGIN, middle), f"iteration {iteration}", ink, font, anchor="rm")
    return paper


def draw_padlock(draw: ImageDraw.ImageDraw, left: int, middle: int, ink: int, is_open: bool) -> None:
    """Draw a padlock 20 pixels wide; the shackle of an open one is raised and free on the right."""
    up = 6 if is_open else 0
    draw.arc((left + 3, middle - 14 - up, left + 17, middle - up), 180, 360, ink, 3)
    draw.line((left + 4, middle - 7 - up, left + 4, middle), ink, 3)
    draw.line((left + 16, middle - 7 - up, left + 16, middle - 3 - up if is_open else middle), ink, 3)
    draw.rectangle((left, middle - 1, left + 20, middle + 13), ink)


def make() -> None:
    set_threads(1)
    data = load()
    config = preset_for(data, None, network="quick", iterations=None, freeze_switches=(OPENED, SHUT))
    trainer, frames = Trainer(config, data), list[Image.Image]()
    for begin, end in pairwise((0, OPENED, SHUT, LAST + 1)):
        picked = pick(list(range(end - begin)), PICTURES)  # denser at first
        for iteration in [begin] * HELD + [begin + at for at in picked]:
            while trainer.iteration < iteration:
                trainer.iterate()
            frames.append(frame(trainer.draw().images[:DRAWN], iteration, not config.frozen_at(iteration)))
    with replacing(OUTPUT) as part:
        part.write_bytes(encoded(frames, GREYS))
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1e3:.0f} kB")


main = main_of("tools.make_lock_gif", "Make the animation of the judge's lock.", make)


if __name__ == "__main__":
    sys.exit(main())
