"""Record the answers of the server's own functions for a static site.

A recording maps addresses of the server, or other names, to answers for
static/js/site/transport.js: JSON, or a PNG in base64. For the page Write, the strokes
of some handwritings are recorded. static/js/site/writer.js varies and places them, with
the constants of gan/write.
"""

import base64
import io
import itertools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan.base.labels import DIGITS
from gan.data import HEAD, head, load, load_test
from gan.data.images_and_sheets import Pictures, drawings_on, in_base64, sheet
from gan.data.nearest import Near, nearest_distances
from gan.drawings.classifier import load_classifier
from gan.pretrained import RECORDED as FOLDER
from gan.pretrained import RECORDED_PAIR
from gan.rules.latents import requested_digits
from gan.rules.run_config import preset
from gan.runs.learning_turns import play
from gan.runs.run import Run
from gan.web.routes.learn_and_guess import EDGE, place
from gan.web.services import real_or_drawn as guess
from gan.web.services.catalogue import RECORDED, Catalogue, recorded_pair
from gan.write import compose, layout, self_writing_svg, strokes_and_pages
from gan.write import options_and_limits as limits
from gan.write.glyphs.select_drawings import handwriting_of
from gan.write.signs import sign
from gan.write.strokes_and_pages import Strokes

Recording = dict[str, Any]
Recordings = Mapping[str, Callable[[], Recording]]

CATALOGUE = Catalogue(Path(), FOLDER, "")
FOLLOWED = 3  # index of the drawing that the diagram on the page Learn shows first
TURNS = 20  # iterations that the diagram plays turn by turn
REALS_IN_A_ROW = 32  # on the sheet of real digits
# For the page "Real or drawn?".
DRAWINGS = 20  # at each iteration of the climb
REALS = 6  # images of each real digit
SHADES = 16  # grey levels of drawings, as in the recorded run
EDGE_SHADES = 6  # grey levels of ink, which is grey only at its edge
STEP = 20  # distance between recorded points of the latent disk
HANDWRITINGS = 10
FORMS = 7  # forms of each digit in a handwriting
COPIES = 4  # variants of each sign
GRID = 20  # recorded coordinates are integers, in units of 1 / GRID
CONSTANTS = {
    compose: "STEADY HUMAN OWN MOST",
    layout: "GAP NEAREST DEEPEST SLACK LOW DASH_SLACK SPACE IN_SQUARES TOP BOTTOM",
    strokes_and_pages: "HEIGHT SQUARE PITCH MARGIN ABOVE BELOW EMPTY NEAR",
    self_writing_svg: "SPEED QUICKEST LIFT NEXT LINE",
    limits: "DEFAULTS",
}


def record_run() -> Recording:
    """Record the bundled run: its sheets, and the nearest digit to each drawing."""
    run = Run.open(FOLDER)
    near = Near(load())
    snapshot: Recording = {**CATALOGUE.snapshot(RECORDED), "pngs": {}}
    found: Recording = {
        f"/api/runs/{RECORDED}": snapshot,
        "/api/runs": {"runs": [CATALOGUE.summary(RECORDED)]},
    }
    nearest = Recording()
    # The position of each real digit on their sheet, by (digit, index among the images
    # of this digit).
    places = dict[tuple[int, int], int]()
    for iteration in run.pictures():
        path = run.picture_path(iteration)
        images = drawings_on(path)
        digits = requested_digits(run.config, len(images))
        assert digits is not None  # the recorded run has all digits in order
        real = np.empty(len(images), np.intp)
        for digit in np.unique(digits).tolist():
            _, indices = nearest_distances(images[digits == digit], near.real(digit))
            real[digits == digit] = [
                places.setdefault((digit, index), len(places))
                for index in indices.tolist()
            ]
        nearest[str(iteration)] = real.tolist()
        snapshot["pngs"][iteration] = in_base64(Image.open(path))
        found[f"/api/runs/{RECORDED}/images/{iteration}.json"] = CATALOGUE.remarks(
            RECORDED, iteration
        )
    reals = np.stack([near.real(digit)[index] for digit, index in places])
    png = small(sheet(reals, columns=REALS_IN_A_ROW))
    return found | {"nearest": nearest, "reals": png, "reals in a row": REALS_IN_A_ROW}


def record_guess() -> Recording:
    """Record "Real or drawn?": real digits, and drawings of each rung's iteration."""
    run = Run.open(FOLDER)
    data = load_test()
    rng = np.random.default_rng(0)
    reals = []
    for digit in range(DIGITS):
        of_digit = np.flatnonzero(data.labels == digit)
        chosen = rng.choice(of_digit, REALS, replace=False)
        reals += [inked(image, digit) for image in data.take(chosen).images]
    rungs = guess.rungs_of(run)
    drawn = {}
    for iteration in rungs:
        drawn[str(iteration)] = [
            inked(*guess.drawing_of_run(run, iteration, 0, pair))
            for pair in range(DRAWINGS)
        ]
    return {"rungs": rungs, "reals to guess": reals, "drawings to guess": drawn}


