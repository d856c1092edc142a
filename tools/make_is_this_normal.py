"""Make docs/normal.md and its pictures, in a few minutes on two cores.

    python -m tools.make_is_this_normal

The page shows how the training of healthy and faulty variants looks. Each variant in
docs/studies/normal-variants.json has settings, and a part of gan/plain/training.py
(`old`) with its replacement (`new`). The run with the seed `drawn` becomes a picture.
`symptom` is a Python expression that a test evaluates on the results: each name in it
is a list with a value for each of MARKS. The results are docs/studies/normal.json, and
the text is docs/studies/normal.md.jinja.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan.data.images_and_sheets import Pictures, save_png, sheet
from gan.plain import training
from gan.rules.run_config import preset
from tools import main_of, make_text_pages
from tools.study import make_docs_pages, measure

SEEDS = range(5)
PROCESSES = 2
MARKS = (20, 50, 100, 200, 400)  # measured iterations; losses are means over 20
# The quantile of the losses at the top of a picture; higher losses are cut off, so that
# a few of them do not flatten the curves.
HIGHEST = 0.99
SHADES = 16  # colours in a picture
# Lengths in pixels: the side of a sheet, the gap between sheets, and the heights of a
# line of text and of the loss curves.
SIDE = 184
GAP = 12
TEXT = 24
CURVES = 180


def train(name: str, variant: dict[str, Any], seed: int) -> dict[str, Any]:
    """Train a variant, and return its `points`, the measurements at each of MARKS.

    If the seed is the variant's `drawn`, also save the picture of this run.
    """
    source = Path(training.__file__).read_text("utf-8")
    exec(source.replace(variant["old"], variant["new"]), vars(training))
    config = preset(
        3, network="quick", iterations=None, seed=seed, **variant["settings"]
    )
    trainer, evaluator = measure.begin(config)
    losses = []
    sheets = []
    points = []
    while trainer.iteration < MARKS[-1]:
        measured = trainer.iterate().measured
        losses.append((measured.d_loss, measured.g_loss))
        if trainer.iteration in MARKS:
            d_loss, g_loss = np.mean(losses[-MARKS[0] :], axis=0).round(3).tolist()
            sheets.append(trainer.draw().images)
            point = {
                "iteration": trainer.iteration,
                "d": d_loss,
                "g": g_loss,
                "ink": float(sheets[-1].mean()),
            }
            points.append(point | measure.sheet(trainer, evaluator))
    if seed == variant["drawn"]:
        save_png(picture(sheets, np.array(losses)), f"static/normal/{name}.png")
    return {"points": points}


def picture(sheets: list[Pictures], losses: np.ndarray) -> Image.Image:
    """Return a picture with the drawings at each of MARKS above the loss curves.

    `losses` is (iterations, 2), of D and G.
    """
    width = len(sheets) * (SIDE + GAP) - GAP
    paper = Image.new("RGB", (width, SIDE + CURVES + 3 * TEXT), "white")
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(TEXT)
    middles = range(SIDE // 2, width, SIDE + GAP)
    for middle, images, mark in zip(middles, sheets, MARKS, strict=True):
        drawings = sheet(images[:9], 3)
        drawings = drawings.resize((SIDE, SIDE), Image.Resampling.NEAREST)
        paper.paste(drawings, (middle - SIDE // 2, 0))
        draw.text((middle, SIDE), f"iteration {mark}", "black", font, anchor="mt")
    x = np.interp(range(len(losses)), (0, *MARKS), (0, *middles)).tolist()
    bottom = paper.height - TEXT / 2
    highest = np.quantile(losses, HIGHEST)
    corner = (width - GAP, bottom - CURVES - TEXT)
    draw.text(corner, f"{highest:,.0f}", "black", font, anchor="rm")
    for curve, colour, name, place in zip(
        losses.T, ("#175ea8", "#a6500c"), "DG", (2, 1), strict=True
    ):
        y = (bottom - np.minimum(curve / highest, 1) * CURVES).tolist()
        draw.line([*zip(x, y, strict=True)], colour, 3)
        draw.text((x[-1] + place * TEXT, y[-1]), name, colour, font, anchor="mm")
    return paper.quantize(SHADES, Image.Quantize.MAXCOVERAGE)


def make() -> None:
    variants = json.loads(
        (make_docs_pages.STUDIES / "normal-variants.json").read_text("utf-8")
    )
    with measure.processes(PROCESSES) as pool:
        jobs = {
            name: [pool.submit(train, name, one, seed) for seed in SEEDS]
            for name, one in variants.items()
        }
        results = {
            name: [job.result() for job in started] for name, started in jobs.items()
        }
    (make_docs_pages.STUDIES / "normal.json").write_text(
        json.dumps(results, separators=(",", ":")), "utf-8"
    )
    make_docs_pages.make()
    make_text_pages.make()


main = main_of(
    "tools.make_is_this_normal", "Make docs/normal.md and its pictures.", make
)


if __name__ == "__main__":
    sys.exit(main())
