"""Write the report page of `python -m gan.evaluate --report DIR`.

    index.html             the page, which shows the table of figures and all pictures
    beside.png             a row for each model: drawn digits left, real digits right
    digits-0.png           a hundred random drawings of model 0
    nearest-0.png          its drawings that are closest to a real image, above these
                           images, to reveal copies
    random-0.png           random drawings of model 0 above their nearest real images
    figures.json           the output of the command with --json
    paper.css, report.css  style sheets

A figure may improve while the pictures get worse, so look at the pictures. The page has
no scripts, and the folder can be copied anywhere.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import jinja2
import numpy as np

from gan.base.package_folders import STATIC, TEMPLATES
from gan.data import only
from gan.data.images_and_sheets import Pictures, save_png, sheet
from gan.data.nearest import nearest_distances
from gan.evaluate.compare_with_real import Result
from gan.evaluate.generators import LoadedGenerator
from gan.evaluate.real_against_real import Real
from nnet.durable_write import replacing

STYLES = ("paper.css", "report.css")
SHOWN = 100  # drawings in digits-0.png
COMPARED = 500  # drawings among which those closest to a real image are searched
# Pairs of drawn and real digits in nearest-0.png, random-0.png and a row of beside.png.
PAIRS = 12


def significant(value: float) -> str:
    """Format a number with three significant digits: 0.0123, 4.50, 1230, and 0 as 0."""
    return f"{value:#.3g}" if 1e-4 <= abs(value) < 100 else f"{float(f'{value:.3g}'):g}"


def save_pictures(
    folder: Path,
    number: int,
    model: LoadedGenerator,
    learned: Pictures,
    rng: np.random.Generator,
) -> Result:
    """Write the sheets of model `number`.

    Return their file names and, as `closest`, the smallest and the largest distance
    between a drawing and its real image in nearest-N.png. `learned` are the training
    images.
    """
    drawn = model(COMPARED, rng)
    names = {kind: f"{kind}-{number}.png" for kind in ("digits", "nearest", "random")}
    distances, indices = nearest_distances(drawn, learned)
    closest = distances.argsort()[:PAIRS]
    nearest = learned[indices]  # (COMPARED, 28, 28)
    save_png(sheet(drawn[:SHOWN]), folder / names["digits"])
    for kind, chosen in (("nearest", closest), ("random", np.arange(PAIRS))):
        # each drawing above its nearest image
        pairs = np.concatenate([drawn[chosen], nearest[chosen]])
        save_png(sheet(pairs, PAIRS), folder / names[kind])
    return names | {"closest": distances[closest[[0, -1]]].tolist()}


def save_beside(
    path: Path, models: Sequence[LoadedGenerator], real: Real, rng: np.random.Generator
) -> None:
    """Save a picture with a row per model: PAIRS drawn digits, a gap, PAIRS real."""
    gap = np.zeros((1, 28, 28), np.uint8)
    parts = []
    for model in models:
        pool = only(real.train, model.config.digit).images
        parts += [model(PAIRS, rng), gap, pool[rng.integers(len(pool), size=PAIRS)]]
    save_png(sheet(np.concatenate(parts), 2 * PAIRS + 1), path)


def write_report(
    folder: Path,
    result: Result,
    models: Sequence[LoadedGenerator],
    real: Real,
    rng: np.random.Generator,
) -> None:
    """Write the page into an existing folder, and replace an earlier report.

    `result` is the output of `python -m gan.evaluate --json`, with its `models` in the
    same order as `models`.
    """
    sections = []
    for number, model in enumerate(models):
        digit = model.config.digit
        sections.append(
            {
                "title": "All digits" if digit is None else f"Digit {digit}",
                "number": number,
                "compared": COMPARED,
                "pictures": save_pictures(
                    folder, number, model, real.train.images, rng
                ),
                "figures": result["models"][number],
            }
        )
    save_beside(folder / "beside.png", models, real, rng)
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals["significant"] = significant
    page = environment.get_template("report.html").render(
        result=result, sections=sections, data=real.name
    )
    for name in STYLES:
        shutil.copyfile(STATIC / name, folder / name)
    figures = json.dumps(result, indent=1) + "\n"
    for name, text in (("figures.json", figures), ("index.html", page)):
        with replacing(folder / name) as part:
            part.write_bytes(text.encode())