def inked(image: Pictures, digit: int) -> Recording:
    paper = 255 - guess.render_ink(image)
    return {"ink": small(Image.fromarray(paper), EDGE_SHADES), "digit": digit}


def record_learn() -> Recording:
    found: Recording = {"step": STEP, "edge": EDGE}
    for x, y in itertools.product(range(-EDGE, EDGE + 1, STEP), repeat=2):
        if np.hypot(x, y) <= EDGE:
            found[f"/api/place/{x}/{y}"] = small(place(0, x, y))
    return found


def small(image: Image.Image | bytes, shades: int = SHADES) -> str:
    """Return an image as a PNG in base64 with few grey levels, to save space."""
    opened = Image.open(io.BytesIO(image)) if isinstance(image, bytes) else image
    levels = np.rint(np.asarray(opened) * ((shades - 1) / 255)) * (255 / (shades - 1))
    return in_base64(Image.fromarray(np.rint(levels).astype(np.uint8)).quantize(shades))


def record_turns() -> Recording:
    """Record a new network's first iterations, turn by turn.

    The sheets have fewer grey levels.
    """
    found: Recording = {"turns": TURNS}
    for iteration in range(1, TURNS + 1):
        turns = play(None, 0, iteration, FOLLOWED)
        found[f"/api/turns/{iteration}"] = turns
        for frame in turns["frames"]:
            png = frame["png"]
            if "sheet" in png:
                png["sheet"] = small(base64.b64decode(png["sheet"]))
    return found


def record_handwritings() -> Recording:
    """Record handwritings, signs, and the constants that the writer needs."""
    constants: Recording = {}
    for module, names in CONSTANTS.items():
        for name in names.split():
            value = getattr(module, name)
            constants[name] = value.tolist() if isinstance(value, np.ndarray) else value
    for name in ("slant", "thickness"):
        constants[name.upper()] = limits.WRITING[name].range
    constants["GRID"] = GRID
    constants["PENS"] = {name: vars(pen) for name, pen in limits.PENS.items()}
    signs = {
        one: [points(sign(one, np.random.default_rng(i))) for i in range(COPIES)]
        for one in limits.SIGNS
    }
    handwritings = []
    for seed in range(HANDWRITINGS):
        handwriting = handwriting_of(seed)
        digits = [
            [points(handwriting.form(digit, copy).strokes) for copy in range(FORMS)]
            for digit in range(DIGITS)
        ]
        source = handwriting.source
        handwritings.append(
            {
                "slant": round(source.slant, 4),
                "weight": round(source.weight, 4),
                "digits": digits,
            }
        )
    return {"handwritings": handwritings, "signs": signs, "writer": constants}


def points(strokes: Strokes) -> list[list[list[int]]]:
    """Return the end points of each stroke's curves, as integers in 1 / GRID units."""
    chains = [
        np.concatenate([stroke.curves[:1, 0], stroke.curves[:, 3]])
        for stroke in strokes
    ]
    return [np.rint(chain * GRID).astype(int).tolist() for chain in chains]


# What a page needs to train by itself: real digits, the classifier, and the run that it
# begins with. static/js/site/training-files.js reads the files. They are compressed
# (zlib), and their names end in .bin, because some hosts would inflate .gz. The first
# digits come in a file of their own, so that training can begin before the rest
# arrives.
FIRST = 1000  # digits in the first file, which takes 160 kB
FILES = {
    "first": "digits-first.bin",
    "rest": "digits-rest.bin",
    "classifier": "classifier.bin",
}


def trainer_setup() -> dict[str, Any]:
    """Return the config of the run, and each digit's maximum distance for "near".

    The config has no gradient penalty, because the page does not implement the forward
    derivatives that it needs (nnet/jvp.py). With small batches, digits appear earliest
    (docs/notebook.md).
    """
    config = preset(
        None, network="quick", gamma=0.0, output="tanh", finish=False, batch=12
    )
    near = Near(load())
    return {
        "config": asdict(config),
        "limits": [near.limit(digit) for digit in range(DIGITS)],
        "files": FILES,
    }


def write_trainer_data(folder: Path) -> None:
    data = head(load(), HEAD)
    # Shuffle the images, which are sorted by label.
    order = np.random.default_rng(0).permutation(len(data.labels))
    parts = {"first": order[:FIRST], "rest": order[FIRST:]}
    for name, indices in parts.items():
        part = data.take(indices)
        pack(folder / FILES[name], part.labels.tobytes() + part.images.tobytes())
    weights = load_classifier().parameters().values()
    content = b"".join(w.astype("<f2").tobytes() for w in weights)
    pack(folder / FILES["classifier"], content)


def pack(path: Path, content: bytes) -> None:
    path.write_bytes(zlib.compress(content, 9))


RECORDINGS: Recordings = {
    "trainer": lambda: {"trainer": trainer_setup()},
    "run": record_run,
    "pair": lambda: {"/api/what-if/recorded": recorded_pair(RECORDED_PAIR)},
    "turns": record_turns,
    "guess": record_guess,
    "learn": record_learn,
    "write": record_handwritings,
}
