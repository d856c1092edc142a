"""Describe one iteration in seven steps for the page "How it works", with sentences, pictures and highlights.

All numbers are recorded by gan/web/services/one_iteration.py, and the page (static/js/components/one-iteration.js) only
displays them.
"""

import copy
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypedDict

from PIL import Image

from gan.pictures import in_base64, to_ink
from gan.plain import LATENT
from gan.web.services.one_iteration import Iteration, inputs_of_seed, play, red_and_blue, trained
from nnet.layer import Array
from nnet.losses import sigmoid

Row = Literal["real", "drawn", "gradient", "again"]
Way = Literal["on", "back", ""]

STEPS = 7
SINCE: dict[Row, int] = {"real": 2, "drawn": 1, "gradient": 6, "again": 7}  # first step that shows each row of pictures
ACTIVE = (
    ["g", "drawn"],
    *[["d", "real", "drawn"]] * 3,
    ["d", "drawn"],
    ["d", "drawn", "gradient"],
    ["g", "d", "again"],
)
WAYS: tuple[tuple[Way, Way], ...] = (
    ("on", ""),
    ("", "on"),
    ("", ""),
    ("", "on"),
    ("", "on"),
    ("back",) * 2,
    ("on",) * 2,
)
NAMES: dict[Row, str] = {
    "real": "A real digit",
    "drawn": "A drawing",
    "gradient": "A red and blue map of the drawing",
    "again": "The drawing again",
}


class Step(TypedDict):
    """What the page shows at one step."""

    said: str
    g: str  # text in the artist's box
    d: str  # text in the judge's box
    rows: list[Row]  # visible rows
    active: list[str]  # players and rows to highlight
    way: dict[str, Way]  # direction of each arrow
    numbers: dict[Row, list[str]]  # text below each picture


class Picture(TypedDict):
    """A picture to show on the page."""

    png: str  # in base64
    alt: str  # for screen readers


@lru_cache(maxsize=16)
def one_iteration(seed: int) -> bytes:
    """Return the iteration for a seed as JSON, with the pictures of each row and the steps."""
    found = play(copy.deepcopy(trained()), *inputs_of_seed(seed))
    shown = {row: pictures(found, row) for row in SINCE}
    return json.dumps({"seed": seed, "pictures": shown, "steps": describe(found)}).encode()


def pictures(it: Iteration, row: Row) -> list[Picture]:
    """Return the pictures of a row: digits as ink on paper, or maps of where the loss wants more or less ink."""
    images = getattr(it, row)  # (SHOWN, 28, 28, 1)
    coloured = red_and_blue(images) if row == "gradient" else 255 - to_ink(images)
    return [
        {"png": in_base64(Image.fromarray(one)), "alt": f"{NAMES[row]}, {number} of {len(coloured)}"}
        for number, one in enumerate(coloured, 1)
    ]


def describe(it: Iteration) -> list[Step]:
    """Return all steps, in order."""
    return [
        {
            "said": f"Step {step} of {STEPS}. {said}",
            "g": g,
            "d": d,
            "rows": [row for row, since in SINCE.items() if step >= since],
            "active": active,
            "way": {"g": to_g, "d": to_d},
            "numbers": {row: [below(it, row, step, index) for index in range(len(it.real))] for row in SINCE},
        }
        for step, said, (g, d), active, (to_g, to_d) in zip(
            range(1, STEPS + 1), sentences(it), players(it), ACTIVE, WAYS, strict=True
        )
    ]


def sentences(it: Iteration) -> Sequence[str]:
    """Return the sentence of each step."""
    drawn = [mean(logits) for logits in (it.drawn_before, it.drawn_after, it.again_after)]
    frozen = (
        "The error goes back through the frozen D to the pixels: blue wants more ink, red less. "
        "D’s weights moved by exactly 0."
    )
    bent = f"The error goes back through D, which was not frozen: its weights moved by {moved(it.d_change_in_g)}."
    return (
        f"The artist (G) draws {len(it.real)} pictures, each from {LATENT} random numbers.",
        f"The judge (D) rates the real digits {mean(it.real_before)} real, the drawings {drawn[0]}.",
        f"D’s loss, how badly it does, is {it.d_loss:.3f}. "
        "The error goes back through D: rate real digits higher, drawings lower.",
        f"D learns: its weights change by {moved(it.d_change)}. It now rates the same pictures "
        f"{mean(it.real_after)} and {drawn[1]}. Its loss was {it.d_loss:.3f} and is {it.d_loss_after:.3f}.",
        f"Now G’s turn. D rates the same drawings {drawn[1]}, so G’s loss is {it.g_loss:.3f}.",
        frozen if it.d_change_in_g == 0 else bent,
        f"G learns, and draws again from the same numbers: {drawn[2]} instead of {drawn[1]}. "
        f"Its loss was {it.g_loss:.3f} and is {it.g_loss_after:.3f}.",
    )


def players(it: Iteration) -> Sequence[tuple[str, str]]:
    """Return the texts in the boxes of G and D at each step."""
    held = "frozen" if it.d_change_in_g == 0 else "not frozen"
    return (
        ("draws", "waits"),
        ("waits", "judges"),
        ("waits", f"loss {it.d_loss:.3f}"),
        ("waits", f"moved by {moved(it.d_change)}"),
        ("waits", f"G’s loss {it.g_loss:.3f}"),
        ("listens", f"{held}, moved by {moved(it.d_change_in_g)}"),
        (f"moved by {moved(it.g_change)}", "judges"),
    )


def below(it: Iteration, row: Row, step: int, index: int) -> str:
    """Return the text below a picture: D's verdict, the direction of the desired change, or the verdict's change."""
    if row == "gradient" or step < SINCE[row] or step == 1:
        return ""
    if row == "again":
        return percent(it.again_after[index])
    before, after, pull = it.real_before, it.real_after, it.real_pull  # (SHOWN,) each
    if row == "drawn":
        before, after, pull = it.drawn_before, it.drawn_after, it.drawn_pull
    if step <= 3:
        return percent(before[index]) + (arrow(pull[index]) if step == 3 else "")
    if step == 4:
        return f"{percent(before[index]).removesuffix(' %')} → {percent(after[index])}"
    return percent(after[index]) + (arrow(it.g_pull[index]) if row == "drawn" and step == 6 else "")


def percent(logit: Array) -> str:
    """Convert D's logit to the probability that the image is real, as in "62 %"."""
    return f"{round(100 * float(sigmoid(logit)))} %"


def mean(logits: Array) -> str:
    """Return the mean probability of a row of pictures, in percent."""
    return f"{round(100 * float(sigmoid(logits).mean()))} %"


def moved(change: float) -> str:
    """Return how far the weights moved, in percent of their norm; "exactly 0" only if they did not move at all."""
    return f"{100 * change:.2g} %" if change else "exactly 0"


def arrow(slope: Array) -> str:
    """Return whether a step against the gradient d loss / d logit goes up or down."""
    return " ↑" if slope < 0 else " ↓"
